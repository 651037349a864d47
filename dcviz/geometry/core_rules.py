"""Two rules for core points side by side: even neighborhoods (ratio) and dense ones, equally many points."""

from dataclasses import dataclass

import numpy as np

from dcviz.geometry.filters import Thresholds, core_border_split, density_core
from dcviz.geometry.neighbors import NeighborGraph
from dcviz.geometry.purity import Share, same_label


@dataclass(frozen=True)
class CoreRules:
    """What two rules call core.

    Args:
        ratio: core points by the ratio, of all.
        density: core points by density, of all; as many, but for equal distances.
        both: points that both rules choose, of those the ratio chooses.
        ratio_purity: neighbor links of the ratio's core points inside one class; None without labels.
        density_purity: the same of the density's.
    """

    ratio: Share
    density: Share
    both: Share
    ratio_purity: Share | None = None
    density_purity: Share | None = None

    @property
    def expected(self) -> float | None:
        """The share of `both` if the two rules had nothing to do with each other."""
        return self.density.value


def core_rules(
    graph: NeighborGraph, thresholds: Thresholds, *, labels: np.ndarray | None = None
) -> CoreRules:
    """Hold the ratio test against a density test that chooses as many points.

        ratio: D_i1 / D_iM > lambda          density: D_iM <= its quantile at the ratio's core share

    Args:
        graph: neighbor graph; its first min(M, width) columns are used.
        thresholds: M and lambda_ratio.
        labels: (n,) true labels, evaluation only.
    """
    distances = graph.distances[:, : thresholds.M]
    even = np.asarray(core_border_split(distances, thresholds.lambda_ratio))
    dense = np.asarray(density_core(distances, float(even.mean()) if graph.n else 0.0)) & bool(even.any())
    same = None if labels is None else same_label(graph.indices[:, : thresholds.M], labels)
    return CoreRules(
        ratio=Share(int(even.sum()), graph.n),
        density=Share(int(dense.sum()), graph.n),
        both=Share(int((even & dense).sum()), int(even.sum())),
        ratio_purity=None if same is None else Share(int(same[even].sum()), same[even].size),
        density_purity=None if same is None else Share(int(same[dense].sum()), same[dense].size),
    )
