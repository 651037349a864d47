"""Ways to name the likely neighbors on a GPU: timed by `benchmarks.geometry --gpu --knn-variants`.

Each takes centered points and gives candidates, as `models.neighbors.by_table` does. Measuring them in
float64 and the guard for collapsed latents stay the same for all. The quickest is models.neighbor_groups.
"""

from __future__ import annotations

import importlib.util
from functools import partial

import torch
from torch import Tensor

from models.neighbor_groups import by_kernel, by_minima
from models.neighbors import GROUP, Candidates, by_table, factors

LOW_BITS = 0x1FFF
"""Of a float32, those that TF32 drops."""


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
"""Name -> candidates; "table" is what models.neighbors uses where the kernel does not run."""
if importlib.util.find_spec("triton"):
    VARIANTS["fused kernel"] = by_kernel
