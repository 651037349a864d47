"""DECS: clusters that points are decided about."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import CLUSTERS, Budget, Extra, MethodEntry, TwoPhaseSettings
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


SECOND = ("stability",)
EXTRAS = {
    "t": Extra("number", "threshold t", "Otsu's threshold of all q; a q of t decides nothing."),
    "q": Extra(
        "points",
        "q, one column a cluster",
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
            name: {"network": "conv"} for name in ("mnist", "fashionmnist", "usps", "cifar10")
        },
        "released code": {
            name: {
                "network": "conv", "alpha": 0.5, "lambda_s": 0.4,
                "determinacy": "absolute", "objective": "mean and variance",
            }
            for name in ("mnist", "fashionmnist", "usps", "cifar10")
        },
    },
    extras=EXTRAS,
)  # fmt: skip
