"""The batches of several trainings computed as one: every product of G equal models is one batched product.

The weights of all models lie in one table with a leading axis, and each model keeps its own as a view of it.
`torch.vmap` turns the loss of one model, as its phase has it, into that of all; one pass back gives each its
own gradient, because no loss depends on another model's weights. Targets, random numbers, snapshots and
checkpoints stay each training's own, and so does what optimizers remember, also where one step moves all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from models.capture import Step
from models.chance import Several
from models.descent import Descent, laid_like
from models.early_steps import EarlySteps
from models.method import Method, Phase
from models.methods.dec import Clustering
from models.methods.idec import ClusteringWithReconstruction
from models.methods.rdc import Proximity
from models.plan import PHASE_EPOCHS
from models.pretraining import Interpolation, Reconstruction
from models.table_steps import common_step

LOOP = (*PHASE_EPOCHS, "learning_rate", "finetune_learning_rate", "refresh_every")
"""Settings that the loop, the optimizer or a refresh reads, which stay each training's own."""
FILTER = ("M", "lambda_ratio", "tau_distance", "d_ref", "core", "target_views", "keep_scale", "stop_rule",
          "patience", "min_refresh")  # fmt: skip
MAY_DIFFER: Mapping[type[Phase], tuple[str, ...]] = {
    Reconstruction: (*LOOP, *FILTER, "gamma", "tolerance"),
    Interpolation: (*LOOP, *FILTER, "gamma"),
    Proximity: (*LOOP, *FILTER),
    Clustering: (*LOOP, "tolerance"),
    ClusteringWithReconstruction: (*LOOP, "tolerance"),
}
"""Phases that can be computed together, and the settings that their losses do not read."""


def alike(phase: Phase, batch_size: int) -> Any:
    """What must be equal for two trainings to compute as one; None if this phase cannot."""
    method = phase.method
    if type(phase) not in MAY_DIFFER or not isinstance(method, Method) or list(method.buffers()):
        return None
    modules = [value for value in vars(phase).values() if isinstance(value, nn.Module)]
    assert all(module in set(method.modules()) for module in modules), "networks belong to the method"
    free = MAY_DIFFER[type(phase)]
    settings = tuple((name, value) for name, value in asdict(method.settings).items() if name not in free)
    shapes = tuple(tuple(value.shape) for value in (*phase.tensors.values(), *_own(phase).values()))
    return type(phase), batch_size, method.augmented, settings, shapes


class StackedStep:
    """One iteration of several trainings; each keeps its optimizer's state and the sums of its losses.

    Args:
        steps: of trainings that are `alike`.
    """

    def __init__(self, steps: Sequence[Step]):
        self.steps = tuple(steps)
        self.phases = tuple(step.phase for step in self.steps)
        self.methods = tuple(phase.method for phase in self.phases)
        self.numbers = torch.arange(len(self.steps), device=self.methods[0].device)
        self.sums: Tensor | None = None
        phase, method = self.phases[0], self.methods[0]
        places = [_places(phase, name) for name in phase.tensors]
        self.weights = {
            f"method.{name}": _joined([dict(m.named_parameters())[name] for m in self.methods])
            for name, _ in method.named_parameters()
        }
        self.own = {name: _joined([vars(p)[name] for p in self.phases]) for name in _own(phase)}
        self.tensors = {
            name: self._remembered(name, place) for name, place in zip(phase.tensors, places, strict=True)
        }
        tables = {id(value): self.weights[f"method.{name}"] for name, value in method.named_parameters()}
        tables |= {id(value): self.own[name] for name, value in _own(phase).items()}
        self.trained = [tables[id(parameter)] for parameter in phase.parameters()]
        one_step = common_step([step.optimizer for step in self.steps], self.trained)
        self.one_step = None if one_step is None else EarlySteps(one_step, self._networks())

    def __call__(self, index: Tensor) -> None:
        """One iteration on the points with these rows (G, B), a row of rows for each training."""
        descent = self.descent(index)
        own = len(self.trained) - len(descent.found)
        pull = torch.ones_like(descent.output) if descent.pull is None else descent.pull
        if self.one_step is not None:
            self.one_step.begin()
            for place, gradient in enumerate(descent.found, own):
                self.one_step.found(place, gradient)
        gradients = torch.autograd.grad(descent.output, self.trained[:own], grad_outputs=pull)
        if self.one_step is None:
            self.advance_each((*gradients, *descent.found), index)
        else:
            self.one_step.end()
            for phase, rows in zip(self.phases, index, strict=True):
                phase.after_step(rows)
        self.add_up(descent.losses)

    def advance_each(self, gradients: Sequence[Tensor], index: Tensor) -> None:
        """Move each training's parameters by its own optimizer, where the steps differ."""
        found = [laid_like(each, table) for each, table in zip(gradients, self.trained, strict=True)]
        for number, (phase, step) in enumerate(zip(self.phases, self.steps, strict=True)):
            for parameter, gradient in zip(phase.parameters(), found, strict=True):
                parameter.grad = gradient[number]
            step.advance(index[number])

    def _networks(self) -> list[list[int]]:
        """Places of the trained tables, network by network; the phase's own parameters are one too."""
        names = {id(table): name.split(".")[1] for name, table in self.weights.items()}
        parts: dict[str, list[int]] = {}
        for place, table in enumerate(self.trained):
            parts.setdefault(names.get(id(table), ""), []).append(place)
        return list(parts.values())

    def descent(self, index: Tensor) -> Descent:
        """Losses and pulls of all trainings, with a leading axis."""
        phase = self.phases[0]
        loss = _Loss(phase)

        def one(weights: Any, own: Any, tensors: Any, rows: Tensor, number: Tensor) -> dict[str, Any]:
            generators = Several([method.generator for method in self.methods], number)
            with _lent(phase, own, tensors, generators):
                found: Descent = functional_call(loss, weights, (rows,))
            return {name: value for name, value in found._asdict().items() if value is not None}

        # Random numbers are drawn once for all, each training's from its own generator: see `Several`.
        together = torch.vmap(one, randomness="same")
        return Descent(**together(self.weights, self.own, self.tensors, index, self.numbers))

    def add_up(self, losses: Mapping[str, Tensor]) -> None:
        """Add each training's losses to its own sums, which are the rows of one table."""
        values = torch.stack([value.detach() for value in losses.values()], 1)
        if self.sums is None:
            for step in self.steps:
                step.named(tuple(losses))
            self.sums = torch.stack([step.sums for step in self.steps])
            for number, step in enumerate(self.steps):
                step.sums = self.sums[number]
        self.sums += values

    def _remembered(self, name: str, place: str | None) -> Tensor:
        """What the phases remember under a name, as one table; where it is a parameter, that one's."""
        table = torch.stack([p.tensors[name] for p in self.phases]) if place is None else self.own[place].data
        for number, phase in enumerate(self.phases):
            phase.tensors[name] = table[number]
        return table


class _Loss(nn.Module):
    """What a phase asks of a batch, as a function of its weights: the form that `functional_call` takes."""

    def __init__(self, phase: Phase):
        super().__init__()
        self.method, self.phase = phase.method, phase

    def forward(self, rows: Tensor) -> Descent:
        """Losses and pull of the batch with these rows."""
        return self.phase.descent(rows)


def _own(phase: Phase) -> dict[str, Tensor]:
    """Parameters that lie in the phase itself, not in the networks: centers, say."""
    return {name: value for name, value in vars(phase).items() if isinstance(value, nn.Parameter)}


def _places(phase: Phase, name: str) -> str | None:
    """The parameter of the phase that it remembers under this name, if it is one."""
    start = phase.tensors[name].data_ptr()
    return next((own for own, value in _own(phase).items() if value.data_ptr() == start), None)


def _joined(parameters: Sequence[Tensor]) -> Tensor:
    """The values of several parameters as one table with a leading axis; each becomes a view of its row."""
    table = torch.stack([parameter.data for parameter in parameters])
    for number, parameter in enumerate(parameters):
        parameter.data = table[number]
    return table.requires_grad_()


@contextmanager
def _lent(phase: Phase, own: Any, tensors: Any, generators: Several) -> Iterator[None]:
    """Have a phase compute with other parameters, memory and random numbers inside."""
    method, before = phase.method, {name: vars(phase)[name] for name in (*own, "tensors")}
    generator = method.generator
    vars(phase).update({**own, "tensors": tensors})
    method.generator = generators
    try:
        yield
    finally:
        vars(phase).update(before)
        method.generator = generator
