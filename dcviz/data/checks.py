"""Whether a data set and the numbers asked for go together; asked before a run is made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dcviz.data.dataset import DataError

NO_LABELS = (
    "No labels: label color, ACC, NMI, ARI, F1 and the majority line are absent, because each compares with "
    "true labels."
)


def check_request(
    n: int,
    clusters: int | None,
    M: int,
    labels: np.ndarray | None = None,
    *,
    clusterer: str = "k-means",
    class_names: Sequence[str] = (),
) -> list[str]:
    """Refuse what cannot be trained or measured, and say what will be changed.

    Args:
        n: number of points.
        clusters: K, or None when the user gave none.
        M: neighbors a point.
        labels: (n,) class of each point, or None.
        clusterer: "k-means", which needs K, or "dbscan", which finds it.
        class_names: of the classes 0, 1, ..., for messages; without, the numbers stand.

    Returns:
        Notices, one sentence each, to be shown before training; M is then `usable_neighbors(n, M)`.

    Raises:
        DataError: for n < 3, no K where one is needed, K < 2, K > n, M < 1, or a single class.
    """
    if n < 3:
        raise DataError(f"n must be at least 3 to have neighbors to compare, got {n}; add samples.")
    if clusters is None and clusterer != "dbscan":
        raise DataError(
            "The number of clusters K is not known without labels: give clusters=K, or choose dbscan, which "
            "finds the clusters by density."
        )
    if clusters is not None:
        _check_clusters(n, clusters)
    if labels is not None:
        _check_classes(labels, class_names)
    notices = [] if labels is not None else [NO_LABELS]
    if usable_neighbors(n, M) < M:
        notices.append(f"M was lowered from {M} to {n - 1}: with n = {n} a point has {n - 1} neighbors.")
    return notices


def usable_neighbors(n: int, M: int) -> int:
    """Return M, lowered to n - 1 where there are not more other points.

    Args:
        n: number of points.
        M: neighbors a point that were asked for.

    Returns:
        min(M, n - 1).

    Raises:
        DataError: if M < 1.
    """
    if M < 1:
        raise DataError(f"M must be at least 1 neighbor, got {M}; the default is 5.")
    return min(M, n - 1)


def _check_clusters(n: int, clusters: int) -> None:
    if clusters < 2:
        raise DataError(
            f"K must be at least 2, got {clusters}: with one cluster nothing is told apart; raise K."
        )
    if clusters > n:
        raise DataError(f"K must not exceed the number of points, got K = {clusters} for n = {n}; lower K.")


def _check_classes(labels: np.ndarray, class_names: Sequence[str]) -> None:
    values = np.unique(labels)
    if len(values) < 2:
        only = class_names[values[0]] if 0 <= values[0] < len(class_names) else values[0]
        raise DataError(
            f"All {len(labels)} labels are the same ({only}): scores against one class say nothing. "
            f"Name another label column, or train without labels (labels=none)."
        )
