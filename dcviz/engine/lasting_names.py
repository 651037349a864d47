"""Names of clusters that last from epoch to epoch, whatever order a method or k-means gives them."""

import numpy as np

from dcviz.geometry.agreement import match_clusters


def renamed(
    assignments: np.ndarray, centers: np.ndarray | None, previous: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Give clusters the names they had an epoch before, so that they keep their colors.

    Args:
        assignments: (n,) clusters of now, -1 for noise.
        centers: (K, d) their centers in that order, or None.
        previous: (n,) clusters of the epoch before, or None.

    Returns:
        The same partition as int32 under matched names, and the centers in the order of those names.
    """
    if previous is None or len(previous) != len(assignments):
        return assignments.astype(np.int32), centers
    matched = match_clusters(assignments, previous)
    if centers is None or matched.max(initial=-1) >= len(centers):
        return matched, centers
    ordered = np.empty_like(centers)
    ordered[new_names(assignments, matched, len(centers))] = centers
    return matched, ordered


def new_names(before: np.ndarray, after: np.ndarray, clusters: int) -> np.ndarray:
    """(K,) the name that each cluster of a partition got; empty ones take the names left over."""
    new = np.full(clusters, -1)
    seen = before >= 0
    new[before[seen]] = after[seen]
    new[new == -1] = np.setdiff1d(np.arange(clusters), new)
    return new
