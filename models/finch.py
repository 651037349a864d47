"""FINCH: clusters from first neighbors alone, round by round, without any parameter."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from models.neighbors import nearest

METRICS = ("cosine", "euclidean")


def finch_partitions(x: Tensor, *, metric: str = "cosine") -> list[np.ndarray]:
    """Partitions of the points, from fine to coarse.

    Link each point to its first neighbor; the connected pieces are the first partition. Replace each piece by
    its mean and repeat, without the links that are longer than the longest of the first round, until one
    cluster is left or nothing changes. Means are of the points as they are, whichever metric links them.

    Args:
        x: (n, D).
        metric: "cosine" or "euclidean".

    Returns:
        one (n,) int array a round, clusters numbered from 0; at least one round for n >= 2.

    Source: [FINCH]; the limit on links as the authors' code means it (in finch-clust 0.2.3 it is without
    effect: links set to 0 in a sparse matrix still count; without the limit both give the same rounds).
    A point with two nearest neighbors at exactly one distance takes either: of sklearn's digits, whose
    squared distances are whole numbers, 18 of 1,797 points have such a tie. With finch-clust's choice, the
    lowest row, and no limit all its rounds come out (397, 89, 21, 7); as it stands we get 398, 89, 21, 9.
    """
    x = _known(x, metric)
    own, limit = np.arange(len(x)), np.inf
    partitions: list[np.ndarray] = []
    while True:
        centers = _means(x, own)
        if len(centers) < 2:
            break
        neighbor, length = _first_neighbors(centers, metric)
        kept = length <= limit
        merged = _pieces(neighbor, kept)
        if merged.max() + 1 == len(centers):
            break
        if not partitions:
            limit = float(length.max())
        own = merged[own]
        partitions.append(own)
    return partitions


def finch_clusters(x: Tensor, clusters: int, *, metric: str = "cosine") -> np.ndarray:
    """Exactly K clusters: the coarsest partition with at least K, then the closest two joined until K.

    Args:
        x: (n, D).
        clusters: K, at most n.
        metric: "cosine" or "euclidean".

    Returns:
        (n,) int.

    Source: [FINCH].
    """
    partitions = [np.arange(len(x)), *finch_partitions(x, metric=metric)]
    own = [each for each in partitions if each.max() + 1 >= clusters][-1]
    x = x.float()
    while own.max() + 1 > clusters:
        neighbor, length = _first_neighbors(_means(x, own), metric)
        closest = np.zeros(len(neighbor), dtype=bool)
        closest[length.argmin()] = True
        own = _pieces(neighbor, closest)[own]
    return own


def _known(x: Tensor, metric: str) -> Tensor:
    if metric not in METRICS:
        raise ValueError(f"metric must be one of {', '.join(METRICS)}, got {metric!r}.")
    return x.float()


def _means(x: Tensor, own: np.ndarray) -> Tensor:
    member = torch.from_numpy(own).to(x.device)
    count = torch.bincount(member)
    sums = torch.zeros(len(count), x.shape[1], device=x.device).index_add_(0, member, x)
    return sums / count[:, None]


def _first_neighbors(centers: Tensor, metric: str) -> tuple[np.ndarray, np.ndarray]:
    # On the unit sphere the Euclidean distance grows with the angle: one search serves both metrics.
    points = torch.nn.functional.normalize(centers) if metric == "cosine" else centers
    indices, distances = nearest(points, m=1)
    return indices[:, 0].cpu().numpy(), distances[:, 0].cpu().numpy()


def _pieces(neighbor: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Connected pieces of the links i - neighbor[i]; two points with one neighbor are linked through it."""
    n = len(neighbor)
    rows = np.arange(n)[kept]
    links = csr_matrix((np.ones(len(rows)), (rows, neighbor[kept])), shape=(n, n))
    return connected_components(links, directed=False)[1].astype(np.int64)
