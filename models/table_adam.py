"""One fused Adam for several trainings whose weights lie in tables: their moments lie in tables too.

Fused Adam over one of these networks fills a third of a GPU, and the next one waits: 25 in a row took 30 to
50 % of an iteration computed as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

MOMENTS = ("exp_avg", "exp_avg_sq")


class TableAdam:
    """Adam over tables, whose rows are the parameters of one training each; each optimizer keeps its state.

    What the optimizers remember becomes a view of a table's row: checkpoints find it where it was, and a
    training that goes on by itself goes on from there.

    Args:
        optimizers: for which `step_alike` holds.
        tables: (G, ...) for each parameter; their rows lie in memory as the parameters did.
    """

    def __init__(self, optimizers: Sequence[torch.optim.Optimizer], tables: Sequence[Tensor]):
        self.tables, self.options = list(tables), optimizers[0].param_groups[0]
        states = [_states(each) for each in optimizers]
        self.steps: list[Tensor] = []
        self.moments: dict[str, list[Tensor]] = {name: [] for name in MOMENTS}
        for place, table in enumerate(tables):
            own = [each[place] for each in states]
            begun = bool(own[0])
            self.steps.append(torch.stack([each["step"] for each in own]) if begun else _no_steps(table))
            for name in MOMENTS:
                row = [each[name] for each in own] if begun else []
                self.moments[name].append(torch.stack(row) if begun else torch.zeros_like(table.detach()))
        for number, optimizer in enumerate(optimizers):
            for place, parameter in enumerate(optimizer.param_groups[0]["params"]):
                optimizer.state[parameter] = {"step": self.steps[place][number]} | {
                    name: found[place][number] for name, found in self.moments.items()
                }

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        """Move all trainings along their gradients (G, ...), one a table and laid in memory as it."""
        options = self.options
        torch._foreach_add_(self.steps, 1)
        torch._fused_adam_(
            self.tables, list(gradients), self.moments["exp_avg"], self.moments["exp_avg_sq"], [],
            [each[0] for each in self.steps], lr=options["lr"], beta1=options["betas"][0],
            beta2=options["betas"][1], weight_decay=options["weight_decay"], eps=options["eps"],
            amsgrad=False, maximize=False, grad_scale=None, found_inf=None,
        )  # fmt: skip


def step_alike(optimizers: Sequence[torch.optim.Optimizer]) -> bool:
    """Whether one step of Adam is that of all: fused, with equal options, and as many steps behind them.

    Options are compared once: no phase that computes as one changes them on its way.
    """
    if any(type(each) is not torch.optim.Adam or len(each.param_groups) != 1 for each in optimizers):
        return False
    first, *others = (_options(each.param_groups[0]) for each in optimizers)
    plain = first["fused"] and not first["amsgrad"] and not first["maximize"]
    return bool(plain and all(each == first for each in others)) and len(set(map(_behind, optimizers))) == 1


def _options(group: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "params"} | {"lr": float(group["lr"])}


def _states(optimizer: torch.optim.Optimizer) -> list[dict[str, Tensor]]:
    return [optimizer.state.get(each, {}) for each in optimizer.param_groups[0]["params"]]


def _behind(optimizer: torch.optim.Optimizer) -> tuple[float, ...]:
    """How many steps each parameter has made; -1 before the first."""
    return tuple(float(each["step"]) if each else -1.0 for each in _states(optimizer))


def _no_steps(table: Tensor) -> Tensor:
    return torch.zeros(len(table), device=table.device)
