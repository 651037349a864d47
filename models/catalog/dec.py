"""DEC: deep embedded clustering."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import (
    FINETUNE,
    LARGE,
    LINEAR,
    LINEAR_FINETUNE,
    PLANE,
    PLANE_FINETUNE,
    PRETRAIN,
    SMALL,
    SMALL_FINETUNE,
    SUMMARIES,
)
from models.catalog.entry import Budget, MethodEntry, Preset, TwoPhaseSettings, merged
from models.settings import setting


@dataclass(frozen=True)
class DecSettings(TwoPhaseSettings):
    """Settings of DEC."""

    tolerance: float = setting(
        0.0, 0.0, 1.0, "Stop when at most this share of points changed cluster at a refresh; 0: never."
    )


def _preset(name: str) -> Preset:
    large = {**LARGE, "learning_rate": 1e-3, "finetune_learning_rate": 1e-4, "refresh_every": 140}
    kinds = {
        "plane": merged(PLANE, PLANE_FINETUNE),
        "small": merged(SMALL, SMALL_FINETUNE),
        "large": large,
    }
    for kind, values in kinds.items():
        values["pretrain_epochs"] = PRETRAIN[name, kind]
        values["finetune_epochs"] = FINETUNE[name, kind]
        values["augment"] = "off"  # as published; "on" is a setting away
    return Preset(SUMMARIES[name], kinds)


def _paper() -> Preset:
    # Keras DEC: SGD(1, .9) for 300 epochs, then SGD(.01, .9) for at most 20,000 iterations.
    large = {
        **LARGE,
        "optimizer": "sgd",
        "learning_rate": 1.0,
        "pretrain_epochs": 300,
        "finetune_optimizer": "sgd",
        "finetune_learning_rate": 1e-2,
        "finetune_epochs": Budget(80, at_least=4_000, at_most=20_000),
        "refresh_every": 140,
        "tolerance": 1e-3,
        "augment": "off",
    }
    return Preset(SUMMARIES["paper"], {**_preset("paper").values, "large": large, "plane": _LINEAR})


_LINEAR = merged(LINEAR, LINEAR_FINETUNE, {"pretrain_epochs": 200, "finetune_epochs": 200})

DEC = MethodEntry(
    id="dec",
    title="DEC",
    paper="Xie, Girshick and Farhadi, Unsupervised deep embedding for clustering analysis",
    year=2016,
    phases=("pretraining", "clustering"),
    settings=DecSettings,
    presets={
        "quick": _preset("quick"),
        "standard": _preset("standard"),
        "paper": _paper(),
        "linear": Preset(SUMMARIES["linear"], {"plane": _LINEAR}),
    },
    implementation="models.methods.dec:DEC",
    summary="Pulls each latent toward the center it already leans to, without looking at the input again.",
    needs_clusters=True,
)
