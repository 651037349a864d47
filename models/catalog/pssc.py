"""PSSC: subspace clustering, each point expressed by the others, with pseudo-labels."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import MethodEntry, TwoPhaseSettings
from models.settings import setting

MOST_POINTS = 5_000


@dataclass(frozen=True)
class PsscSettings(TwoPhaseSettings):
    """Settings of PSSC. Every iteration of the second phase takes all points, whatever the batch size."""

    network: str = setting(
        "auto",
        choices=("auto", "conv", "fc", "mlp", "linear", "digits"),
        help="conv: the published network, whose latents are a map (latent_dim=80 for 28 x 28).",
    )
    refresh_every: int = setting(140, 0, 1_000_000, "Not used: this method looks at the whole set always.")
    expression_weight: float = setting(1.0, 0.0, 1e6, "Weight of |CZ - Z|^2 / 2.")
    pseudo_weight: float = setting(
        0.1, 0.0, 1e6, "Weight of the cross-entropy with pseudo-labels surer than .8; on digits none is."
    )
    structure_weight: float = setting(
        1e-3, 0.0, 1e6, "Weight of similarities agreeing with pseudo-labels, and of balance."
    )
    share: float = setting(0.12, 0.0, 1.0, "Share rho of each column of C that is kept for clustering.")
    subspace_dim: int = setting(4, 1, 100, "Dimension of a cluster's subspace.")


PSSC = MethodEntry(
    id="pssc",
    title="PSSC",
    paper="Lv, Kang, Lu and Xu, Pseudo-supervised deep subspace clustering",
    year=2021,
    phases=("pretraining", "self-expression"),
    settings=PsscSettings,
    presets=standard_presets(augment="off"),
    implementation="models.methods.pssc:PSSC",
    summary="Writes each latent as a combination of all others; up to 5,000 points, all at once.",
    needs_clusters=True,
    max_points=MOST_POINTS,
)
