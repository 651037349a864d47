"""Auto-encoder + k-means: the plainest method, and the yardstick of the others."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import LARGE, LINEAR, PLANE, PRETRAIN, SMALL, SUMMARIES
from models.catalog.entry import Budget, MethodEntry, Preset, TrainingSettings


@dataclass(frozen=True)
class AutoencoderSettings(TrainingSettings):
    """Settings of the auto-encoder: those every method has."""


def _preset(name: str) -> Preset:
    plane = {**PLANE, "pretrain_epochs": 100 if name == "quick" else 400}
    small = {**SMALL, "pretrain_epochs": PRETRAIN[name, "small"]}
    large = {**LARGE, "learning_rate": 1e-3, "pretrain_epochs": PRETRAIN[name, "large"]}
    return Preset(SUMMARIES[name], {"plane": plane, "small": small, "large": large})


def _paper() -> Preset:
    # 500 epochs of Adam at batch 256 is what the generic released code does.
    large = {**LARGE, "learning_rate": 1e-3, "pretrain_epochs": Budget(500, at_most=120_000)}
    values = {**_preset("paper").values, "large": large, "plane": {**LINEAR, "pretrain_epochs": 400}}
    return Preset(SUMMARIES["paper"], values)


AUTOENCODER = MethodEntry(
    id="autoencoder",
    title="AE + k-means",
    paper="Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks",
    year=2006,
    phases=("reconstruction",),
    settings=AutoencoderSettings,
    presets={
        "quick": _preset("quick"),
        "standard": _preset("standard"),
        "paper": _paper(),
        "linear": Preset(SUMMARIES["linear"], {"plane": {**LINEAR, "pretrain_epochs": 400}}),
    },
    implementation="models.methods.autoencoder:Autoencoder",
    summary="Learns to rebuild its input; clusters are found afterwards by k-means on the latents.",
)
