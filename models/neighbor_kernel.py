"""The least squared distance to each group of points, in one Triton kernel without a table of all pairs."""

import torch
import triton
import triton.language as tl
from torch import Tensor

ROWS, GROUPS = 32, 64


@triton.jit
def _kernel(  # type: ignore[no-untyped-def]
    points, least, n, groups, size, D: tl.constexpr, ROWS: tl.constexpr, GROUPS: tl.constexpr
):
    rows = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    group = tl.program_id(1) * GROUPS + tl.arange(0, GROUPS)
    best = tl.full((ROWS, GROUPS), float("inf"), tl.float32)
    for member in range(size):
        column = member * groups + group
        inside = (column < n) & (group < groups)
        squared = tl.zeros((ROWS, GROUPS), tl.float32)
        for k in tl.static_range(D):
            x = tl.load(points + k * n + rows, mask=rows < n, other=0.0)
            y = tl.load(points + k * n + column, mask=inside, other=0.0)
            gap = x[:, None] - y[None, :]
            squared += gap * gap
        closed = (column[None, :] == rows[:, None]) | (inside[None, :] == 0)
        best = tl.minimum(best, tl.where(closed, float("inf"), squared))
    place = rows[:, None].to(tl.int64) * groups + group[None, :]
    tl.store(least + place, best, mask=(rows[:, None] < n) & (group[None, :] < groups))


def group_minima(points: Tensor, *, groups: int, size: int) -> Tensor:
    """Least squared distance from each point to the others of every group.

    Args:
        points: (n, d) float32; column c belongs to group c mod `groups`.
        groups: their number G.
        size: members a group, G * size >= n.

    Returns:
        (n, G) float32, the point itself left out; infinite for a group without another member.
    """
    n, d = points.shape
    least = points.new_empty(n, groups)
    grid = (triton.cdiv(n, ROWS), triton.cdiv(groups, GROUPS))
    with torch.cuda.device_of(points):  # Triton launches on the current device, wherever the points lie
        _kernel[grid](points.T.contiguous(), least, n, groups, size, d, ROWS, GROUPS)
    return least
