"""The groups of numbers that make up the scores of an epoch; each writes its keys into one dict."""

import math
from typing import Any

import numpy as np

from dcviz.geometry.agreement import agreement, largest_share
from dcviz.geometry.estimate import SMALLEST, Estimate, difference, mean_estimate, missing, too_few
from dcviz.geometry.filters import Thresholds
from dcviz.geometry.linear import components, covariance, covariance_by_group, participation
from dcviz.geometry.linear import curvature as curvature_of
from dcviz.geometry.neighbors import NeighborGraph
from dcviz.geometry.purity import Purity, split_scores
from dcviz.geometry.twonn import two_nn, two_nn_by_group

Scores = dict[str, Any]

NO_LABELS = "No true labels."
NO_CLUSTERS = "No number of clusters was given."
_AGREEMENT = ("acc", "nmi", "ari", "f1_macro", "f1_micro", "majority")
_PURITY = {
    "purity": "all",
    "purity_core": "core",
    "purity_border": "border",
    "purity_filtered": "core_filtered",
}


def add_agreement(
    scores: Scores, labels: np.ndarray | None, assignments: np.ndarray | None, problem: str | None
) -> None:
    """ACC, NMI, ARI, F1 and the majority share."""
    if labels is None or assignments is None:
        reason = NO_LABELS if labels is None else problem or NO_CLUSTERS
        for key in _AGREEMENT:
            put(scores, key, None, reason)
        if labels is not None and len(labels):
            scores["majority"] = largest_share(labels)  # compares nothing with clusters
            del scores["majority_reason"]
        return
    found = agreement(labels, assignments)
    scores.update({key: getattr(found, key) for key in _AGREEMENT})


def add_cluster_dimensions(
    scores: Scores, z: np.ndarray, graph: NeighborGraph, assignments: np.ndarray | None
) -> None:
    """Means over predicted clusters."""
    if assignments is None:
        for key in ("id", "curvature"):
            put_estimate(scores, key, missing(NO_CLUSTERS))
        for key in ("lid", "participation_ratio"):
            put(scores, key, None, NO_CLUSTERS)
        return
    intrinsic = mean_estimate(two_nn_by_group(graph, assignments, z=z).values())
    groups = covariance_by_group(z, assignments).values()
    lid = mean_estimate(components(cov, n=n) if n >= SMALLEST else too_few(n) for cov, n in groups)
    spread = mean_estimate(participation(cov, n=n) if n >= SMALLEST else too_few(n) for cov, n in groups)
    put_estimate(scores, "id", intrinsic)
    put(scores, "lid", lid.number, lid.reason)
    put(scores, "participation_ratio", spread.number, spread.reason)
    put_estimate(scores, "curvature", curvature_of(lid, intrinsic))


def add_whole(scores: Scores, z: np.ndarray, graph: NeighborGraph) -> None:
    """Dimensions of the whole set, and its scale."""
    n = len(z)
    intrinsic = two_nn(graph)
    cov = covariance(z) if n else np.zeros((0, 0))
    lid = components(cov, n=n) if n >= SMALLEST else too_few(n)
    spread = participation(cov, n=n) if n >= SMALLEST else too_few(n)
    put_estimate(scores, "id_all", intrinsic)
    put(scores, "lid_all", lid.number, lid.reason)
    put(scores, "participation_ratio_all", spread.number, spread.reason)
    put_estimate(scores, "curvature_all", difference(lid, intrinsic))
    put(scores, "scale", math.sqrt(max(float(np.trace(cov)), 0.0)), "The variance is not finite.")


def add_split(
    scores: Scores,
    graph: NeighborGraph,
    thresholds: Thresholds,
    labels: np.ndarray | None,
    assignments: np.ndarray | None,
) -> None:
    """Core share, reliable share and purity at one setting of the thresholds."""
    found = split_scores(graph, thresholds, labels=labels, assignments=assignments)
    put(scores, "core_share", found.core_share, "There are no points.")
    links = found.core * found.m
    put(scores, "reliable", found.reliable / links if links else None, "There is no core point.")
    scores |= {"core_count": found.core, "reliable_count": found.reliable}
    for key, part in _PURITY.items():
        put(scores, key, *_purity_of(found.true, part, NO_LABELS))
    put(scores, "purity_clusters", *_purity_of(found.predicted, "all", NO_CLUSTERS))


def _purity_of(purity: Purity | None, part: str, absent: str) -> tuple[float | None, str]:
    if purity is None:
        return None, absent
    return getattr(purity, part).value, "There is no neighbor link to count."


def put_estimate(scores: Scores, key: str, estimate: Estimate) -> None:
    """Set a value and the ends of its interval, or their common reason."""
    put(scores, key, estimate.number, estimate.reason)
    put(scores, f"{key}_low", estimate.low, estimate.reason)
    put(scores, f"{key}_high", estimate.high, estimate.reason)


def put(scores: Scores, key: str, value: float | None, reason: str | None) -> None:
    """Set a value, or None with the reason beside it."""
    scores[key] = finite_or_none(value)
    if scores[key] is None:
        scores[f"{key}_reason"] = reason or "Undefined."


def finite_or_none(value: float | None) -> float | None:
    """Turn NaN and infinity into None, which JSON can hold."""
    return None if value is None or not math.isfinite(value) else float(value)
