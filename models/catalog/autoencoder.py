"""Auto-encoder + k-means: the plainest method, and the yardstick of the others."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import single_phase, standard_presets
from models.catalog.entry import Budget, MethodEntry, TrainingSettings


@dataclass(frozen=True)
class AutoencoderSettings(TrainingSettings):
    """Settings of the auto-encoder: those every method has."""


AUTOENCODER = MethodEntry(
    id="autoencoder",
    title="AE + k-means",
    paper="Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks",
    year=2006,
    phases=("reconstruction",),
    settings=AutoencoderSettings,
    # 500 epochs of Adam at batch 256 is what the generic released code does.
    presets=single_phase(standard_presets(paper={"pretrain_epochs": Budget(500, at_most=120_000)})),
    implementation="models.methods.autoencoder:Autoencoder",
    summary="Learns to rebuild its input; clusters are found afterwards by k-means on the latents.",
)
