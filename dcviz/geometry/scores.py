"""The scores of one epoch: the live set of every snapshot, and the full measure of any array."""

import math

import numpy as np

from dcviz.geometry.by_group import dimensions_by_group
from dcviz.geometry.clusters import KMeansResult, k_means
from dcviz.geometry.estimate import difference
from dcviz.geometry.filters import Thresholds, core_share_law
from dcviz.geometry.full import scale_rows
from dcviz.geometry.linear import RELEASED_THRESHOLD, linear_dimension
from dcviz.geometry.neighbors import NeighborGraph, finite_rows, neighbor_graph
from dcviz.geometry.registry import EPOCH_SCORES, POINT_SCORES, EpochScore, PointInput, PointScore
from dcviz.geometry.scales import gride
from dcviz.geometry.score_parts import (
    Scores,
    add_agreement,
    add_cluster_dimensions,
    add_split,
    add_whole,
    put,
    put_estimate,
)
from dcviz.geometry.search import LARGE_SET
from dcviz.geometry.twonn import two_nn

__all__ = [
    "EPOCH_SCORES",
    "POINT_SCORES",
    "EpochScore",
    "PointInput",
    "PointScore",
    "live_scores",
    "measure",
]

COLD_STARTS = 5
STARTED_BY = 50_000
"""Points of a large set that choose among the starts: each start on a million points costs seconds."""


def live_scores(
    z: np.ndarray,
    graph: NeighborGraph | None,
    *,
    assignments: np.ndarray | None = None,
    clusters: int | None = None,
    labels: np.ndarray | None = None,
    thresholds: Thresholds | None = None,
    previous_centers: np.ndarray | None = None,
) -> tuple[Scores, np.ndarray | None, np.ndarray | None]:
    """Score one epoch: clusters, agreement, dimensions, core share, purity. Never raises on bad latents.

    Clusters are the method's own if given; else one k-means, started from the centers of the epoch before
    (the first time from 5 k-means++ starts with seed 0, of a large set on STARTED_BY of its points).

    Args:
        z: (n, d) latents.
        graph: their neighbor graph; None if there is none.
        assignments: (n,) clusters of the method, or None.
        clusters: K for k-means; None leaves cluster scores out.
        labels: (n,) true labels, evaluation only.
        thresholds: of the dual filter; M 5, lambda .6, tau .6 if None.
        previous_centers: (K, d) of the epoch before.

    Returns:
        Scores (a float or None for every key of EPOCH_SCORES and the ends of its bands, plus `core_count` and
        `reliable_count`; `<key>_reason` beside every None), the assignments and the k-means centers.
    """
    thresholds = thresholds or Thresholds()
    scores: Scores = {}
    problem = _problem(z, graph)
    centers = None
    if problem is None and assignments is None and clusters is not None:
        assignments, centers = _cluster(z, clusters, previous_centers)
    add_agreement(scores, labels, assignments, problem)
    if problem is not None or graph is None:
        _add_missing(scores, problem or "No neighbor graph.")
        return scores, assignments, centers
    add_cluster_dimensions(scores, z, graph, assignments)
    add_split(scores, graph, thresholds, labels, assignments)
    add_whole(scores, z, graph)
    put(scores, "core_share_law", *_law(scores, thresholds, graph))
    return scores, assignments, centers


def measure(
    z: np.ndarray,
    *,
    labels: np.ndarray | None = None,
    thresholds: Thresholds | None = None,
    clusters: int | None = None,
    m: int = 15,
    seed: int = 0,
    exact: bool = False,
) -> Scores:
    """Measure the geometry of any array of latents as one set.

    Args:
        z: (n, d) finite numbers.
        labels: (n,) integers; adds purity, and agreement if clusters is given.
        thresholds: of the dual filter; M 5, lambda .6, tau .6 if None.
        clusters: K for one k-means (20 starts) to compare with the labels.
        m: neighbors to search; more give a longer scale curve.
        seed: of the search and of k-means.
        exact: True refuses a search that finds nearly all neighbors.

    Returns:
        n, d, duplicates (points that lie exactly on another one), id (linear TwoNN) with id_low, id_high,
        id_ml, id_censored, gride, lid, lid_released and curvature_released (as the released code reads them;
        they carry no information), participation_ratio, curvature, core_share, purity, agreement and the
        rest; None is accompanied by `<key>_reason`. With labels or clusters also `by_class` or `by_cluster`,
        one row of dimensions each.

    Raises:
        ValueError: if z is not 2-D or holds NaN or infinity (the first bad row is named).
    """
    thresholds = thresholds or Thresholds()
    graph = neighbor_graph(z, m=max(m, thresholds.M), seed=seed, exact=exact)
    scores: Scores = {"n": graph.n, "d": int(np.shape(z)[1]), "neighbors": graph.width}
    scores |= {"backend": graph.backend, "recall": graph.recall, "collapsed": graph.collapsed}
    scores["duplicates"] = int((graph.distances[:, :1] == 0).sum())
    add_whole(scores, np.asarray(z), graph)
    for key in ("id", "lid", "participation_ratio", "curvature"):
        for end in ("", "_reason", "_low", "_low_reason", "_high", "_high_reason"):
            if f"{key}_all{end}" in scores:
                scores[key + end] = scores.pop(f"{key}_all{end}")
    for name in ("ml", "censored"):
        put_estimate(scores, f"id_{name}", two_nn(graph, method=name))
    found = None if clusters is None else k_means(z, clusters, seed=seed, n_init=20).assignments
    add_split(scores, graph, thresholds, labels, found)
    law = core_share_law(thresholds.lambda_ratio, min(thresholds.M, graph.width), scores["id"] or math.nan)
    put(scores, "core_share_law", law, "The ID is missing.")
    scores["gride"] = scale_rows(gride(graph.distances))
    released = linear_dimension(np.asarray(z), threshold=RELEASED_THRESHOLD, zero_based=True)
    put(scores, "lid_released", released.number, released.reason)
    put_estimate(scores, "curvature_released", difference(released, two_nn(graph)))
    add_agreement(scores, labels, found, None)
    for key, groups in (("by_class", labels), ("by_cluster", found)):
        if groups is not None and len(z):
            scores[key] = dimensions_by_group(np.asarray(z), graph, np.asarray(groups))
    return scores


def _cluster(z: np.ndarray, clusters: int, previous: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    clusters = min(clusters, len(z))
    if previous is not None and (
        np.shape(previous) != (clusters, z.shape[1]) or not np.isfinite(previous).all()
    ):
        previous = None
    result = _started(z, clusters) if previous is None else k_means(z, clusters, init=previous)
    if previous is not None and len(np.unique(result.assignments)) < clusters:
        # The latents have moved away from the old centers: some stand alone and would do so forever.
        result = _started(z, clusters)
    return result.assignments, result.centers


def _started(z: np.ndarray, clusters: int) -> KMeansResult:
    """The best of several starts; of many points a fixed draw says which, and all go on from there."""
    if len(z) <= LARGE_SET or clusters > STARTED_BY:
        return k_means(z, clusters, n_init=COLD_STARTS)
    rows = np.sort(np.random.default_rng(0).choice(len(z), STARTED_BY, replace=False))
    found = k_means(z, clusters, init=k_means(z[rows], clusters, n_init=COLD_STARTS).centers)
    # The draw may hold fewer than K places where most points share one; centers in one place stay there.
    if len(np.unique(found.assignments)) == clusters:
        return found
    return k_means(z, clusters, n_init=COLD_STARTS)


def _problem(z: np.ndarray, graph: NeighborGraph | None) -> str | None:
    if not len(z):
        return "There are no points."
    if not np.isfinite(np.asarray(z).sum(dtype=np.float64)) and not finite_rows(z).all():
        return f"Row {int(np.argmin(finite_rows(z)))} of the latents holds NaN or infinity."
    return None


def _add_missing(scores: Scores, reason: str) -> None:
    for key, entry in EPOCH_SCORES.items():
        for name in (key, *(entry.band or ())):
            if name not in scores:
                put(scores, name, None, reason)


def _law(scores: Scores, thresholds: Thresholds, graph: NeighborGraph) -> tuple[float | None, str]:
    dimension = scores["id_all"]
    if dimension is None:
        return None, scores["id_all_reason"]
    m = min(thresholds.M, graph.width)
    return core_share_law(thresholds.lambda_ratio, m, dimension), ""
