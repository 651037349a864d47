"""How far two latents of the same points differ: neighbors kept, ranks kept, shape kept."""

import math

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial.distance import cdist

from dcviz.geometry.estimate import Estimate, missing
from dcviz.geometry.neighbors import NeighborGraph

CHUNK = 100
MOST_DISTANCES = 1 << 24
"""Distances held at once, 128 MB."""


def neighbor_overlap(a: NeighborGraph, b: NeighborGraph) -> float:
    """Tell what share of the neighbors is kept: mean of |N_a(i) ∩ N_b(i)| / k over all points.

    Misses a clean fold (which keeps most neighbors) and falls with harmless noise; read it beside the flips.

    Returns:
        Share in 0..1 for the smaller of both widths; NaN without neighbors.

    Source: neighborhood overlap [Doimo et al. 2020, arXiv:2007.03506].
    """
    k = min(a.width, b.width)
    if k == 0:
        return math.nan
    shared = np.zeros(a.n, np.int64)
    for j in range(k):
        shared += (a.indices[:, j : j + 1] == b.indices[:, :k]).any(1)
    return float(shared.mean() / k)


def distance_ranks(z: np.ndarray, rows: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Rank targets among all other points by distance from each row: 1 is the nearest.

    Args:
        z: (n, d) latents.
        rows: (r,) points to look from.
        targets: (r, k) points to rank.

    Returns:
        (r, k) ranks in 1..n-1; equal distances share the best rank.
    """
    ranks = np.empty(targets.shape, np.int64)
    # At a million points 200 rows at once would take gigabytes.
    size = max(1, min(CHUNK, MOST_DISTANCES // max(len(z), 1)))
    for start in range(0, len(rows), size):
        part = slice(start, start + size)
        distances = cdist(z[rows[part]], z)
        wanted = np.take_along_axis(distances, targets[part], 1)
        # The row itself is nearer than any target, so what is strictly nearer counts to the rank.
        ranks[part] = [
            [np.count_nonzero(row < value) for value in values]
            for row, values in zip(distances, wanted, strict=True)
        ]
    return ranks.clip(min=1)


def information_imbalance(
    a: np.ndarray, b: np.ndarray, *, graph: NeighborGraph, rows: np.ndarray
) -> Estimate:
    """Tell how badly distances in a predict those in b: 2/n times the mean rank in b of a's nearest neighbor.

    0: nearest in a is nearest in b. 1: a says nothing about b. Asymmetric: small from a to b and large back
    means that b lost information; large both ways, that it was rearranged.

    Args:
        a: (n, d) latents.
        b: (n, d') latents of the same points.
        graph: neighbor graph of a.
        rows: points to sample.

    Returns:
        Estimate with the 95 % interval of the sampling; NaN with the reason without neighbors.

    Source: [Glielmo et al. 2022].
    """
    if graph.width == 0:
        return missing("No neighbors.")
    ranks = distance_ranks(b, rows, graph.indices[rows, :1])[:, 0] * (2 / len(a))
    value = float(ranks.mean())
    half = 1.96 * float(ranks.std()) / math.sqrt(len(rows)) if len(rows) < len(a) else 0.0
    return Estimate(value, value - half, value + half, len(rows))


def trustworthiness(then: np.ndarray, graph_now: NeighborGraph, *, rows: np.ndarray) -> float:
    """Tell whether neighbors now were near before: 1 minus a penalty on intruders by their old rank.

        T = 1 - 2 / (n k (2n - 3k - 1)) sum_i sum_{j in N_now(i)} max(rank_then(i, j) - k, 0)

    Args:
        then: (n, d) reference latents.
        graph_now: neighbor graph of the other latents; all its k neighbors are used.
        rows: points to sample.

    Returns:
        A number up to 1, about 0.5 for shuffled rows; NaN unless n exceeds 1.5 k.

    Source: [Venna, Kaski 2001].
    """
    n, k = graph_now.n, graph_now.width
    if k == 0 or 2 * n - 3 * k - 1 <= 0:
        return math.nan
    excess = (distance_ranks(then, rows, graph_now.indices[rows]) - k).clip(min=0)
    return float(1 - 2 * excess.sum() / (len(rows) * k * (2 * n - 3 * k - 1)))


def continuity(now: np.ndarray, graph_then: NeighborGraph, *, rows: np.ndarray) -> float:
    """Tell whether old neighbors are still near: trustworthiness with the two latents exchanged.

    Source: [Venna, Kaski 2001].
    """
    return trustworthiness(now, graph_then, rows=rows)


def procrustes_disparity(a: np.ndarray, b: np.ndarray) -> float:
    """Tell how far the shape moved: what the best shift, rotation, mirror and scale cannot undo.

        1 - (sum of singular values of A^T B)^2,  A and B centered, Frobenius norm 1

    Args:
        a: (n, d) latents.
        b: (n, d') latents of the same points.

    Returns:
        0 (same shape) .. 1; NaN if either is a single point.

    Source: [Gower 1975].
    """
    a, b = _centered(a), _centered(b)
    size = np.linalg.norm(a) * np.linalg.norm(b)
    if size == 0:
        return math.nan
    return float(np.clip(1 - np.linalg.norm(a.T @ b / size, "nuc") ** 2, 0, 1))


def linear_cka(a: np.ndarray, b: np.ndarray) -> float:
    """Tell how alike two latents are up to rotation and scale: |A^T B|^2 / (|A^T A| |B^T B|).

    Dominated by the widest directions; a few far points decide it.

    Returns:
        0..1; NaN if either is a single point.

    Source: [Kornblith et al. 2019].
    """
    a, b = _centered(a), _centered(b)
    size = np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b)
    return float(np.linalg.norm(a.T @ b) ** 2 / size) if size > 0 else math.nan


def geodesic_detour(z: np.ndarray, graph: NeighborGraph, *, sources: int = 12, seed: int = 0) -> float:
    """Tell how winding the set is: median of (path through the neighbor graph) / (straight line).

    Args:
        z: (n, d) latents.
        graph: their neighbor graph.
        sources: random points from which paths are measured.
        seed: of their choice.

    Returns:
        1 (flat and convex, but for the steps of the graph) and up; NaN if nothing is connected.

    Source: graph geodesics as in [Isomap: Tenenbaum et al. 2000].
    """
    n, k = graph.n, graph.width
    if k == 0:
        return math.nan
    rows = np.repeat(np.arange(n), k)
    # Duplicates lie at distance 0, which a sparse graph would read as "no edge".
    lengths = np.maximum(graph.distances.ravel().astype(np.float64), np.finfo(np.float32).tiny)
    links = csr_matrix((lengths, (rows, graph.indices.ravel())), shape=(n, n))
    start = np.random.default_rng(seed).choice(n, min(sources, n), replace=False)
    paths = dijkstra(links, directed=False, indices=start)
    straight = cdist(z[start], z)
    reached = np.isfinite(paths) & (straight > 0)
    return float(np.median(paths[reached] / straight[reached])) if reached.any() else math.nan


def _centered(z: np.ndarray) -> np.ndarray:
    # Divided by the largest entry, so that squares of tiny latents do not vanish.
    z = np.asarray(z, np.float64) - np.asarray(z[:1], np.float64)
    z = z - z.mean(0)
    top = np.abs(z).max(initial=0)
    return z / top if top > 0 else z
