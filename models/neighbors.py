"""Nearest neighbors of latents on the device: the torch engine of dcviz.geometry's neighbor graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from dcviz.geometry.neighbors import (
    NeighborGraph,
    float32_kernel_is_unsafe,
    is_collapsed,
    neighbor_graph,
    reach,
)

Candidates = Callable[[Tensor, int], Tensor]
"""(n, d) centered points and how many -> (n, that many) likely neighbors, the point itself left out."""

CHUNK_ENTRIES = 1 << 28
REFINED_ENTRIES = 1 << 26
SPARE = 4
GROUP = 64
"""Entries of a row that stage one looks at together."""
TREE_DIMENSIONS = 16


def nearest(z: Tensor, *, m: int) -> tuple[Tensor, Tensor]:
    """Find the m nearest other points of every point; exact on every device.

    Args:
        z: (n, d) latents.
        m: neighbors a point; lowered to n - 1 in smaller sets.

    Returns:
        indices (n, m) int64 and distances (n, m) float32, rows ascending, on the device of z.
    """
    m = min(m, len(z) - 1)
    if z.device.type == "cuda":
        indices, distances, _ = device_search(z, m=m)
        return indices, distances
    # The engine is fixed by d, not timed: a resumed training must find the same neighbors to the last bit.
    backend = "kdtree" if z.shape[1] <= TREE_DIMENSIONS else "brute"
    graph = neighbor_graph(z.numpy(), m=m, backend=backend, exact=True)
    return torch.from_numpy(graph.indices.astype(np.int64)), torch.from_numpy(graph.distances)


def torch_neighbor_graph(z: Tensor, *, m: int) -> NeighborGraph:
    """The neighbor graph of latents that lie on a device, with the result type of dcviz.geometry."""
    m = min(m, len(z) - 1)
    indices, distances, collapsed = device_search(z, m=m)
    return NeighborGraph(
        indices=indices.to(torch.int32).cpu().numpy(),
        distances=distances.cpu().numpy(),
        backend="torch",
        recall=1.0,
        collapsed=collapsed,
    )


def device_search(z: Tensor, *, m: int, candidates: Candidates | None = None) -> tuple[Tensor, Tensor, bool]:
    """Search in float32, then in float64 if that lost the distances (tight clusters far apart).

    Args:
        z: (n, d) latents on any device.
        m: neighbors a point, under n.
        candidates: what names the likely neighbors of all points; the quickest way here if None.

    Returns:
        indices (n, m) int64 and distances (n, m) float32, rows ascending; whether the latents have collapsed.
    """
    from models.neighbor_groups import quickest

    n, d = z.shape
    wanted = min(m + SPARE, n - 1)
    exact = z.double() - z.double().mean(0)
    norm = float(exact.square().sum(1).mean())
    if (unit := reach(norm)) != 1:
        exact, norm = exact / unit, norm / unit**2
    with full_precision():
        points = exact.float()
        indices, distances = refined(exact, (candidates or quickest(points))(points, wanted), m=m)
        nearest_squared = float(distances[:, 0].double().square().median())
        if float32_kernel_is_unsafe(median_nearest_squared=nearest_squared, mean_squared_norm=norm):
            indices, distances = refined(exact, by_table(exact, wanted), m=m)
            nearest_squared = float(distances[:, 0].double().square().median())
    collapsed = is_collapsed(median_nearest_squared=nearest_squared, mean_squared_norm=norm, n=n, d=d)
    return indices, distances if unit == 1 else (distances.double() * unit).float(), collapsed


def by_table(points: Tensor, wanted: int, *, align: int = 1, entries: int = 0) -> Tensor:
    """Name the `wanted` others of smallest |y|^2 - 2xy for every point, from a table of all pairs.

    Args:
        points: (n, d) centered.
        wanted: how many, under n.
        align: the products are that of a multiple of this many coordinates, filled up with zeros.
        entries: of the table held at once; CHUNK_ENTRIES if 0.

    Returns:
        (n, wanted) int64, in no order.
    """
    n = len(points)
    groups = max(1, n // GROUP)
    width = -(-n // groups) * groups
    left, right = factors(points, width=width, align=align)
    step = max(1, (entries or CHUNK_ENTRIES) // width)
    parts = []
    for start in range(0, n, step):
        rows = torch.arange(start, min(start + step, n), device=points.device)
        squared = left[start : start + step] @ right.T  # (rows, width), without the rows' own |x|^2
        squared[rows - start, rows] = torch.inf
        parts.append(smallest(squared, wanted, groups=groups))
    return torch.cat(parts)


def factors(points: Tensor, *, width: int, align: int = 1) -> tuple[Tensor, Tensor]:
    """Two factors whose product is |y|^2 - 2xy: (n, d + 1) and (width, d + 1), filled up to `align`.

    One more coordinate carries |y|^2, infinite for the columns that only fill up the last group.
    """
    n, d = points.shape
    columns = -(-(d + 1) // align) * align
    left, right = points.new_zeros(n, columns), points.new_zeros(width, columns)
    left[:, :d], left[:, d] = points, 1
    right[:n, :d], right[:, d] = points * -2, torch.inf
    right[:n, d] = points.square().sum(1)
    return left, right


def smallest(values: Tensor, k: int, *, groups: int) -> Tensor:
    """Columns of the k smallest entries of each row, found in two stages that read the table once.

    Put column c into group c mod G. A group whose smallest entry is not among the k smallest of all such
    minima cannot hold any of the k smallest entries: k other groups each hold a smaller one. So only
    the best k groups are searched. Where there are hardly more than k groups, all columns are.

    Args:
        values: (rows, width), width a multiple of `groups`.
        k: how many.
        groups: their number G.

    Returns:
        (rows, k) int64, in no order.
    """
    if groups <= 2 * k:
        return values.topk(k, dim=1, largest=False, sorted=False).indices
    members = values.view(len(values), -1, groups)
    best = members.amin(1).topk(k, dim=1, largest=False, sorted=False).indices  # (rows, k)
    size = members.shape[1]
    columns = best[:, :, None] + groups * torch.arange(size, device=values.device)  # (rows, k, size)
    columns = columns.flatten(1)
    found = values.gather(1, columns).topk(k, dim=1, largest=False, sorted=False).indices
    return columns.gather(1, found)


def refined(exact: Tensor, candidates: Tensor, *, m: int) -> tuple[Tensor, Tensor]:
    """Measure candidates by direct differences in float64 and keep the m nearest, ascending."""
    step = max(1, REFINED_ENTRIES // (candidates.shape[1] * exact.shape[1]))
    parts = []
    for start in range(0, len(exact), step):
        part = candidates[start : start + step]
        distances = (exact[part] - exact[start : start + step, None]).square().sum(2).sqrt()
        order = distances.argsort(dim=1, stable=True)[:, :m]
        parts.append((part.gather(1, order), distances.gather(1, order).float()))
    return torch.cat([i for i, _ in parts]), torch.cat([d for _, d in parts])


@contextmanager
def full_precision() -> Iterator[None]:
    """Multiply matrices in true float32 inside; TF32's three digits would pick wrong neighbors."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
