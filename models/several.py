"""One training on several devices: every rank looks at its share of a batch, and all reach one gradient.

Contrastive losses hold every point of a batch against every other, so halves of a batch cannot be averaged.
Here each rank draws the random numbers of the whole batch (all ranks have one generator state), sends its
share through the backbone, gathers the features of all with their gradient, and computes the whole loss. With
W ranks that each hold the same loss L, the gradients of the collectives sum to those of W L; their mean is
that of L. Batch normalization takes its moments over all ranks, as one device would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class Ranks:
    """The processes that train together.

    Args:
        rank: of this process, from 0.
        world: how many there are.
    """

    rank: int
    world: int

    def share(self, halves: Tensor) -> Tensor:
        """This rank's rows of two views of a batch, one below the other: (2B, D) to (2B / world, D)."""
        batch = len(halves) // 2
        if batch % self.world:
            raise ValueError(
                f"batch_size={batch} cannot be shared by {self.world} devices: choose a multiple of "
                f"{self.world}."
            )
        rows = batch // self.world
        begin = self.rank * rows
        return torch.cat([halves[begin : begin + rows], halves[batch + begin : batch + begin + rows]])

    def gathered(self, features: Tensor) -> Tensor:
        """Features of the whole batch in its order, (B / world, d) to (B, d); gradients flow back."""
        whole: Tensor = _Gather.apply(features, self)
        return whole

    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace gradients by their mean over the ranks, in one exchange."""
        held = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in held])
        dist.all_reduce(flat)
        flat /= self.world
        parts = flat.split([gradient.numel() for gradient in held])
        for gradient, part in zip(held, parts, strict=True):
            gradient.copy_(part.view_as(gradient))


def present() -> Ranks | None:
    """The ranks this process trains with; None where it trains alone."""
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return None
    return Ranks(dist.get_rank(), dist.get_world_size())


def normalize_together(module: nn.Module, ranks: Ranks | None) -> None:
    """Let every batch normalization inside take its moments over all ranks; names and values stay."""
    if ranks is None:
        return
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            if part.running_mean is not None and part.running_mean.is_cuda:
                part.__dict__["process_group"] = None  # all ranks
                part.__class__ = nn.SyncBatchNorm
            else:
                part.__class__ = _SHARED[type(part)]


class _Gather(torch.autograd.Function):
    """All-gather whose gradient is the sum over ranks of what each wants of these rows."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        parts = [torch.empty_like(features) for _ in range(ranks.world)]
        dist.all_gather(parts, features.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *wanted: Tensor) -> tuple[Tensor, None]:
        total = wanted[0].contiguous().clone()
        dist.all_reduce(total)
        return total.chunk(ctx.ranks.world)[ctx.ranks.rank], None


class _Sum(torch.autograd.Function):
    """All-reduce by sum; every rank's result depends on every rank's input, so gradients are summed too."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *wanted: Tensor) -> Tensor:
        total = wanted[0].contiguous().clone()
        dist.all_reduce(total)
        return total


class _Together:
    """Batch normalization over all ranks on a CPU, which torch's own SyncBatchNorm has no form for."""

    def forward(self: Any, x: Tensor) -> Tensor:
        if not self.training:
            whole: Tensor = super().forward(x)  # type: ignore[misc]
            return whole
        axes = [axis for axis in range(x.ndim) if axis != 1]
        values = x.float()
        count = values.new_full((1,), values.numel() / values.shape[1])
        sums = _Sum.apply(torch.cat([values.sum(axes), count]))
        total = sums[-1]
        mean = sums[:-1] / total
        shape = [1, -1, *(1 for _ in axes[1:])]
        centered = values - mean.view(shape)
        # Two exchanges: the difference of two large sums would lose the digits of small variances.
        variance = _Sum.apply((centered**2).sum(axes)) / total
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * total / (total - 1), self.momentum)
        scaled = centered * (variance + self.eps).rsqrt().view(shape)
        return (scaled * self.weight.view(shape) + self.bias.view(shape)).to(x.dtype)


class _Together1d(_Together, nn.BatchNorm1d):
    pass


class _Together2d(_Together, nn.BatchNorm2d):
    pass


_SHARED: dict[type, type] = {nn.BatchNorm1d: _Together1d, nn.BatchNorm2d: _Together2d}
