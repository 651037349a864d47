"""Ways to name the likely neighbors on a GPU: timed by `benchmarks.geometry --gpu --knn-variants`.

Each takes centered points and gives candidates, as `models.neighbors.by_table` does. Measuring them in
float64 and the guard for collapsed latents stay the same for all. The quickest belongs into models.neighbors.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from models.neighbors import GROUP, Candidates, by_table, factors

SELECTED = 1 << 25
"""Numbers that the second stage gathers at once."""
LOW_BITS = 0x1FFF
"""Of a float32, those that TF32 drops."""

Minima = Callable[[Tensor, Tensor, int], Tensor]
"""Points (n, d), factors' right side (width, d + 1), groups -> (n, groups): the least |y|^2 - 2xy + c_x."""


def by_minima(points: Tensor, wanted: int, *, minima: Minima, align: int = 4) -> Tensor:
    """Keep only the smallest entry of each group of columns, then measure the best groups' members again.

    The table of all pairs is never read twice: with blocks that fit the cache it never leaves the chip.
    """
    n = len(points)
    groups = max(1, n // GROUP)
    if groups <= 2 * wanted:
        return by_table(points, wanted, align=align)
    width = -(-n // groups) * groups
    left, right = factors(points, width=width, align=align)
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


def block_minima(points: Tensor, right: Tensor, groups: int, *, entries: int) -> Tensor:
    """Products of a few rows at a time, in one buffer small enough for the cache of the chip."""
    n, width = len(points), len(right)
    left = factors(points, width=width, align=right.shape[1])[0]
    least = points.new_empty(n, groups)
    step = max(1, min(n, entries // width))
    table = points.new_empty(step, width)
    own = torch.arange(n, device=points.device)
    for start in range(0, n, step):
        part = left[start : start + step]
        squared = torch.mm(part, right.T, out=table[: len(part)])
        squared[own[: len(part)], own[start : start + step]] = torch.inf
        torch.amin(squared.view(len(part), -1, groups), 1, out=least[start : start + step])
    return least


def by_three_products(points: Tensor, wanted: int) -> Tensor:
    """The table from tensor cores: each factor is a sum of two TF32 numbers.

    x = h + l, y = g + k with h, g exact in TF32: xy = hg + hk + lg up to 2^-22, as good as
    float32.
    """
    if points.dtype != torch.float32:
        return by_table(points, wanted)
    n = len(points)
    left, right = factors(points, width=n)
    (h, low), (g, k) = (halves(each) for each in (left, right))
    tall, wide = torch.cat([h, h, low], 1), torch.cat([g, k, g], 1)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        return _from_products(tall, wide, wanted)
    finally:
        torch.set_float32_matmul_precision(before)


def halves(x: Tensor) -> tuple[Tensor, Tensor]:
    """The part of a float32 that TF32 can hold, and the rest."""
    high = (x.view(torch.int32) & ~LOW_BITS).view(torch.float32)
    return high, x - high


def _from_products(left: Tensor, right: Tensor, wanted: int) -> Tensor:
    """As by_table, from ready factors of n rows each; their coordinates are filled up to a multiple of 8."""
    from models import neighbors

    n, columns = left.shape
    groups = max(1, n // GROUP)
    width = -(-n // groups) * groups
    left = torch.nn.functional.pad(left, (0, -columns % 8))
    right = torch.nn.functional.pad(right, (0, -columns % 8, 0, width - n))
    step = max(1, neighbors.CHUNK_ENTRIES // width)
    parts = []
    for start in range(0, n, step):
        rows = torch.arange(start, min(start + step, n), device=left.device)
        squared = left[start : start + step] @ right.T
        # Infinity cannot be split in two, so the columns that only fill up are closed here.
        squared[:, n:] = torch.inf
        squared[rows - start, rows] = torch.inf
        parts.append(neighbors.smallest(squared, wanted, groups=groups))
    return torch.cat(parts)


def fused_minima(points: Tensor, right: Tensor, groups: int) -> Tensor:
    """One kernel of our own: direct differences and their minimum, nothing written but the minima."""
    from benchmarks.knn_kernel import group_minima

    return group_minima(points, groups=groups, size=len(right) // groups)


VARIANTS: dict[str, Candidates] = {
    "table": by_table,
    "table, coordinates filled up to 4": partial(by_table, align=4),
    "table, coordinates filled up to 8": partial(by_table, align=8),
    "table of a quarter": partial(by_table, align=4, entries=1 << 26),
    "table of four times": partial(by_table, align=4, entries=1 << 30),
    "minima of blocks of 16 MB": partial(by_minima, minima=partial(block_minima, entries=1 << 22)),
    "minima of blocks of 64 MB": partial(by_minima, minima=partial(block_minima, entries=1 << 24)),
    "minima of blocks of 256 MB": partial(by_minima, minima=partial(block_minima, entries=1 << 26)),
    "three TF32 products": by_three_products,
}
"""Name -> candidates; "table" is what models.neighbors uses."""
if importlib.util.find_spec("triton"):
    VARIANTS["fused kernel"] = partial(by_minima, minima=fused_minima)
