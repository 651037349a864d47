"""DEC: deep embedded clustering."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import Budget, MethodEntry, TwoPhaseSettings
from models.settings import setting


@dataclass(frozen=True)
class DecSettings(TwoPhaseSettings):
    """Settings of DEC."""

    tolerance: float = setting(
        0.0, 0.0, 1.0, "Stop when at most this share of points changed cluster at a refresh; 0: never."
    )


# Keras DEC: SGD(1, .9) for 300 epochs, then SGD(.01, .9) for at most 20,000 iterations. No augmentation.
PAPER = {
    "optimizer": "sgd",
    "learning_rate": 1.0,
    "pretrain_epochs": 300,
    "finetune_optimizer": "sgd",
    "finetune_learning_rate": 1e-2,
    "finetune_epochs": Budget(80, at_least=4_000, at_most=20_000),
    "tolerance": 1e-3,
}

DEC = MethodEntry(
    id="dec",
    title="DEC",
    paper="Xie, Girshick and Farhadi, Unsupervised deep embedding for clustering analysis",
    year=2016,
    phases=("pretraining", "clustering"),
    settings=DecSettings,
    presets=standard_presets(augment="off", paper=PAPER),
    implementation="models.methods.dec:DEC",
    summary="Pulls each latent toward the center it already leans to, without looking at the input again.",
    needs_clusters=True,
)
