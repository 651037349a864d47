"""Agreement of predicted clusters with true labels: ACC, NMI, ARI, F1, always beside the majority class.

Evaluation only. All scores come from one contingency table, so they cost one pass over the data.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment


@dataclass(frozen=True)
class Agreement:
    """Scores in 0..1 (ARI may be below 0), no unit.

    Args:
        acc: share of points whose matched class is right; clusters matched to classes one to one (Hungarian).
        nmi: mutual information over the arithmetic mean of the two entropies.
        ari: adjusted Rand index.
        f1_macro: mean over true classes of F1, clusters mapped first.
        f1_micro: F1 of pooled counts; equals acc.
        majority: share of the largest true class, the ACC of a constant answer.
        mapping: cluster -> class it was matched to. Clusters beyond the number of classes, and noise
            (-1), are left out: their points count as errors.
    """

    acc: float
    nmi: float
    ari: float
    f1_macro: float
    f1_micro: float
    majority: float
    mapping: dict[int, int] = field(default_factory=dict)


def contingency(labels: np.ndarray, assignments: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count how often each cluster meets each class.

    Args:
        labels: (n,) integers, true classes.
        assignments: (n,) integers, predicted clusters; -1 is noise and is a row like any other.

    Returns:
        counts (clusters, classes), the cluster names, the class names, both ascending.

    Raises:
        ValueError: if the lengths differ or there is no point.
    """
    labels, assignments = np.asarray(labels), np.asarray(assignments)
    if labels.shape != assignments.shape or labels.ndim != 1 or not len(labels):
        raise ValueError(
            f"Labels and assignments need the same number of points, at least one: "
            f"got shapes {labels.shape} and {assignments.shape}."
        )
    class_names, classes = _names_and_codes(labels)
    cluster_names, clusters = _names_and_codes(assignments)
    shape = len(cluster_names), len(class_names)
    counts = np.bincount(clusters * shape[1] + classes, minlength=shape[0] * shape[1])
    return counts.reshape(shape), cluster_names, class_names


def agreement(labels: np.ndarray, assignments: np.ndarray) -> Agreement:
    """Compare predicted clusters with true labels.

    Args:
        labels: (n,) integers, true classes.
        assignments: (n,) integers, predicted clusters; -1 (noise) never matches a class.

    Returns:
        ACC, NMI, ARI, F1 macro and micro, the majority share and the mapping.

    Raises:
        ValueError: if the lengths differ or there is no point.
    """
    counts, clusters, classes = contingency(labels, assignments)
    n = counts.sum()
    # A noise row stays in the table for NMI and ARI but cannot be matched.
    matched = np.where(clusters[:, None] == -1, 0, counts)
    rows, columns = linear_sum_assignment(matched, maximize=True)
    hits = matched[rows, columns]
    real = clusters[rows] != -1
    f1 = np.zeros(len(classes))
    f1[columns] = 2 * hits / (counts.sum(1)[rows] * real + counts.sum(0)[columns])
    acc = float(hits.sum() / n)
    return Agreement(
        acc=acc,
        nmi=_nmi(counts / n),
        ari=_ari(counts),
        f1_macro=float(f1.mean()),
        f1_micro=_f1_micro(hits, counts),
        majority=largest_share(labels),
        mapping={int(clusters[r]): int(classes[c]) for r, c in zip(rows[real], columns[real], strict=True)},
    )


def largest_share(labels: np.ndarray) -> float:
    """Share of the largest true class, the ACC of a constant answer; labels (n,), at least one."""
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))


def match_clusters(assignments: np.ndarray, previous: np.ndarray) -> np.ndarray:
    """Rename clusters so that each keeps the name (and color) of the cluster it overlaps most.

    Args:
        assignments: (n,) clusters 0..K-1 of this epoch; -1 stays -1.
        previous: (n,) clusters of the epoch before.

    Returns:
        (n,) int32: the same partition under matched names; clusters without a partner get free names.
    """
    counts, now, before = contingency(previous, assignments)
    keep_now, keep_before = now != -1, before != -1
    counts, now, before = counts[keep_now][:, keep_before], now[keep_now], before[keep_before]
    rows, columns = linear_sum_assignment(counts, maximize=True)
    name = {int(now[r]): int(before[c]) for r, c in zip(rows, columns, strict=True)}
    free = (i for i in range(len(now) + len(before)) if i not in set(name.values()))
    lookup = np.array([name.get(int(cluster), -2) for cluster in now], np.int32)
    lookup[lookup == -2] = [next(free) for _ in range(int((lookup == -2).sum()))]
    renamed = np.full(len(assignments), -1, np.int32)
    seen = np.asarray(assignments) != -1
    renamed[seen] = lookup[np.searchsorted(now, np.asarray(assignments)[seen])]
    return renamed


def _names_and_codes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = int(values.min()), int(values.max())
    if high - low > 10_000:
        return np.unique(values, return_inverse=True)
    # Small integers: counting is 20 times quicker than sorting.
    shifted = values.astype(np.int64) - low
    present = np.bincount(shifted) > 0
    return np.flatnonzero(present) + low, (np.cumsum(present) - 1)[shifted]


def _nmi(joint: np.ndarray) -> float:
    clusters, classes = joint.sum(1), joint.sum(0)
    mean_entropy = 0.5 * (_entropy(clusters) + _entropy(classes))
    if mean_entropy == 0:  # one cluster, one class: the same trivial partition
        return 1.0
    information = _entropy(clusters) + _entropy(classes) - _entropy(joint.ravel())
    return float(max(information, 0.0) / mean_entropy)


def _entropy(shares: np.ndarray) -> float:
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _ari(counts: np.ndarray) -> float:
    def pairs(x: np.ndarray) -> float:
        x = x.astype(np.float64)
        return float((x * (x - 1) / 2).sum())

    both, rows, columns = pairs(counts), pairs(counts.sum(1)), pairs(counts.sum(0))
    everything = pairs(np.array([counts.sum()]))
    expected = rows * columns / everything if everything else 0.0
    ceiling = 0.5 * (rows + columns)
    return 1.0 if ceiling == expected else (both - expected) / (ceiling - expected)


def _f1_micro(hits: np.ndarray, counts: np.ndarray) -> float:
    true_positive = hits.sum()
    false_positive = counts.sum() - true_positive  # every point is predicted as something: unmatched is wrong
    false_negative = counts.sum() - true_positive
    return float(2 * true_positive / (2 * true_positive + false_positive + false_negative))
