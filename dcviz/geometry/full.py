"""The scores that are too slow for every epoch: at phase ends or on request, each with the time it took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from dcviz.geometry.clusters import DensityClusters, dbscan, hdbscan, k_means, seed_band, silhouette
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.registry import EpochScore
from dcviz.geometry.scales import ScalePoint, block_analysis, gride
from dcviz.geometry.score_parts import NO_CLUSTERS, NO_LABELS, Scores, finite_or_none, put

BAND = ("acc", "nmi", "ari", "f1_macro")
DENSITY: dict[str, Callable[[np.ndarray], DensityClusters]] = {"dbscan": dbscan, "hdbscan": hdbscan}
WIDE = 64
BAND_POINTS = 20_000
"""Most points of the band at phase ends: 200 clusterings of as many take some seconds."""

CLUSTER_SCORES: dict[str, EpochScore] = {
    "silhouette": EpochScore(
        "Silhouette", "", "1: far from other clusters; 0: between two; below: nearer to another.",
        r"\overline{(b - a) / \max(a, b)}", source="Rousseeuw 1987",
    ),
    "dbscan_noise": EpochScore(
        "DBSCAN: share of noise", "", "Points in no dense region.",
        r"\#\{i : c_i = \mathrm{noise}\} / n", source="Ester et al. 1996",
    ),
    "hdbscan_noise": EpochScore(
        "HDBSCAN: share of noise", "", "Points in no cluster that persists over densities.",
        r"\#\{i : c_i = \mathrm{noise}\} / n", source="Campello et al. 2013",
    ),
    "dbscan_clusters": EpochScore(
        "DBSCAN: clusters", "clusters", "Clusters by density alone, no K given.", "K",
        source="Ester et al. 1996",
    ),
    "hdbscan_clusters": EpochScore(
        "HDBSCAN: clusters", "clusters", "Clusters that persist over densities, no K given.", "K",
        source="Campello et al. 2013",
    ),
}  # fmt: skip


def full_scores(
    z: np.ndarray,
    *,
    clusters: int | None = None,
    labels: np.ndarray | None = None,
    seeds: int = 10,
    n_init: int = 20,
    density: tuple[str, ...] = ("dbscan", "hdbscan"),
) -> Scores:
    """Measure the seed band, silhouette, scale dependence and the clusterings without K.

    Args:
        z: (n, d) finite latents.
        clusters: K; without it the band and the silhouette are left out.
        labels: (n,) true labels, evaluation only.
        seeds: seeds of the band.
        n_init: k-means starts a seed.
        density: which of "dbscan" and "hdbscan" to run.

    Returns:
        `<score>_band_low` and `_high` over seeds, `silhouette`, `gride` and `blocks` (lists),
        `dbscan_clusters`, `dbscan_noise` and the same for hdbscan; None with `<key>_reason`; `seconds` (what
        took how long).

    Raises:
        ValueError: if z holds NaN or infinity.
    """
    scores: Scores = {"seconds": {}}
    with _timed(scores, "seed_band"):
        assignments = _add_band(scores, z, clusters, labels, seeds=seeds, n_init=n_init)
    with _timed(scores, "silhouette"):
        value = None if assignments is None else silhouette(z, assignments)
        put(scores, "silhouette", value, NO_CLUSTERS if assignments is None else "Fewer than two clusters.")
    with _timed(scores, "gride"):
        scores["gride"] = scale_rows(gride(neighbor_graph(z, m=WIDE).distances))
    with _timed(scores, "blocks"):
        scores["blocks"] = scale_rows(block_analysis(z))
    for name in density:
        with _timed(scores, name):
            found = DENSITY[name](z)
            scores |= {f"{name}_clusters": found.clusters, f"{name}_noise": found.noise_share}
    return scores


def band_scores(
    z: np.ndarray, labels: np.ndarray, clusters: int, *, seeds: int = 10, n_init: int = 20
) -> Scores:
    """Measure how far scores of k-means depend on its seed; what the worker does at the end of each phase.

    Args:
        z: (n, d) finite latents; of more than BAND_POINTS a fixed draw of so many is used.
        labels: (n,) true labels, evaluation only.
        clusters: K.
        seeds: how many.
        n_init: k-means starts a seed, the best kept.

    Returns:
        `<score>_band_low` and `_high` for each of BAND, and `band_points`, the points that were used.
    """
    rows = np.arange(len(z))
    if len(z) > BAND_POINTS:
        rows = np.sort(np.random.default_rng(0).permutation(len(z))[:BAND_POINTS])
    scores: Scores = {"band_points": len(rows)}
    _add_band(scores, z[rows], clusters, labels[rows], seeds=seeds, n_init=n_init)
    return scores


def scale_rows(curve: list[ScalePoint]) -> list[dict[str, float | None]]:
    """Turn a scale curve into rows that JSON can hold: k, scale, id, low, high."""
    return [
        {
            "k": at.k,
            "scale": finite_or_none(at.scale),
            "id": at.id.number,
            "low": finite_or_none(at.id.low),
            "high": finite_or_none(at.id.high),
        }
        for at in curve
    ]


def _add_band(
    scores: Scores,
    z: np.ndarray,
    clusters: int | None,
    labels: np.ndarray | None,
    *,
    seeds: int,
    n_init: int,
) -> np.ndarray | None:
    """Add the spread over seeds; give the clusters of the best one."""
    clusters = None if clusters is None or not len(z) else min(clusters, len(z))
    if clusters is None or labels is None:
        for key in BAND:
            for end in ("low", "high"):
                put(scores, f"{key}_band_{end}", None, NO_CLUSTERS if clusters is None else NO_LABELS)
        return None if clusters is None else k_means(z, clusters, n_init=n_init).assignments
    band = seed_band(z, clusters, labels=labels, seeds=seeds, n_init=n_init)
    for key in BAND:
        low, high = band.spread(key) or (None, None)
        put(scores, f"{key}_band_low", low, None)
        put(scores, f"{key}_band_high", high, None)
    return band.best.assignments


@contextmanager
def _timed(scores: Scores, name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    scores["seconds"][name] = time.perf_counter() - start
