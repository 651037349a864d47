"""The threshold landscape: all counts over a 256 x 256 grid of (lambda_ratio, tau_distance) in one pass."""

from dataclasses import dataclass

import numpy as np

from dcviz.geometry.filters import distance_gaps, neighbor_ratio
from dcviz.geometry.neighbors import NeighborGraph
from dcviz.geometry.purity import same_label
from dcviz.geometry.thresholds import check_reading

STEPS = 256
FINE = 1 << 15


@dataclass(frozen=True)
class ThresholdTable:
    """Counts at every grid point; the first row (lambda 0) holds those of all points.

    Args:
        m: neighbors looked at.
        n: points.
        reading: of the second filter.
        lambda_axis: (256,) float32, 0..1 evenly.
        tau_axis: (256,) float32, ascending from 0, close where many gaps lie; keeps everything at the end.
            Unit of the latents (no unit if relative).
        core: (256,) int32, core points at each lambda.
        reliable: (256, 256) int32, reliable links of core points, [lambda, tau].
        same_before: (256,) int32, same-label links of core points; None without labels.
        same_after: (256, 256) int32, same-label reliable links of core points; None without labels.
    """

    m: int
    n: int
    reading: str
    lambda_axis: np.ndarray
    tau_axis: np.ndarray
    core: np.ndarray
    reliable: np.ndarray
    same_before: np.ndarray | None
    same_after: np.ndarray | None

    def core_share(self) -> np.ndarray:
        """Share of core points at each lambda, (256,)."""
        return self.core / max(self.n, 1)

    def purity_after(self) -> np.ndarray | None:
        """Same-label share of the reliable links of core points, (256, 256); NaN where there are none."""
        return None if self.same_after is None else _ratio(self.same_after, self.reliable)

    def cell(self, lambda_ratio: float, tau_distance: float) -> tuple[int, int]:
        """Row and column of the grid point nearest to two thresholds."""
        row = int(np.abs(self.lambda_axis - lambda_ratio).argmin())
        return row, int(np.abs(self.tau_axis - tau_distance).argmin())


def threshold_table(
    graph: NeighborGraph,
    *,
    labels: np.ndarray | None = None,
    m: int = 5,
    reading: str = "paper",
    same: np.ndarray | None = None,
) -> ThresholdTable:
    """Count core points, reliable links and pure links over the whole grid of thresholds.

    Each link falls into one cell by its point's ratio and its own gap; two running sums give every count.
    At the grid points the counts equal those of split_scores exactly.

    Args:
        graph: neighbor graph; its first min(m, width) columns are used.
        labels: (n,) true labels or predicted clusters, for the purity; say in the caption which.
        m: neighbors M.
        reading: one of filters.READINGS.
        same: same_label(graph.indices, labels) if at hand.

    Returns:
        The table; 512 kB of counts with labels.

    Raises:
        ValueError: if the reading is unknown or there is not one label a point.
    """
    check_reading(reading)
    m = min(m, graph.width)
    distances = graph.distances[:, :m]
    if same is None and labels is not None:
        same = same_label(graph.indices[:, :m], labels)
    lambda_axis = np.linspace(0, 1, STEPS, dtype=np.float32)
    if m == 0 or graph.n == 0:
        return _empty(graph.n, m, reading, lambda_axis, with_labels=same is not None)
    # Rows where a point is core: all lambda below its ratio.
    below = np.searchsorted(lambda_axis, neighbor_ratio(distances), side="left")  # (n,) in 1..256
    tau_axis, column = _columns(_filtered_value(distances, reading))
    cell = np.asarray(below - 1)[:, None] * (STEPS + 1) + column
    core = suffix_sum(np.bincount(below - 1, minlength=STEPS))
    reliable = _accumulate(cell.ravel())
    same_before = same_after = None
    if same is not None:
        same = same[:, :m]
        same_before = suffix_sum(np.bincount(below - 1, weights=same.sum(1), minlength=STEPS))
        same_after = _accumulate(cell[same])
    return ThresholdTable(m, graph.n, reading, lambda_axis, tau_axis, core, reliable, same_before, same_after)


def _filtered_value(distances: np.ndarray, reading: str) -> np.ndarray:
    """Give the number that tau is compared with."""
    if reading == "released code":
        return distances - distances.min()
    gaps = distance_gaps(distances)
    if reading == "paper":
        return gaps
    unit = np.quantile(distances[:, 0], 0.5)
    return gaps / unit if unit > 0 else np.where(gaps == 0, gaps, np.float32(np.inf))


def _columns(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose the tau axis from the quantiles of the values and tell the first column that keeps each value.

    The axis points are whole multiples of a power of two. Scaling by it is exact in float32, so a look-up
    replaces the search and agrees with the comparison value < tau to the last bit. Infinite values are never
    kept: their column is STEPS, one past the axis.
    """
    positive = values[:: max(1, len(values) // 8192)]
    positive = positive[(positive > 0) & np.isfinite(positive)]
    top = float(np.quantile(positive, 0.995)) if positive.size else 1.0
    step = float(2.0 ** max(np.ceil(np.log2(top / (FINE - 2))), -120))
    fine = np.minimum(values * np.float32(1 / step), np.float32(FINE - 1)).astype(np.int32)
    counts = np.bincount(fine.ravel(), minlength=FINE)
    counts[0] = 0  # the nearest neighbor's own gap is always 0 and would take the whole axis
    cumulated = np.cumsum(counts[: FINE - 1])
    wanted = np.linspace(0, cumulated[-1], STEPS - 1)[1:]
    inner = np.searchsorted(cumulated, wanted) + 1
    edges = np.concatenate([[0], np.maximum.accumulate(np.maximum(inner, 1)), [FINE]])  # whole steps
    tau_axis = (edges * step).astype(np.float32)
    column = np.searchsorted(edges, np.arange(FINE), side="right").astype(np.int32)[fine]
    finite = np.isfinite(values)
    column[~finite] = STEPS
    tau_axis[-1] = max(np.nextafter(values.max(where=finite, initial=0), np.float32(np.inf)), tau_axis[-2])
    return tau_axis, column


def _accumulate(cell: np.ndarray) -> np.ndarray:
    counts = np.bincount(cell, minlength=STEPS * (STEPS + 1)).reshape(STEPS, STEPS + 1)
    return suffix_sum(np.cumsum(counts[:, :STEPS], axis=1))


def suffix_sum(counts: np.ndarray) -> np.ndarray:
    """Sum over this and all higher ratios; the row of lambda 1 stays empty because the test is strict."""
    return np.ascontiguousarray(np.cumsum(counts[::-1], axis=0)[::-1]).astype(np.int32)


def _ratio(hits: np.ndarray, total: np.ndarray) -> np.ndarray:
    return np.where(total > 0, hits / np.maximum(total, 1), np.nan)


def _empty(n: int, m: int, reading: str, lambda_axis: np.ndarray, *, with_labels: bool) -> ThresholdTable:
    line, plane = np.zeros(STEPS, np.int32), np.zeros((STEPS, STEPS), np.int32)
    tau_axis = np.linspace(0, 1, STEPS, dtype=np.float32)
    labeled = (line, plane) if with_labels else (None, None)
    return ThresholdTable(m, n, reading, lambda_axis, tau_axis, line, plane, *labeled)
