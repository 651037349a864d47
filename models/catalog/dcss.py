"""DCSS: cluster-specific reconstruction, then self-supervision by sure pairs."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import CLUSTERS, Extra, MethodEntry, TwoPhaseSettings
from models.settings import SettingError, setting

OWN_LEARNING_RATE = 1e-5


@dataclass(frozen=True)
class DcssSettings(TwoPhaseSettings):
    """Settings of DCSS. Losses are sums over the batch, as published: step sizes are small."""

    network: str = setting(
        "auto",
        choices=("auto", "fc", "conv", "mlp", "linear", "digits"),
        help="conv: the published convolutional auto-encoder for 28 x 28; the others are fully connected.",
    )
    finetune_learning_rate: float = setting(1e-6, 1e-10, 10.0, "Step size of the second phase.")
    finetune_optimizer: str = setting(
        "sgd", choices=("adam", "sgd", "nesterov"), help="Optimizer of the second phase."
    )
    clustering: str = setting(
        "dcss",
        choices=("dcss", "dec", "idec", "dcn", "dkm"),
        help="Whose second phase: DCSS's own, or X of the paper's X+MNet (then adam 1e-4 suits finetune_).",
    )
    fuzziness: float = setting(1.5, 1.01, 20.0, "Exponent m of the memberships; near 1 they are hard.")
    alpha: float = setting(0.1, 0.0, 1e6, "Weight of the distance to the center in the second phase.")
    variant: str = setting(
        "runs",
        choices=("runs", "all"),
        help="K steps a batch, one for each cluster's loss, or one step on their sum (DCSS_all).",
    )
    p_once: bool = setting(
        False, help="Memberships once a batch (released code) instead of anew before each of the K steps."
    )
    center_epochs: int = setting(2, 1, 1_000_000, "Epochs T1 between two updates of the centers.")
    pair_epochs: int = setting(20, 0, 1_000_000, "Epochs of the third phase, which learns from pairs.")
    pair_learning_rate: float = setting(1e-5, 1e-10, 10.0, "Step size of the encoder in the third phase.")
    mnet_learning_rate: float = setting(1e-3, 1e-10, 10.0, "Step size of MNet in the third phase.")
    zeta: float = setting(0.8, 0.0, 1.0, "Pairs whose similarity exceeds this are similar; above 2/3.")
    gamma: float = setting(
        0.2, 0.0, 1.0, "Pairs whose similarity is below this are dissimilar; below zeta^2."
    )
    switch_epochs: int = setting(
        5, 0, 1_000_000, "Epochs T2 in which memberships p tell similarity; MNet's q afterwards."
    )
    pair_scale: float = setting(1e-3, 1e-12, 1e6, "Factor of the sum over pairs (released code).")
    clamp: bool = setting(
        True, help="Entries of q above .99 or below .01 count as settled: no gradient (released code)."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.zeta <= 2 / 3:
            raise SettingError(
                f"zeta must exceed 2/3, got {self.zeta}: only then do similar pairs surely prefer the same "
                "cluster (Theorem 2: q_i . q_j > 2/3 implies argmax q_i = argmax q_j)."
            )
        if self.gamma >= self.zeta**2:
            raise SettingError(
                f"gamma must lie below zeta^2 = {self.zeta**2:.4g}, got {self.gamma}: otherwise two points "
                "similar to a third could be called dissimilar to each other (Theorem 3, Corollary 1.3)."
            )
        if self.clustering != "dcss" and self.finetune_learning_rate < OWN_LEARNING_RATE:
            raise SettingError(
                f"finetune_learning_rate={self.finetune_learning_rate:g} suits the summed losses of DCSS "
                f"alone; for clustering={self.clustering} take 1e-4 with finetune_optimizer=adam."
            )


PAIRS = ("pairs",)
EXTRAS = {
    "memberships": Extra(
        "points", "p, one column a cluster", "Fuzzy memberships; rows sum to 1.", CLUSTERS,
        ("clustering", "pairs"),
    ),
    "q": Extra("points", "q, one column a cluster", "MNet's assignments; rows sum to 1.", CLUSTERS, PAIRS),
    "residual": Extra(
        "points", "h, distance to one-hot (0 to 2)", "|onehot(argmax q) - q|_1; 0 where MNet is sure.", 1,
        PAIRS,
    ),
    "uses_q": Extra("number", "similarity by q (1) or p (0)", "Switches from p to q after T2 epochs."),
    "similar_pairs": Extra("number", "similar pairs (share)", "Pairs with similarity above zeta."),
    "dissimilar_pairs": Extra("number", "dissimilar pairs (share)", "Pairs with similarity below gamma."),
    "participating_pairs": Extra(
        "number", "participating pairs (share)", "Similar and dissimilar pairs among at most 2,048 x n."
    ),
    "unpaired": Extra(
        "number", "points without a similar partner (share)", "Among at most 2,048 points, in the whole set."
    ),
    "unpaired_rows": Extra("array", "rows without a similar partner", "Of those at most 2,048 points."),
}  # fmt: skip

DCSS = MethodEntry(
    id="dcss",
    title="DCSS",
    paper="Sadeghi and Armanfard, Deep clustering with self-supervision using pairwise similarities",
    year=2024,
    phases=("pretraining", "clustering", "pairs"),
    settings=DcssSettings,
    presets=standard_presets(
        augment="off",
        pair_epochs=20,
        finetune_optimizer="sgd",
        kinds={
            "plane": {"finetune_learning_rate": 1e-4},
            "small": {"finetune_learning_rate": 1e-5, "latent_dim": CLUSTERS},
            "large": {"finetune_learning_rate": 1e-6, "batch_size": 500, "latent_dim": CLUSTERS},
        },
        paper={"pretrain_epochs": 200, "finetune_epochs": 200},
    ),
    implementation="models.methods.dcss:DCSS",
    summary="Rebuilds each cluster's points in turn, then lets sure pairs teach a small network.",
    needs_clusters=True,
    data_presets={"published network": {name: {"network": "conv"} for name in ("mnist", "fashionmnist")}},
    extras=EXTRAS,
    passes={"clustering": "clusters"},
)
