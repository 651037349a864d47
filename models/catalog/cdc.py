"""CDC: pairs should be as close in latent space as in input space, and as their assignments are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.catalog.budgets import standard_presets
from models.catalog.entry import Budget, Extra, MethodEntry, Panel, TwoPhaseSettings
from models.settings import SettingError, setting


@dataclass(frozen=True)
class CdcSettings(TwoPhaseSettings):
    """Settings of CDC. A weight of 0 switches its loss off, for the ablations."""

    eta: float = setting(0.75, 0.0, 1e6, "Weight of the affinity loss L_a (assignments against latents).")
    beta: float = setting(1e-3, 0.0, 1e6, "Weight of the correlation losses in the second phase.")
    lambda_correlation: float = setting(
        1e-3, 0.0, 1e6, "Weight of the correlation losses beside the reconstruction (pretraining, decoder)."
    )
    norm: str = setting(
        "global",
        choices=("global", "row_code"),
        help="One distribution over all pairs (paper), or one a row with the pair (i, i) (released code).",
    )
    update_mode: str = setting(
        "paper",
        choices=("paper", "code"),
        help="paper: the decoder learns to reconstruct, the encoder to cluster; code: one joint step.",
    )
    initial_weights: str = setting(
        "fan_in",
        choices=("fan_in", "glorot"),
        help="U(+-1/sqrt(fan_in)), or Glorot as for ResNet features.",
    )
    tolerance: float = setting(
        0.0, 0.0, 1.0, "Stop when at most this share of points changed cluster at a refresh; 0: never."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size < 2:
            raise SettingError("batch_size must be at least 2 for CDC, whose losses compare pairs, got 1.")


_SGD = {"batch_size": 64, "optimizer": "sgd", "finetune_optimizer": "sgd", "finetune_learning_rate": 0.01}
_FEATURES = {"initial_weights": "glorot", "learning_rate": 1.0}
# finetune_epochs make up the 5,000 iterations of 64 points; stl10 and cifar10 are ResNet-50 features there.
PUBLISHED: dict[str, dict[str, Any]] = {
    "fashionmnist": {
        **_SGD, "learning_rate": 0.1, "pretrain_epochs": 100, "finetune_epochs": 5, "refresh_every": 100,
    },
    "reuters10k": {
        **_SGD, "learning_rate": 0.1, "pretrain_epochs": 30, "finetune_epochs": 32, "refresh_every": 50,
    },
    "stl10": {
        **_SGD, **_FEATURES, "pretrain_epochs": 30, "finetune_epochs": 25, "refresh_every": 50,
    },
    "cifar10": {
        **_SGD, **_FEATURES, "pretrain_epochs": 60, "finetune_epochs": 11, "refresh_every": 80,
        "finetune_learning_rate": 0.1, "lambda_correlation": 1e-6,
    },
}  # fmt: skip

EXTRAS = {
    "pair_edges": Extra(
        "array", "closeness of a pair (log10, average pair = 0)", "Edges of the bins of the histograms."
    ),
    "pairs_x": Extra("array", "pairs of inputs", "Histogram of C_X over pairs of at most 512 points."),
    "pairs_z": Extra("array", "pairs of latents", "Histogram of C_Z over the same pairs."),
    "pairs_q": Extra("array", "pairs of assignments", "Histogram of the sharpened C_Q over the same pairs."),
}

PANELS = (
    Panel(
        "bins", "Closeness of pairs", ("pair_edges", "pairs_x", "pairs_z", "pairs_q"),
        "How close pairs are in inputs, latents and sharpened assignments, beside the average pair.",
        r"\log_{10}\frac{c_{ij}}{\bar c},\quad c_{ij} \propto \text{similarity of } i \text{ and } j,"
        r"\quad \textstyle\sum_{i \ne j} c_{ij} = 1",
        "c: share of a pair among all pairs, no unit, as the paper defines it, whatever norm trains with. "
        "0: the average pair; 1: ten times closer.",
        "whether the same pairs are close in two of them: only their numbers are compared.",
    ),
    Panel(
        "losses", "Correlation losses over training", ("affinity", "correlation"),
        "L_a (affinity) compares assignments with latents, L_re (correlation) latents with inputs and with "
        "reconstructions.",
        r"L_{re} = L_{cr}(Z, X) + L_{cr}(Z, \hat X),\quad \text{weights}\ \eta = $eta\ (L_a),\ "
        r"\beta = $beta\ (L_{re})",
        "Both unweighted means over the epoch, no unit; eta = $eta, beta = $beta.",
        "their share of the total: L_a counts eta times, L_re beta times.",
        ("eta", "beta", "lambda_correlation", "norm"),
    ),
)  # fmt: skip

CDC = MethodEntry(
    id="cdc",
    title="CDC",
    paper="Deep clustering with correlation losses (CDC); code: fict-labs/Deep-Clustering-CDC",
    year=2024,
    phases=("pretraining", "clustering"),
    settings=CdcSettings,
    presets=standard_presets(
        augment="off",
        finetune_optimizer="sgd",
        finetune_learning_rate=1e-2,
        kinds={"large": {"batch_size": 64, "refresh_every": 100}},
        paper={
            "optimizer": "sgd",
            "learning_rate": 0.1,
            "pretrain_epochs": 100,
            "finetune_epochs": Budget(1, at_least=5_000, at_most=5_000),
        },
    ),
    implementation="models.methods.cdc:CDC",
    summary="Keeps pairs as close as they are in the input, and as their assignments say.",
    needs_clusters=True,
    data_presets={
        "paper": PUBLISHED,
        "row norm": {name: {**own, "norm": "row_code"} for name, own in PUBLISHED.items()},
    },
    extras=EXTRAS,
    panels=PANELS,
    of_features=("stl10", "cifar10"),
)
