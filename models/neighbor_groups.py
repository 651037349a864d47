"""Likely neighbors without a table of all pairs: the least distance to each group of points, in one kernel.

A table of 70,000 x 70,000 takes longer to write and to read again than to compute. `neighbor_kernel` keeps
only the least entry of each group of columns; the best groups' members are then measured again. On an H200,
70,000 points in 10 dimensions: benchmarks/results/geometry_gpu.csv has every way beside the others.
"""

from __future__ import annotations

import functools
import importlib.util
import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from models import neighbors

SELECTED = 1 << 25
"""Numbers that the second stage gathers at once."""
WIDEST = 32
"""Dimensions that the kernel is unrolled for at most."""
LARGEST = 1 << 28
"""Least distances, points times groups, that are held at once."""

Minima = Callable[[Tensor, Tensor, int], Tensor]
"""Points (n, d), factors' right side (width, d + 1), groups -> (n, groups): the least |y|^2 - 2xy + c_x."""


def quickest(points: Tensor) -> neighbors.Candidates:
    """What names likely neighbors quickest: the kernel where it runs and fits, else the table.

    Args:
        points: (n, d) centered.
    """
    n, d = points.shape
    fits = points.is_cuda and points.dtype == torch.float32 and d <= WIDEST
    if fits and n * (n // neighbors.GROUP) <= LARGEST and kernel_runs(points.device):
        return by_kernel
    return neighbors.by_table


@functools.cache
def kernel_runs(device: torch.device) -> bool:
    """Whether Triton is there and its kernel names the neighbors that the table does; asked once."""
    if not importlib.util.find_spec("triton"):
        return False
    points = torch.arange(4000, device=device, dtype=torch.float32).mul(0.7).sin().view(-1, 2)
    try:
        found = by_kernel(points, 4).sort(1).values
    except Exception as error:  # no compiler, an old device: the table serves as well, only slower
        warnings.warn(f"the neighbor kernel does not run here, the table is used: {error}", stacklevel=2)
        return False
    far = [(points[ids] - points[:, None]).square().sum(2).sort(1).values
           for ids in (found, neighbors.by_table(points, 4))]  # fmt: skip
    return torch.allclose(far[0], far[1], atol=1e-5)


def by_kernel(points: Tensor, wanted: int) -> Tensor:
    """As `models.neighbors.by_table`, with the groups' least distances from the kernel."""
    return by_minima(points, wanted, minima=fused_minima)


def fused_minima(points: Tensor, right: Tensor, groups: int) -> Tensor:
    """One kernel: direct differences and their minimum, nothing written but the minima."""
    from models.neighbor_kernel import group_minima

    return group_minima(points, groups=groups, size=len(right) // groups)


def by_minima(points: Tensor, wanted: int, *, minima: Minima, align: int = 4) -> Tensor:
    """Keep only the smallest entry of each group of columns, then measure the best groups' members again.

    The table of all pairs is never read twice: with blocks that fit the cache it never leaves the chip.
    """
    n = len(points)
    groups = max(1, n // neighbors.GROUP)
    if groups <= 2 * wanted:
        return neighbors.by_table(points, wanted, align=align)
    width = -(-n // groups) * groups
    left, right = neighbors.factors(points, width=width, align=align)
    least = minima(points, right, groups)
    # Members of group g are the columns g, g + G, g + 2G, ...: side by side here.
    members = right.view(-1, groups, right.shape[1]).transpose(0, 1).contiguous()  # (groups, size, d + 1)
    size = members.shape[1]
    offsets = groups * torch.arange(size, device=points.device)
    step = max(1, SELECTED // (wanted * size * members.shape[2]))
    parts = []
    for start in range(0, n, step):
        rows = torch.arange(start, min(start + step, n), device=points.device)
        best = least[rows].topk(wanted, dim=1, largest=False, sorted=False).indices  # (rows, wanted)
        columns = (best[:, :, None] + offsets).flatten(1)
        gaps = torch.bmm(members[best].flatten(1, 2), left[rows][:, :, None])[
            :, :, 0
        ]  # (rows, wanted * size)
        gaps.masked_fill_(columns == rows[:, None], torch.inf)
        found = gaps.topk(wanted, dim=1, largest=False, sorted=False).indices
        parts.append(columns.gather(1, found))
    return torch.cat(parts)
