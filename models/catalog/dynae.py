"""DynAE: from rebuilding the input to rebuilding the center, point by point."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import AdversarialSettings, Budget, MethodEntry
from models.settings import setting


@dataclass(frozen=True)
class DynaeSettings(AdversarialSettings):
    """Settings of DynAE."""

    kappa: float = setting(3.0, 0.0, 1e3, "Conflicted unless the largest q exceeds kappa / K at the start.")
    decay: float = setting(0.3, 0.0, 1.0, "Share of kappa by which the two thresholds sink when stuck.")
    margin: str = setting(
        "alike",
        choices=("alike", "half"),
        help="The threshold of h1 - h2 sinks like that of h1 (published; soon below 0), or stays half of it.",
    )
    gamma: float = setting(100.0, 0.0, 1e6, "Weight of the image loss; both losses are means.")
    tolerance: float = setting(
        0.01, 0.0, 1.0, "Stop when less than this share of points is conflicted; 0: never."
    )


DYNAE = MethodEntry(
    id="dynae",
    title="DynAE",
    paper="Mrabah, Khan, Ksantini and Lachiri, Deep clustering with a dynamic autoencoder",
    year=2020,
    phases=("pretraining", "clustering"),
    settings=DynaeSettings,
    presets=standard_presets(
        # Thresholds sink at refreshes without progress: with one an epoch, small sets would never learn.
        refresh_every=140,
        kinds={"plane": {"tolerance": 0.0}, "large": {"learning_rate": 1e-4}},
        quick={"learning_rate": 1e-3},
        paper={
            "pretrain_epochs": Budget(475, at_least=13_000, at_most=130_000),
            "finetune_optimizer": "sgd",
            "finetune_learning_rate": 1e-3,
            "finetune_epochs": Budget(365, at_least=10_000, at_most=100_000),
        },
    ),
    implementation="models.methods.dynae:DynAE",
    summary="Confident points rebuild the image of their center, the others their own, until few are left.",
    needs_clusters=True,
    data_presets={
        "critic never trained": {name: {"critic": "untrained"} for name in ("mnist", "fashionmnist", "usps")}
    },
)
