"""DDC and DDC-UCO: clusters that are apart under a kernel, in the last layer and in those before."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import single_phase, standard_presets
from models.catalog.entry import Budget, MethodEntry, TrainingSettings
from models.settings import SettingError, setting


@dataclass(frozen=True)
class DdcUcoSettings(TrainingSettings):
    """Settings of DDC-UCO."""

    network: str = setting(
        "auto",
        choices=("auto", "conv", "fc", "mlp", "linear", "digits"),
        help="conv: the published network for pictures of at least 20 x 20; the others fully connected.",
    )
    latent_dim: int = setting(100, 1, 1024, "Width of the last hidden layer, which is shown as the latents.")
    batch_size: int = setting(120, 1, 1_000_000, "Points in a batch; kernels hold its square.")
    pretrain_epochs: int = setting(200, 0, 1_000_000, "Epochs of the one phase.")
    companion: str = setting(
        "uco", choices=("uco", "none"), help="Companion losses on two layers before (UCO), or none (DDC)."
    )
    companion_weight: float = setting(0.01, 0.0, 1e3, "Weight of the companion losses.")
    sigma: float = setting(0.15, 1e-3, 100.0, "Kernel width: this share of the median squared distance.")
    clip: float = setting(10.0, 1e-3, 1e6, "Largest norm of the gradient.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size < 2:
            raise SettingError("batch_size must be at least 2: the losses compare the points of a batch.")


_PAPER = {"pretrain_epochs": Budget(200, at_most=120_000), "batch_size": 120, "learning_rate": 1e-4}

DDC_UCO = MethodEntry(
    id="ddc_uco",
    title="DDC-UCO",
    paper="Trosten, Jenssen and Kampffmeyer, Reducing objective function mismatch in deep clustering",
    year=2021,
    phases=("clustering",),
    settings=DdcUcoSettings,
    presets=single_phase(
        standard_presets(
            augment="off",
            kinds={
                "plane": {"latent_dim": 10, "batch_size": 120},
                "small": {"latent_dim": 32, "batch_size": 120},
                "large": {"network": "auto", "latent_dim": 100, "batch_size": 120},
            },
            paper=_PAPER,
        )
    ),
    implementation="models.methods.ddc_uco:DDCUCO",
    summary="Separates clusters under a kernel, in the last hidden layer and in the layers before it.",
    needs_clusters=True,
    picture_network="conv",
)
