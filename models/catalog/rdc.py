"""R-DC: interpolation pretraining, then proximity to reliable neighbors."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import AdversarialSettings, MethodEntry
from models.settings import setting


@dataclass(frozen=True)
class RdcSettings(AdversarialSettings):
    """Settings of R-DC. Where the paper, its code and experience differ, the default is what works."""

    M: int = setting(5, 1, 256, "Number of nearest neighbors M, the point itself left out.")
    lambda_ratio: float = setting(0.6, 0.0, 1.0, "A point is core where D_1 / D_M exceeds this.")
    tau_distance: float = setting(0.6, 0.0, 1e6, "A neighbor is reliable where D_j - D_1 lies below this.")
    d_ref: str = setting(
        "paper",
        choices=("paper", "released code", "relative"),
        help="What the distance D_j is compared with: D_1 of the point, of the whole set, or the median D_1.",
    )
    core: str = setting(
        "ratio",
        choices=("ratio", "below", "all"),
        help="Core points: ratio above lambda (paper), below it (code for VesselMNIST3D), or every point.",
    )
    gamma: float = setting(100.0, 0.0, 1e6, "Weight of the reconstruction loss; both losses are means.")
    target_views: int = setting(
        4, 0, 64, "Augmented views averaged in the targets; 0: the clean view, as published (runs away)."
    )
    keep_scale: bool = setting(
        True, help="Rescale the targets to the spread that each latent coordinate had at the phase switch."
    )
    core_image: str = setting(
        "neighbors",
        choices=("neighbors", "moment", "switch", "input"),
        help="Core points rebuild the mean input of their reliable neighbors, their centroid as decoded at "
        "the moment (paper; pictures drift) or at the phase switch, or their own input.",
    )
    border_image: str = setting(
        "input", choices=("input", "own"), help="Border points rebuild their input (paper) or their decoding."
    )
    border_latent: str = setting(
        "none", choices=("none", "own"), help="Border points have no latent target (paper) or their own code."
    )
    stop_rule: str = setting(
        "budget",
        choices=("budget", "core share"),
        help="End with the epochs, or when the core share has not grown for `patience` refreshes (paper).",
    )
    patience: int = setting(10, 1, 10_000, "Refreshes without growth of the core share before stopping.")
    min_refresh: int = setting(10, 1, 10_000, "Refreshes before the stop rule may act.")


def _thresholds(m: int, ratio: float, distance: float, **more: str) -> dict[str, object]:
    return {"M": m, "lambda_ratio": ratio, "tau_distance": distance, **more}


_CODE = {"d_ref": "released code", "core_image": "moment", "border_image": "own", "border_latent": "own"}
PAPER_TABLE_2 = {
    "pneumoniamnist": _thresholds(5, 0.8, 1.0),
    "breastmnist": _thresholds(5, 0.6, 0.7),
    "bloodmnist": _thresholds(5, 0.5, 0.6),
    "vesselmnist3d": _thresholds(5, 0.3, 0.5),
    "cifar10": _thresholds(5, 0.6, 0.6),
    "fashionmnist": _thresholds(5, 0.6, 0.6),
}
# The released code counts the point itself among its neighbors: 5 and 3 there are 4 and 2 real ones.
RELEASED_CODE = {
    "pneumoniamnist": _thresholds(2, 0.6, 0.1, **_CODE),
    "breastmnist": _thresholds(4, 0.6, 0.6, **_CODE),
    "bloodmnist": _thresholds(4, 0.5, 0.6, **_CODE),
    "vesselmnist3d": _thresholds(2, 0.9, 1.0, core="below", **_CODE),
    "cifar10": _thresholds(4, 0.6, 0.6, **_CODE),
    "fashionmnist": _thresholds(4, 0.6, 0.6, **_CODE),
}

RDC = MethodEntry(
    id="rdc",
    title="R-DC",
    paper="Rethinking deep clustering (R-DC)",
    year=2025,
    phases=("pretraining", "proximity"),
    settings=RdcSettings,
    presets=standard_presets(
        kinds={"plane": {"lambda_ratio": 0.5}, "large": {"learning_rate": 1e-4}},
        quick={"learning_rate": 1e-3},  # 400 iterations of the paper's 1e-4 would hardly leave the start
    ),
    implementation="models.methods.rdc:RDC",
    summary="Moves each core point to the centroid of its reliable neighbors, in latent and input space.",
    data_presets={"paper Table 2": PAPER_TABLE_2, "released code": RELEASED_CODE},
    other={"core": {"all": "All points core"}},
)
