"""What each score is called, its unit, its formula and what it does not show: one entry a score.

EPOCH_SCORES are curves over epochs (the keys of metrics.jsonl), POINT_SCORES colors and histograms. A new
score is one entry here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from dcviz.geometry.filters import Thresholds, distance_gaps, neighbor_ratio, reliable_neighbors
from dcviz.geometry.neighbors import NeighborGraph
from dcviz.geometry.purity import neighbor_purity, same_label
from dcviz.geometry.scales import local_dimension


@dataclass(frozen=True)
class EpochScore:
    """One number an epoch.

    Args:
        title: name on axes and in tables.
        unit: "" if it has none.
        caption: what it tells and what it does not show.
        formula: LaTeX, without dollar signs; "" if the caption says it all.
        band: keys of the lower and upper end of its interval, if it has one.
        needs_labels: True if it is null without true labels.
        source: where the definition comes from.
    """

    title: str
    unit: str
    caption: str
    formula: str = ""
    band: tuple[str, str] | None = None
    needs_labels: bool = False
    source: str = ""


@dataclass(frozen=True)
class PointInput:
    """What a point score may look at; labels and assignments are (n,) or None."""

    z: np.ndarray
    graph: NeighborGraph
    thresholds: Thresholds = field(default_factory=Thresholds)
    labels: np.ndarray | None = None
    assignments: np.ndarray | None = None

    @property
    def distances(self) -> np.ndarray:
        """Distances to the first M neighbors, (n, min(M, width))."""
        return self.graph.distances[:, : self.thresholds.M]


@dataclass(frozen=True)
class PointScore:
    """One number a point; `function` gives (n,) floats, or None where labels or assignments are missing."""

    title: str
    unit: str
    caption: str
    formula: str
    function: Callable[[PointInput], np.ndarray | None]


def _purity_by(groups: np.ndarray | None, view: PointInput, *, filtered: bool = False) -> np.ndarray | None:
    if groups is None:
        return None
    same = same_label(view.graph.indices[:, : view.thresholds.M], groups)
    return neighbor_purity(same, _reliable(view) if filtered else None)


def _reliable(view: PointInput) -> np.ndarray:
    thresholds = view.thresholds
    return reliable_neighbors(view.distances, thresholds.tau_distance, reading=thresholds.reading)


def _local_id(view: PointInput) -> np.ndarray:
    if view.graph.width < 3:
        return np.full(view.graph.n, np.nan)
    return local_dimension(view.graph.distances)


def _column(values: np.ndarray, column: int) -> np.ndarray:
    return values[:, column] if values.shape[1] else np.full(len(values), np.nan)


POINT_SCORES: dict[str, PointScore] = {
    "ratio": PointScore(
        "Distance ratio",
        "",
        "How even the neighborhood is; core points lie above lambda_ratio. Measures dimension, not density.",
        r"r_i = D_{i1} / D_{iM}",
        lambda view: (
            neighbor_ratio(view.distances) if view.distances.shape[1] else _column(view.distances, 0)
        ),
    ),
    "gap": PointScore(
        "Gap to the last neighbor",
        "latent distance",
        "How much farther the M-th neighbor is than the first; tau_distance cuts these gaps.",
        r"D'_{iM} = D_{iM} - D_{i1}",
        lambda view: _column(distance_gaps(view.distances), -1),
    ),
    "nearest": PointScore(
        "Nearest neighbor",
        "latent distance",
        "Distance to the nearest other point.",
        r"D_{i1}",
        lambda view: _column(view.distances, 0),
    ),
    "farthest": PointScore(
        "M-th neighbor",
        "latent distance",
        "Distance to the M-th neighbor: small where points lie densely.",
        r"D_{iM}",
        lambda view: _column(view.distances, -1),
    ),
    "kept": PointScore(
        "Reliable neighbors",
        "neighbors",
        "How many of the M neighbors pass the second filter.",
        r"|\mathcal{N}_i|",
        lambda view: _reliable(view).sum(1).astype(float),
    ),
    "purity": PointScore(
        "Neighbor purity (true labels)",
        "",
        "Share of the M neighbors with the same true label; evaluation only.",
        r"\#\{j \le M : y_j = y_i\} / M",
        lambda view: _purity_by(view.labels, view),
    ),
    "purity_filtered": PointScore(
        "Neighbor purity after filtering (true labels)",
        "",
        "Share of the reliable neighbors with the same true label; evaluation only.",
        r"\#\{j \in \mathcal{N}_i : y_j = y_i\} / |\mathcal{N}_i|",
        lambda view: _purity_by(view.labels, view, filtered=True),
    ),
    "purity_clusters": PointScore(
        "Neighbor purity (predicted clusters)",
        "",
        "Share of the M neighbors in the same predicted cluster: low on borders between clusters.",
        r"\#\{j \le M : c_j = c_i\} / M",
        lambda view: _purity_by(view.assignments, view),
    ),
    "local_id": PointScore(
        "Local dimension",
        "",
        "Intrinsic dimension around the point from all stored neighbors; noisy, read it as a map.",
        r"(k-2) / \sum_{j<k} \log (D_{ik} / D_{ij})",
        _local_id,
    ),
}

_ID_CAPTION = (
    "Intrinsic dimension by TwoNN. Reads the smallest scale, noise included: look at it by scale too."
)
_ID_FORMULA = r"\hat d = \frac{\sum x y}{\sum x^2},\; x = \log \mu_{(i)},\; y = -\log(1 - i/n)"
_TRUE = "by true labels (evaluation only)"
_PURITY = r"\#\{(i,j) : y_i = y_j\} / \#\{(i,j)\}"
_TWO_NN, _PC_ID, _SKLEARN = "Facco et al. 2017", "Ansuini et al. 2019", "as in scikit-learn"
_DUAL = "R-DC, arXiv:2503.03733"

EPOCH_SCORES: dict[str, EpochScore] = {
    "acc": EpochScore(
        "ACC", "", f"Share of points in the right class, {_TRUE}.",
        r"\max_\pi \frac1n \#\{i : y_i = \pi(c_i)\}", None, True, "Kuhn 1955, one-to-one matching",
    ),
    "nmi": EpochScore(
        "NMI", "", "Normalized mutual information, arithmetic mean.",
        r"2 I(y; c) / (H(y) + H(c))", None, True, _SKLEARN,
    ),
    "ari": EpochScore(
        "ARI", "", "Adjusted Rand index: 0 for chance.",
        r"(RI - E\,RI) / (1 - E\,RI)", None, True, "Hubert, Arabie 1985",
    ),
    "f1_macro": EpochScore(
        "F1 macro", "", "Mean F1 over classes, clusters mapped first.",
        r"\frac1K \sum_k 2 P_k R_k / (P_k + R_k)", None, True, _SKLEARN,
    ),
    "f1_micro": EpochScore("F1 micro", "", "F1 of pooled counts; equals ACC.", "ACC", None, True, _SKLEARN),
    "majority": EpochScore(
        "Majority class", "", "ACC of one constant answer.",
        r"\max_k \#\{i : y_i = k\} / n", None, True, "definition",
    ),
    "id": EpochScore(
        "ID (mean over clusters)", "", _ID_CAPTION, _ID_FORMULA, ("id_low", "id_high"), source=_TWO_NN
    ),
    "id_all": EpochScore(
        "ID (whole set)", "", _ID_CAPTION, _ID_FORMULA, ("id_all_low", "id_all_high"), source=_TWO_NN
    ),
    "lid": EpochScore(
        "LID (mean over clusters)", "components",
        "Principal components of the standardized coordinates that hold 90 % of the variance.",
        r"\min\{c : \sum_{i \le c} v_i \ge 0.9 \sum v_i\}", source=_PC_ID,
    ),
    "lid_all": EpochScore(
        "LID (whole set)", "components", "As LID, over the whole set.",
        r"\min\{c : \sum_{i \le c} v_i \ge 0.9 \sum v_i\}", source=_PC_ID,
    ),
    "participation_ratio": EpochScore(
        "Participation ratio (mean over clusters)", "",
        "A continuous LID: over how many directions the variance is spread.",
        r"(\sum v)^2 / \sum v^2", source="definition, of the spectrum",
    ),
    "curvature": EpochScore(
        "Curvature LID − ID", "",
        "0 for flat clusters. Has no reference state: it stays put when all rows are shuffled.",
        r"\overline{LID} - \overline{ID}", ("curvature_low", "curvature_high"), source=_DUAL,
    ),
    "core_share": EpochScore(
        "Core share", "", "Share of points whose distance ratio passes lambda_ratio.",
        r"|\mathcal{C}| / n", source=_DUAL,
    ),
    "core_share_law": EpochScore(
        "Core share, predicted", "",
        "What the ID of the whole set alone predicts: the ratio filter measures local dimension.",
        r"(1 - \lambda^{ID})^{M-1}", source="ours, checked on the flat torus",
    ),
    "purity": EpochScore(
        "Purity", "", f"Same-label share of all neighbor links, {_TRUE}.", _PURITY, None, True, _DUAL
    ),
    "purity_core": EpochScore(
        "Purity, core", "", f"Links of core points, {_TRUE}.", _PURITY, None, True, _DUAL
    ),
    "purity_border": EpochScore(
        "Purity, border", "", f"Links of border points, {_TRUE}.", _PURITY, None, True, _DUAL
    ),
    "purity_filtered": EpochScore(
        "Purity after filtering", "", f"Reliable links of core points, {_TRUE}.", _PURITY, None, True, _DUAL
    ),
    "purity_clusters": EpochScore(
        "Purity by clusters", "", "Links inside one predicted cluster.",
        r"\#\{(i,j) : c_i = c_j\} / \#\{(i,j)\}", source=_DUAL,
    ),
    "reliable": EpochScore(
        "Reliable share", "", "Share of core points' links that pass the second filter.",
        r"\sum_{i \in \mathcal{C}} |\mathcal{N}_i| / (M |\mathcal{C}|)", source=_DUAL,
    ),
    "scale": EpochScore(
        "Latent scale", "latent distance",
        "Root mean square norm after centering; a run-away scale shows first here.",
        r"\sqrt{\frac1n \sum |z_i - \bar z|^2}", source="definition",
    ),
}  # fmt: skip
