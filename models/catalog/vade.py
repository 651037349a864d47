"""VaDE: a variational auto-encoder whose prior is a mixture of Gaussians."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import Budget, MethodEntry, TwoPhaseSettings
from models.settings import setting


@dataclass(frozen=True)
class VadeSettings(TwoPhaseSettings):
    """Settings of VaDE."""

    likelihood: str = setting(
        "auto",
        choices=("auto", "bernoulli", "gaussian"),
        help="How the decoder's output is compared with the input; auto: bernoulli for pictures.",
    )
    noise: float = setting(0.1, 1e-4, 100.0, "Standard deviation of the gaussian likelihood.")
    rate_decay: float = setting(0.9, 0.01, 1.0, "The step size shrinks by this factor ...")
    decay_epochs: int = setting(10, 1, 1_000_000, "... every so many epochs ...")
    rate_floor: float = setting(2e-4, 0.0, 1.0, "... but not below this.")


VADE = MethodEntry(
    id="vade",
    title="VaDE",
    paper="Jiang, Zheng, Tan, Tang and Zhou, Variational deep embedding",
    year=2017,
    phases=("pretraining", "mixture"),
    settings=VadeSettings,
    presets=standard_presets(
        augment="off",
        finetune_learning_rate=2e-3,
        kinds={"plane": {"finetune_learning_rate": 1e-3}},
        paper={"batch_size": 100, "finetune_epochs": Budget(3_000, at_most=2_100_000)},
    ),
    implementation="models.methods.vade:VaDE",
    summary="Learns latents as draws from a mixture of Gaussians, one per cluster.",
    needs_clusters=True,
)
