"""IDEC: DEC that keeps its decoder."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.dec import PAPER, DecSettings
from models.catalog.entry import MethodEntry
from models.settings import setting


@dataclass(frozen=True)
class IdecSettings(DecSettings):
    """Settings of IDEC."""

    gamma: float = setting(0.1, 0.0, 1e6, "Weight of the clustering loss beside the reconstruction.")
    reconstruction_reduction: str = setting(
        "mean",
        choices=("mean", "sum"),
        help="Squared error averaged over the inputs (paper), or summed: D times heavier.",
    )


IDEC = MethodEntry(
    id="idec",
    title="IDEC",
    paper="Guo, Gao, Liu and Yin, Improved deep embedded clustering with local structure preservation",
    year=2017,
    phases=("pretraining", "clustering"),
    settings=IdecSettings,
    presets=standard_presets(
        augment="off",
        paper={**PAPER, "finetune_optimizer": "adam", "finetune_learning_rate": 1e-3},
    ),
    implementation="models.methods.idec:IDEC",
    summary="Pulls latents toward their centers as DEC does, while still rebuilding the input.",
    needs_clusters=True,
)
