"""Clusterings that need no K: DBSCAN with its radius from a knee, and HDBSCAN; both know noise."""

from dataclasses import dataclass

import numpy as np

from dcviz.geometry.neighbors import neighbor_graph


@dataclass(frozen=True)
class DensityClusters:
    """Clusters found without a given K.

    Args:
        assignments: (n,) int32, -1 for noise.
        clusters: how many were found.
        noise_share: share of points in none; noise counts as errors in ACC.
        eps: DBSCAN's radius in the unit of the latents; None for HDBSCAN.
        min_samples: neighbors (self included) that make a point dense.
    """

    assignments: np.ndarray
    clusters: int
    noise_share: float
    eps: float | None
    min_samples: int


def knee_distance(z: np.ndarray, *, min_samples: int) -> float:
    """Read DBSCAN's radius off the knee of the sorted distances to the min_samples-th point, self included.

    The knee is the point of that curve farthest below the chord between its ends.

    Args:
        z: (n, d) latents, finite.
        min_samples: at least 2.

    Returns:
        The radius, unit of the latents; 0 for fewer than 2 points.
    """
    graph = neighbor_graph(z, m=max(min_samples - 1, 1))
    if not graph.width:
        return 0.0
    curve = np.sort(graph.distances[:, -1].astype(np.float64))
    chord = np.linspace(curve[0], curve[-1], len(curve))
    return float(curve[int(np.argmax(chord - curve))])


def dbscan(z: np.ndarray, *, min_samples: int | None = None, eps: float | None = None) -> DensityClusters:
    """Find clusters of any shape and their number: chains of points with enough neighbors within eps.

    Args:
        z: (n, d) latents, finite.
        min_samples: neighbors, self included; max(2 d, 10) by default, because the usual 4 in the plane cuts
            two moons into 3 to 12 pieces.
        eps: radius in the unit of the latents; the knee of the distance curve by default.

    Returns:
        Clusters, the noise share and the settings used.
    """
    from sklearn.cluster import DBSCAN

    min_samples = max(10, 2 * z.shape[1]) if min_samples is None else min_samples
    eps = knee_distance(z, min_samples=min_samples) if eps is None else eps
    if not len(z):
        return _density(np.zeros(0, np.int32), eps, min_samples)
    # scikit-learn refuses 0; all points identical makes the knee 0.
    radius = max(eps, float(np.finfo(np.float32).tiny))
    return _density(DBSCAN(eps=radius, min_samples=min_samples).fit_predict(z), eps, min_samples)


def hdbscan(
    z: np.ndarray, *, min_cluster_size: int | None = None, min_samples: int | None = None
) -> DensityClusters:
    """Find clusters of differing density and their number; cost grows faster than n log n.

    Args:
        z: (n, d) latents, finite.
        min_cluster_size: smaller groups are noise; max(20, n / 100) by default.
        min_samples: neighbors for the density, self included; 2 d by default.

    Returns:
        Clusters and the noise share.
    """
    from sklearn.cluster import HDBSCAN

    n = len(z)
    min_samples = max(2, 2 * z.shape[1]) if min_samples is None else min_samples
    size = max(20, n // 100) if min_cluster_size is None else min_cluster_size
    if n < max(min_samples, size, 2):
        return _density(np.full(n, -1), None, min_samples)
    engine = HDBSCAN(min_cluster_size=size, min_samples=min_samples, copy=True)
    return _density(engine.fit_predict(z), None, min_samples)


def _density(assignments: np.ndarray, eps: float | None, min_samples: int) -> DensityClusters:
    found = int(assignments.max(initial=-1)) + 1
    noise = float((assignments == -1).mean()) if len(assignments) else 0.0
    return DensityClusters(assignments.astype(np.int32), found, noise, eps, min_samples)
