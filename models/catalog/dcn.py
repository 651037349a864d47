"""DCN: k-means and an auto-encoder in turns."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import CLUSTERS, MethodEntry, TwoPhaseSettings
from models.settings import setting


@dataclass(frozen=True)
class DcnSettings(TwoPhaseSettings):
    """Settings of DCN."""

    beta: float = setting(1.0, 0.0, 1e6, "Weight of the distance to the center.")
    reconstruction_reduction: str = setting(
        "sum",
        choices=("mean", "sum"),
        help="Squared error summed over the inputs (paper), or averaged: D times lighter.",
    )
    first_count: float = setting(100.0, 1.0, 1e9, "Points each center counts as having seen at the start.")
    restart_epochs: int = setting(10, 0, 1_000_000, "Run k-means again every so many epochs; 0: never.")


DCN = MethodEntry(
    id="dcn",
    title="DCN",
    paper="Yang, Fu, Sidiropoulos and Hong, Towards k-means-friendly spaces",
    year=2017,
    phases=("pretraining", "clustering"),
    settings=DcnSettings,
    presets=standard_presets(
        augment="off",
        kinds={kind: {"latent_dim": CLUSTERS} for kind in ("small", "large")},
        paper={"finetune_optimizer": "nesterov", "finetune_learning_rate": 1e-4, "finetune_epochs": 50},
    ),
    implementation="models.methods.dcn:DCN",
    summary="Rebuilds the input while each latent is drawn to a k-means center that follows along.",
    needs_clusters=True,
)
