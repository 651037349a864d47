"""Neighbor purity: how many neighbors share a point's label, before and after the dual filter."""

from dataclasses import dataclass

import numpy as np

from dcviz.geometry.filters import Thresholds, split
from dcviz.geometry.neighbors import NeighborGraph


@dataclass(frozen=True)
class Share:
    """A percentage that kept its counts: `hits` of `total`. `value` is None where total is 0."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        """The share itself, in 0..1, or None if there was nothing to count."""
        return self.hits / self.total if self.total else None


@dataclass(frozen=True)
class Purity:
    """Same-label links among neighbor links, over three sets of points, before and after the second filter.

    A link is a pair (point, one of its M neighbors). `core` before is the papers' "true neighbors before
    filtering", `core_filtered` the papers' "after filtering" [RDC, Fig. 14].
    """

    all: Share
    core: Share
    border: Share
    all_filtered: Share
    core_filtered: Share
    border_filtered: Share


@dataclass(frozen=True)
class SplitScores:
    """Exact counts at one setting of the thresholds.

    Args:
        n: points.
        m: neighbors looked at, min(M, width of the graph).
        core: core points.
        border: border points; core + border = n.
        reliable: reliable links of core points (what training uses).
        reliable_all: reliable links of all points.
        true: purity by the true labels (evaluation only), None without labels.
        predicted: purity by the predicted clusters, None without assignments.
    """

    n: int
    m: int
    core: int
    border: int
    reliable: int
    reliable_all: int
    true: Purity | None
    predicted: Purity | None

    @property
    def core_share(self) -> float | None:
        """Share of core points, or None for an empty set."""
        return self.core / self.n if self.n else None


def same_label(indices: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Tell which neighbors carry the point's own label.

    Args:
        indices: (n, M) neighbor rows.
        labels: (n,) true labels or predicted clusters; say in the caption which.

    Returns:
        (n, M) bool.

    Raises:
        ValueError: if there is not one label a point.
    """
    labels = np.asarray(labels)
    if labels.shape != (indices.shape[0],):
        raise ValueError(
            f"One label a point is needed: {indices.shape[0]} points, labels of shape {labels.shape}."
        )
    return labels[indices] == labels[:, None]


def neighbor_purity(same: np.ndarray, reliable: np.ndarray | None = None) -> np.ndarray:
    """Tell for each point what share of its (reliable) neighbors carries its label.

        purity_i = #{j : y_j = y_i} / #{j},  j over the M neighbors, or over the reliable ones

    Args:
        same: (n, M) bool from same_label.
        reliable: (n, M) bool, or None to count all M.

    Returns:
        (n,) in 0..1, NaN where no neighbor is counted.
    """
    counted = np.ones_like(same) if reliable is None else reliable
    total = counted.sum(1)
    return np.where(total > 0, (same & counted).sum(1) / np.maximum(total, 1), np.nan)


def split_scores(
    graph: NeighborGraph,
    thresholds: Thresholds,
    *,
    labels: np.ndarray | None = None,
    assignments: np.ndarray | None = None,
    same: np.ndarray | None = None,
) -> SplitScores:
    """Count core points, reliable links and pure links at one setting of the thresholds.

    Args:
        graph: neighbor graph; its first min(M, width) columns are used.
        thresholds: M, lambda_ratio, tau_distance and the reading.
        labels: (n,) true labels, for evaluation.
        assignments: (n,) predicted clusters.
        same: same_label(graph.indices, labels) if at hand; saves the gather on every slider release.

    Returns:
        The counts; percentages are `.value` of each Share.
    """
    m = min(thresholds.M, graph.width)
    masks = split(graph.distances, thresholds)
    if same is None and labels is not None:
        same = same_label(graph.indices[:, :m], labels)
    linked = None if assignments is None else same_label(graph.indices[:, :m], assignments)
    core = int(np.count_nonzero(masks.core))
    links = np.repeat(masks.core, m).reshape(graph.n, m)  # links of core points; repeating beats broadcasting
    return SplitScores(
        n=graph.n,
        m=m,
        core=core,
        border=graph.n - core,
        reliable=int(np.count_nonzero(masks.reliable & links)),
        reliable_all=int(np.count_nonzero(masks.reliable)),
        true=None if same is None else _purity(same[:, :m], links, masks.reliable),
        predicted=None if linked is None else _purity(linked, links, masks.reliable),
    )


def _purity(same: np.ndarray, core: np.ndarray, reliable: np.ndarray) -> Purity:
    """Count over link masks of shape (n, m)."""
    kept = same & reliable
    before_all, before_core = Share(_count(same), same.size), Share(_count(same & core), _count(core))
    after_all = Share(_count(kept), _count(reliable))
    after_core = Share(_count(kept & core), _count(reliable & core))
    return Purity(
        all=before_all,
        core=before_core,
        border=_rest(before_all, before_core),
        all_filtered=after_all,
        core_filtered=after_core,
        border_filtered=_rest(after_all, after_core),
    )


def _count(mask: np.ndarray) -> int:
    return int(np.count_nonzero(mask))


def _rest(whole: Share, part: Share) -> Share:
    return Share(whole.hits - part.hits, whole.total - part.total)
