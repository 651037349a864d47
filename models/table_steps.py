"""One fused step for several trainings whose weights, and what optimizers remember, lie in tables.

A fused step over one of these networks fills a third of a GPU, and the next one waits: 25 steps of Adam in a
row took 30 to 50 % of an iteration computed as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

MOMENTS = ("exp_avg", "exp_avg_sq")
MOMENTUM = "momentum_buffer"
Optimizers = Sequence[torch.optim.Optimizer]


class TableAdam:
    """Adam over tables, whose rows are the parameters of one training each; each optimizer keeps its state.

    What the optimizers remember becomes a view of a table's row: checkpoints find it where it was, and a
    training that goes on by itself goes on from there.

    Args:
        optimizers: for which `step_alike` holds.
        tables: (G, ...) for each parameter; their rows lie in memory as the parameters did.
    """

    def __init__(self, optimizers: Optimizers, tables: Sequence[Tensor]):
        self.tables, self.options = list(tables), optimizers[0].param_groups[0]
        steps = [_remembered(optimizers, place, "step") for place in range(len(tables))]
        self.steps = [
            _no_steps(table) if own is None else own for own, table in zip(steps, tables, strict=True)
        ]
        self.moments = {name: _tables_of(optimizers, tables, name) for name in MOMENTS}
        _lend(optimizers, {"step": self.steps, **self.moments})

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], places: Sequence[int] | None = None) -> None:
        """Move all trainings along their gradients (G, ...), one a table and laid in memory as it.

        Args:
            gradients: of all tables, or of those at `places`.
            places: of the tables to move; all if left out.
        """
        options, own = self.options, _picker(places)
        steps = own(self.steps)
        torch._foreach_add_(steps, 1)
        torch._fused_adam_(
            own(self.tables), list(gradients), own(self.moments["exp_avg"]),
            own(self.moments["exp_avg_sq"]), [], [each[0] for each in steps], lr=options["lr"],
            beta1=options["betas"][0], beta2=options["betas"][1], weight_decay=options["weight_decay"],
            eps=options["eps"], amsgrad=False, maximize=False, grad_scale=None, found_inf=None,
        )  # fmt: skip


class TableSgd:
    """SGD with momentum over tables, as `TableAdam` is Adam over them.

    Momenta that have not begun are 0: the first step then leaves the gradient in them, as it does alone.

    Args:
        optimizers: for which `step_alike` holds.
        tables: (G, ...) for each parameter; their rows lie in memory as the parameters did.
    """

    def __init__(self, optimizers: Optimizers, tables: Sequence[Tensor]):
        self.tables, self.options = list(tables), optimizers[0].param_groups[0]
        self.momenta = _tables_of(optimizers, tables, MOMENTUM)
        _lend(optimizers, {MOMENTUM: self.momenta})

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], places: Sequence[int] | None = None) -> None:
        """Move all trainings, or their tables at `places`, along their gradients: see `TableAdam.step`."""
        options, own = self.options, _picker(places)
        torch._fused_sgd_(
            own(self.tables), list(gradients), own(self.momenta), weight_decay=options["weight_decay"],
            momentum=options["momentum"], lr=options["lr"], dampening=options["dampening"],
            nesterov=options["nesterov"], maximize=False, is_first_step=False,
        )  # fmt: skip


def common_step(optimizers: Optimizers, tables: Sequence[Tensor]) -> TableAdam | TableSgd | None:
    """One step in the place of all, where one is that of all; else each has to make its own."""
    if not step_alike(optimizers):
        return None
    kind = TableAdam if type(optimizers[0]) is torch.optim.Adam else TableSgd
    return kind(optimizers, tables)


def step_alike(optimizers: Optimizers) -> bool:
    """Whether one step is that of all: of one kind, fused, with equal options, and as many steps behind them.

    SGD does not count its steps and need not: what tells is whether its momenta have begun. Options are
    compared once: no phase that computes as one changes them on its way.
    """
    kinds = {type(each) for each in optimizers}
    if len(kinds) > 1 or not kinds <= {torch.optim.Adam, torch.optim.SGD}:
        return False
    if any(len(each.param_groups) != 1 for each in optimizers):
        return False
    first, *others = (_options(each.param_groups[0]) for each in optimizers)
    plain = first["fused"] and not first["maximize"] and not first.get("amsgrad") and first.get("momentum", 1)
    return bool(plain and all(each == first for each in others)) and len(set(map(_behind, optimizers))) == 1


def _picker(places: Sequence[int] | None) -> Callable[[list[Tensor]], list[Tensor]]:
    """What takes those at these places from a list; all where none are named."""
    return list if places is None else lambda values: [values[place] for place in places]


def _options(group: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "params"} | {"lr": float(group["lr"])}


def _states(optimizer: torch.optim.Optimizer) -> list[dict[str, Any]]:
    return [optimizer.state.get(each, {}) for each in optimizer.param_groups[0]["params"]]


def _behind(optimizer: torch.optim.Optimizer) -> tuple[float, ...]:
    """How many steps each parameter has made, or for SGD whether any; -1 before the first."""
    found = (state.get("step", state.get(MOMENTUM)) for state in _states(optimizer))
    return tuple(-1.0 if each is None else float(each) if each.dim() == 0 else 1.0 for each in found)


def _remembered(optimizers: Optimizers, place: int, name: str) -> Tensor | None:
    """What all remember of a parameter under a name, as one table; None before the first step."""
    own = [_states(each)[place].get(name) for each in optimizers]
    return None if own[0] is None else torch.stack([each for each in own if each is not None])


def _tables_of(optimizers: Optimizers, tables: Sequence[Tensor], name: str) -> list[Tensor]:
    """The same for every parameter; zeros before the first step."""
    found = [_remembered(optimizers, place, name) for place in range(len(tables))]
    return [
        torch.zeros_like(table.detach()) if own is None else own
        for own, table in zip(found, tables, strict=True)
    ]


def _lend(optimizers: Optimizers, memory: dict[str, list[Tensor]]) -> None:
    """Have each optimizer remember its own rows of these tables."""
    for number, optimizer in enumerate(optimizers):
        for place, parameter in enumerate(optimizer.param_groups[0]["params"]):
            optimizer.state[parameter] = {name: found[place][number] for name, found in memory.items()}


def _no_steps(table: Tensor) -> Tensor:
    return torch.zeros(len(table), device=table.device)
