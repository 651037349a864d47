"""DKM: k-means whose assignment is a softmax, so that centers and network learn together."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import CLUSTERS, MethodEntry, TwoPhaseSettings
from models.settings import setting


@dataclass(frozen=True)
class DkmSettings(TwoPhaseSettings):
    """Settings of DKM."""

    weight: float = setting(1.0, 0.0, 1e6, "Weight lambda of the distance to the centers.")
    reconstruction_reduction: str = setting(
        "sum",
        choices=("mean", "sum"),
        help="Squared error summed over the inputs (paper), or averaged: D times lighter.",
    )
    sharpness: float = setting(1000.0, 1e-6, 1e9, "Inverse temperature a of the softmax after pretraining.")
    annealing: bool = setting(
        False, help="Let a grow from .1 round by round instead (the paper's way without pretraining)."
    )
    round_epochs: int = setting(5, 1, 1_000_000, "Epochs of one round of annealing.")


DKM = MethodEntry(
    id="dkm",
    title="DKM",
    paper="Moradi Fard, Thonet and Gaussier, Deep k-means",
    year=2020,
    phases=("pretraining", "clustering"),
    settings=DkmSettings,
    presets=standard_presets(
        augment="off",
        kinds={kind: {"latent_dim": CLUSTERS} for kind in ("small", "large")},
        paper={"pretrain_epochs": 50, "finetune_epochs": 100, "finetune_learning_rate": 1e-3},
    ),
    implementation="models.methods.dkm:DKM",
    summary="Rebuilds the input and minimizes a soft k-means loss over network and centers at once.",
    needs_clusters=True,
)
