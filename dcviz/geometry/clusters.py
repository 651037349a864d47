"""Clusterings of the latents: k-means with a fixed seed and its spread over seeds; the one door to all."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np

from dcviz.geometry.agreement import Agreement, agreement
from dcviz.geometry.density import DensityClusters, dbscan, hdbscan, knee_distance
from dcviz.geometry.neighbors import reach
from dcviz.geometry.search import thread_count

__all__ = [
    "DensityClusters",
    "KMeansResult",
    "SeedBand",
    "dbscan",
    "hdbscan",
    "k_means",
    "knee_distance",
    "seed_band",
    "silhouette",
]

ONE_CORE = 20_000
SMALL_SET = 5_000
"""Up to this many points plain numpy beats scikit-learn, whose set-up alone takes milliseconds."""


@dataclass(frozen=True)
class KMeansResult:
    """assignments (n,) int32, centers (K, d) float32 in the unit of the latents, inertia sum |z - c|^2."""

    assignments: np.ndarray
    centers: np.ndarray
    inertia: float


@dataclass(frozen=True)
class SeedBand:
    """K-means from several seeds: how much of a score is luck.

    Args:
        seeds: the seeds used.
        inertia: (seeds,) of each solution.
        scores: one Agreement a seed; None without labels.
        best: the solution of lowest inertia.
    """

    seeds: tuple[int, ...]
    inertia: np.ndarray
    scores: tuple[Agreement, ...] | None
    best: KMeansResult

    def spread(self, score: str) -> tuple[float, float] | None:
        """Smallest and largest value of a score ("acc", "nmi", ...) over the seeds; None without labels."""
        if self.scores is None:
            return None
        values = [getattr(entry, score) for entry in self.scores]
        return min(values), max(values)


def k_means(
    z: np.ndarray, clusters: int, *, seed: int = 0, n_init: int = 1, init: np.ndarray | None = None
) -> KMeansResult:
    """Partition the latents into K clusters around centers (Lloyd's iteration).

    Args:
        z: (n, d) latents, finite.
        clusters: K, in 1..n.
        seed: of k-means++; equal seeds give equal clusters.
        n_init: starts from k-means++, the best kept; ignored with init.
        init: (K, d) centers to start from (warm start from the epoch before).

    Returns:
        Assignments, centers and inertia. With fewer distinct points than K some clusters stay empty.

    Raises:
        ValueError: if K lies outside 1..n or init has the wrong shape.
    """
    _check_clusters(len(z), clusters)
    if init is not None and np.shape(init) != (clusters, z.shape[1]):
        raise ValueError(f"init must be ({clusters}, {z.shape[1]}) centers, got shape {np.shape(init)}.")
    # Distances within a collapsed cluster drown in the offset otherwise.
    offset = np.asarray(z).mean(0, dtype=np.float64)
    centered = z - offset
    unit = reach(float(np.einsum("ij,ij->i", centered, centered).mean()))
    centered = np.ascontiguousarray(centered if unit == 1 else centered / unit, np.float32)
    start = None if init is None else (init - offset) / unit
    if start is not None and len(z) <= SMALL_SET:
        result = _lloyd(centered, start.astype(np.float32))
    else:
        result = _sklearn(centered, clusters, seed, n_init, start)
    centers = (result.centers * unit + offset).astype(np.float32)
    return KMeansResult(result.assignments, centers, result.inertia * unit**2)


def seed_band(
    z: np.ndarray, clusters: int, *, labels: np.ndarray | None = None, seeds: int = 10, n_init: int = 20
) -> SeedBand:
    """Repeat k-means from several seeds and score each solution.

    ACC moves by 10 points between seeds and checkpoints, so a single number says little.

    Args:
        z: (n, d) latents, finite.
        clusters: K.
        labels: (n,) true labels, evaluation only.
        seeds: how many, numbered 0, 1, ...
        n_init: starts a seed.

    Returns:
        Inertias, scores and the best solution.
    """
    results = _side_by_side(z, clusters, seeds=seeds, n_init=n_init)
    inertia = np.array([result.inertia for result in results])
    scores = None if labels is None else tuple(agreement(labels, result.assignments) for result in results)
    return SeedBand(tuple(range(seeds)), inertia, scores, results[int(inertia.argmin())])


def _side_by_side(z: np.ndarray, clusters: int, *, seeds: int, n_init: int) -> list[KMeansResult]:
    """One seed a thread, each on one core: over several, k-means on small sets mostly waits for itself."""
    from threadpoolctl import threadpool_limits

    def one(seed: int) -> KMeansResult:
        with threadpool_limits(limits=1):  # OpenMP counts for each thread by itself
            return k_means(z, clusters, seed=seed, n_init=n_init)

    # The outer limit sees to it that the number of BLAS threads is back where it was at the end.
    with threadpool_limits(limits=1), ThreadPoolExecutor(thread_count()) as pool:
        return list(pool.map(one, range(seeds)))


def silhouette(z: np.ndarray, assignments: np.ndarray, *, rows: int = 2000, seed: int = 0) -> float | None:
    """Tell how much nearer points are to their own cluster than to the next: mean of (b - a) / max(a, b).

    Args:
        z: (n, d) latents, finite.
        assignments: (n,) clusters; noise (-1) is left out.
        rows: sample size (the full score takes n^2 memory).
        seed: of the sample.

    Returns:
        A number in -1..1, no unit; None unless the sample has 2 clusters or more, and fewer than points.

    Source: [Rousseeuw 1987].
    """
    from sklearn.metrics import silhouette_score

    inside = np.flatnonzero(np.asarray(assignments) != -1)
    picked = np.random.default_rng(seed).choice(inside, min(rows, len(inside)), replace=False)
    found = len(np.unique(assignments[picked]))
    if not 2 <= found < len(picked):
        return None
    return float(silhouette_score(z[picked], assignments[picked]))


def _lloyd(z: np.ndarray, centers: np.ndarray) -> KMeansResult:
    """Iterate until the assignments stand still; an empty cluster keeps its center."""
    squares = (z * z).sum(1)
    assignments = np.full(len(z), -1)
    for _ in range(300):
        # |z|^2 is the same for every center, so it does not enter the choice.
        gaps = (centers * centers).sum(1) - 2 * (z @ centers.T)  # (n, K)
        chosen = gaps.argmin(1)
        if (chosen == assignments).all():
            break
        assignments = chosen
        counts = np.bincount(assignments, minlength=len(centers))
        member = assignments[:, None] == np.arange(len(centers))
        sums = member.T.astype(np.float32) @ z
        centers = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centers)
    inertia = float((squares + gaps[np.arange(len(z)), assignments]).clip(0).sum())
    return KMeansResult(assignments.astype(np.int32), centers, inertia)


def _sklearn(z: np.ndarray, clusters: int, seed: int, n_init: int, init: np.ndarray | None) -> KMeansResult:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    start = "k-means++" if init is None else init.astype(np.float32)
    engine = KMeans(clusters, init=start, n_init=n_init if init is None else 1, random_state=seed)
    # Several threads mostly wait for each other on sets that one core has in its cache.
    alone = threadpool_limits(limits=1, user_api="openmp") if len(z) <= ONE_CORE else nullcontext()
    with alone, warnings.catch_warnings():
        # Fewer distinct points than K is a defined answer here: some clusters stay empty.
        warnings.simplefilter("ignore", ConvergenceWarning)
        engine.fit(z)
    return KMeansResult(engine.labels_.astype(np.int32), engine.cluster_centers_, float(engine.inertia_))


def _check_clusters(n: int, clusters: int) -> None:
    if not 1 <= clusters <= n:
        raise ValueError(f"K must lie in 1 .. {n} (the number of points), got {clusters}.")
