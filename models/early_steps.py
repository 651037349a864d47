"""Each network of a loss steps as soon as its own gradients are there, beside the rest of the way back.

A step of Adam moves memory and multiplies nothing; products multiply and leave memory idle. The critic's and
the decoder's gradients are known while the encoder's are still computed, so their step costs little then.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from models.descent import laid_like
from models.table_steps import TableAdam, TableSgd


class EarlySteps:
    """The common step of several trainings, network by network, on a stream of its own.

    Safe because a gradient is whole only when every node that reads the parameter has run; should one read it
    later, autograd refuses, for the parameter was changed in place.

    Args:
        step: of all tables.
        parts: places of the tables that step together, each place once.
    """

    def __init__(self, step: TableAdam | TableSgd, parts: Sequence[Sequence[int]]):
        self.step, self.parts = step, [tuple(part) for part in parts]
        self.part_of = {place: part for part in self.parts for place in part}
        device = step.tables[0].device
        self.side = torch.cuda.Stream(device) if device.type == "cuda" else None
        self.current: torch.cuda.Stream | None = None
        self.gradients: dict[int, Tensor] = {}
        me = weakref.proxy(self)  # a table that held its steps, which hold it, would outlive its phase
        for place, table in enumerate(step.tables):
            table.register_hook(partial(EarlySteps.found, me, place))

    def begin(self) -> None:
        """Forget the last gradients; to be called where the way back begins, on its stream."""
        self.gradients = {}
        self.current = None if self.side is None else torch.cuda.current_stream(self.side.device)

    def found(self, place: int, gradient: Tensor) -> None:
        """Take the gradient of a table; with the last one of its network, that network steps."""
        self.gradients[place] = laid_like(gradient, self.step.tables[place])
        part = self.part_of[place]
        if not all(other in self.gradients for other in part):
            return
        own = [self.gradients[other] for other in part]  # kept until `end`: the other stream reads them
        if self.side is None or self.current is None:
            self.step.step(own, part)
            return
        self.side.wait_stream(self.current)
        with torch.cuda.stream(self.side):
            self.step.step(own, part)

    def end(self) -> None:
        """Let what follows wait for all steps."""
        if self.side is not None and self.current is not None:
            self.current.wait_stream(self.side)
        self.gradients = {}
