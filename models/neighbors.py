"""Nearest neighbors of latents on the device: the torch engine of dcviz.geometry's neighbor graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from dcviz.geometry.neighbors import NeighborGraph, float32_kernel_is_unsafe, is_collapsed, neighbor_graph

CHUNK_ENTRIES = 1 << 28
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
        indices, distances, _ = _search(z, m=m)
        return indices, distances
    # The engine is fixed by d, not timed: a resumed training must find the same neighbors to the last bit.
    backend = "kdtree" if z.shape[1] <= TREE_DIMENSIONS else "brute"
    graph = neighbor_graph(z.numpy(), m=m, backend=backend, exact=True)
    return torch.from_numpy(graph.indices.astype(np.int64)), torch.from_numpy(graph.distances)


def torch_neighbor_graph(z: Tensor, *, m: int) -> NeighborGraph:
    """The neighbor graph of latents that lie on a device, with the result type of dcviz.geometry."""
    m = min(m, len(z) - 1)
    indices, distances, collapsed = _search(z, m=m)
    return NeighborGraph(
        indices=indices.to(torch.int32).cpu().numpy(),
        distances=distances.cpu().numpy(),
        backend="torch",
        recall=1.0,
        collapsed=collapsed,
    )


def _search(z: Tensor, *, m: int) -> tuple[Tensor, Tensor, bool]:
    """Search in float32, then in float64 if that lost the distances (tight clusters far apart)."""
    exact = z.double() - z.double().mean(0)
    indices, distances = _chunked(exact.float(), exact, m=m)
    nearest_squared = float(distances[:, 0].double().square().median())
    norm = float(exact.square().sum(1).mean())
    if float32_kernel_is_unsafe(median_nearest_squared=nearest_squared, mean_squared_norm=norm):
        indices, distances = _chunked(exact, exact, m=m)
        nearest_squared = float(distances[:, 0].double().square().median())
    n, d = z.shape
    collapsed = is_collapsed(median_nearest_squared=nearest_squared, mean_squared_norm=norm, n=n, d=d)
    return indices, distances, collapsed


def _chunked(rough: Tensor, exact: Tensor, *, m: int) -> tuple[Tensor, Tensor]:
    """Rank by |y|^2 - 2xy of `rough`, then measure a few candidates more in `exact` float64."""
    n = len(rough)
    wanted = min(m + SPARE, n - 1)
    groups = max(1, n // GROUP)
    width = -(-n // groups) * groups
    # One more coordinate carries |y|^2, infinite for the columns that only fill up the last group.
    points = torch.nn.functional.pad(rough, (0, 1), value=1.0)
    others = rough.new_zeros(width, rough.shape[1] + 1)
    others[:n, :-1], others[:, -1] = rough * -2, torch.inf
    others[:n, -1] = rough.square().sum(1)
    step = max(1, CHUNK_ENTRIES // width)
    parts = []
    with full_precision():
        for start in range(0, n, step):
            rows = torch.arange(start, min(start + step, n), device=rough.device)
            squared = points[rows] @ others.T  # (rows, width), without the rows' own |x|^2
            squared[rows - start, rows] = torch.inf
            parts.append(_refined(exact, rows, smallest(squared, wanted, groups=groups), m=m))
    return torch.cat([i for i, _ in parts]), torch.cat([d for _, d in parts])


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


def _refined(exact: Tensor, rows: Tensor, candidates: Tensor, *, m: int) -> tuple[Tensor, Tensor]:
    distances = (exact[candidates] - exact[rows][:, None]).square().sum(2).sqrt()
    order = distances.argsort(dim=1, stable=True)[:, :m]
    return candidates.gather(1, order), distances.gather(1, order).float()


@contextmanager
def full_precision() -> Iterator[None]:
    """Multiply matrices in true float32 inside; TF32's three digits would pick wrong neighbors."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
