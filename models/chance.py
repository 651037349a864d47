"""Random numbers of a training: from its own generator, also where several trainings compute as one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class Several:
    """The generators of trainings whose batches are computed as one, seen from inside one of them.

    Each training draws what it would draw alone; `number`, which differs between them, picks its own.

    Args:
        generators: one a training.
        number: () which training this is.
    """

    def __init__(self, generators: Sequence[torch.Generator], number: Tensor):
        self.generators, self.number = generators, number

    def uniform(self, *shape: int, device: torch.device) -> Tensor:
        """Numbers in [0, 1) of this shape for each training."""
        draws = [torch.rand(shape, generator=each, device=device) for each in self.generators]
        return torch.stack(draws).index_select(0, self.number[None])[0]


def uniform(*shape: int, generator: torch.Generator | Several, device: torch.device) -> Tensor:
    """Numbers in [0, 1) of this shape, from the generator of a training."""
    if isinstance(generator, Several):
        return generator.uniform(*shape, device=device)
    return torch.rand(shape, generator=generator, device=device)
