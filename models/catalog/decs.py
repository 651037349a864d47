"""DECS: clusters that points are decided about."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import CLUSTERS, Budget, Extra, MethodEntry, Panel, TwoPhaseSettings
from models.settings import setting


@dataclass(frozen=True)
class DecsSettings(TwoPhaseSettings):
    """Settings of DECS. Where paper and released code differ, the paper is the default."""

    network: str = setting(
        "auto",
        choices=("auto", "fc", "conv", "mlp", "linear", "digits"),
        help="conv: the released convolutional auto-encoder for pictures; the others are fully connected.",
    )
    refresh_every: int = setting(
        140, 0, 1_000_000, "Iterations between two thresholds of the whole set; 0: once an epoch."
    )
    alpha: float = setting(1.0, 1e-3, 1e3, "Degrees of freedom of q (released code: .5).")
    lambda_s: float = setting(0.8, 0.0, 1e3, "Weight of the variance in the stability (released code: .4).")
    determinacy: str = setting(
        "squared",
        choices=("squared", "absolute"),
        help="Distance from t, squared (paper) or not (released code).",
    )
    objective: str = setting(
        "mean",
        choices=("mean", "mean and variance"),
        help="1 - mean s (paper), or 1 - mean s - Var s over the batch (released code).",
    )
    threshold_from: str = setting(
        "batch",
        choices=("batch", "set"),
        help="Otsu's t from each batch (released code), or from all points at each refresh.",
    )


USPS = {
    "batch_size": 256, "augment": "on", "pretrain_epochs": 500, "finetune_epochs": 271,
    "finetune_learning_rate": 1e-3,
}  # fmt: skip
"""The published schedule on 9,298 pictures of 16 x 16: 10,000 iterations, where the presets are of digits."""

SECOND = ("stability",)
EXTRAS = {
    "t": Extra("number", "threshold t", "Otsu's threshold of all q; a q of t decides nothing."),
    "q": Extra(
        "points",
        "q of point and cluster (no unit)",
        "Co-association of points and centers; rows sum to 1.",
        CLUSTERS,
        SECOND,
    ),
    "s": Extra(
        "points", "stability s (at most 1)", "Mean determinacy less lambda_s times its variance.", 1, SECOND
    ),
    "curve_q": Extra("array", "q", "Where the curve of the determinacy is drawn."),
    "curve_f": Extra("array", "determinacy f(q)", "0 at t, 1 at 0 and at 1."),
    "smallest_cluster": Extra(
        "number",
        "smallest cluster (points)",
        "Nothing balances clusters; below N / (10 K) is a warning.",
    ),
}

_F = (
    r"f(q) = \left(\frac{q-t}{t}\right)^2 (q < t),\quad \left(\frac{q-t}{1-t}\right)^2 (q \ge t);"
    r"\qquad t = $t"
)
_S = (
    r"s_i = \tfrac1K \textstyle\sum_k f(q_{ik}) - \lambda_s \mathrm{Var}_k f(q_{ik}),"
    r"\quad \lambda_s = $lambda_s"
)
_Q = "q: co-association of a point and a center, rows sum to 1. t: Otsu's threshold of all q. No units."
PANELS = (
    Panel(
        "curve", "Determinacy f(q)", ("curve_q", "curve_f"),
        "How decided a q is: not at all at the threshold t (dashed), fully at 0 and at 1.",
        _F, _Q + " Without the square where determinacy is absolute.",
        "the slope that training follows at a point: q itself depends on all centers.",
        ("determinacy", "threshold_from"), cut="t",
    ),
    Panel(
        "histogram", "The q of all points and clusters", ("q",),
        "Where the q lie; the dashed line is t, which moves with them.",
        _F, _Q, "points: each one has K of these numbers.",
        ("alpha", "threshold_from"), cut="t",
    ),
    Panel(
        "histogram", "Stability s", ("s",),
        "How stable each point is; at most 1, reached by a one-hot q.",
        _S, "s, f: no unit. Var: over the K clusters of a point.",
        "whether a stable point is in the right cluster.", ("lambda_s",),
    ),
    Panel(
        "centers", "Centers", ("centers",),
        "Distances between the centers; above, the point nearest to each.",
        r"d_{kl} = \lVert \mu_k - \mu_l \rVert", "d: unit of the latents. k, l: clusters.",
        "how wide the clusters are: far centers may have clusters that touch.",
    ),
    Panel(
        "curves", "The threshold moves", ("curve_q", "curve_f"),
        "The determinacy at epochs from early (dark) to late (bright); each touches 0 at its t.",
        _F, _Q, "how many q lie on each side of t: see the histogram of an epoch.",
        ("determinacy",), cut="t",
    ),
    Panel(
        "numbers", "Threshold t over training", ("t",), "Otsu's threshold of all q.",
        r"t = \arg\max_t\ w_0(t)\,w_1(t)\,(\mu_0(t) - \mu_1(t))^2 = $t",
        "w, mu: share and mean of the q on either side of t. No units.",
        "the t of each batch, which training uses where threshold_from is batch.", ("threshold_from",),
    ),
    Panel(
        "numbers", "Smallest cluster", ("smallest_cluster",),
        "Points of the smallest cluster; nothing in the loss keeps it from vanishing.",
        r"\min_k \#\{i: \arg\max_l q_{il} = k\} = $smallest_cluster;\quad"
        r"\text{a warning below}\ \frac{N}{10 K}",
        "N: points, K = $clusters clusters.", "which cluster it is; that may change from epoch to epoch.",
        ("clusters",),
    ),
    Panel(
        "spread", "Stability over training", ("s",),
        "Share of the points at each stability, a column an epoch.", _S, "s: no unit.",
        "who moved: the same shape can hide points that changed places.", ("lambda_s",),
    ),
    Panel(
        "spread", "q over training", ("q",), "Share of all q at each value, a column an epoch.",
        _F, _Q, "points: each one has K of these numbers.", ("alpha",),
    ),
)  # fmt: skip

DECS = MethodEntry(
    id="decs",
    title="DECS",
    paper="Cheng, Li, Wang and Qian, Deep embedding clustering driven by sample stability",
    year=2024,
    phases=("pretraining", "stability"),
    settings=DecsSettings,
    presets=standard_presets(
        # Turning pictures of 8 x 8 by 10 degrees changes them too much: all clusters but one vanish.
        kinds={"small": {"augment": "off"}, "large": {"finetune_learning_rate": 1e-3}},
        paper={"pretrain_epochs": 500, "finetune_epochs": Budget(1, at_least=10_000, at_most=10_000)},
    ),
    implementation="models.methods.decs:DECS",
    summary="Makes every point decided about every cluster: near to one, far from the others.",
    needs_clusters=True,
    data_presets={
        "released network": {
            "usps": {"network": "conv", **USPS},
            **{name: {"network": "conv"} for name in ("mnist", "fashionmnist", "cifar10")},
        },
        "fully connected": {"usps": {"network": "fc", **USPS}},
        "released code": {
            name: {
                "network": "conv", "alpha": 0.5, "lambda_s": 0.4,
                "determinacy": "absolute", "objective": "mean and variance",
                **(USPS if name == "usps" else {}),
            }
            for name in ("mnist", "fashionmnist", "usps", "cifar10")
        },
    },
    extras=EXTRAS,
    panels=PANELS,
)  # fmt: skip
