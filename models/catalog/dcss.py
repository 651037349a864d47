"""DCSS: cluster-specific reconstruction, then self-supervision by sure pairs."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import standard_presets
from models.catalog.entry import CLUSTERS, Extra, MethodEntry, Panel, TwoPhaseSettings
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
        "points", "p of point and cluster (no unit)", "Fuzzy memberships; rows sum to 1.", CLUSTERS,
        ("clustering", "pairs"),
    ),
    "q": Extra(
        "points", "q of point and cluster (no unit)", "MNet's assignments; rows sum to 1.", CLUSTERS, PAIRS
    ),
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

_SIMILAR = (
    r"s_{ij} = u_i \cdot u_j:\quad s_{ij} > \zeta = $zeta\ \text{similar},"
    r"\quad s_{ij} < \gamma = $gamma\ \text{dissimilar}"
)
_OF_PAIRS = "u: memberships p up to epoch T2 of this phase, MNet's q afterwards; rows sum to 1, no unit."
PANELS = (
    Panel(
        "pairs", "Which pairs take part", ("memberships", "q", "uses_q"),
        "Pairs that are surely similar or surely dissimilar teach MNet; the others wait.",
        _SIMILAR, _OF_PAIRS, "whether the pairs are right: similarity is the method's own opinion.",
        ("zeta", "gamma"),
    ),
    Panel(
        "histogram", "How far from one-hot", ("residual",),
        "Distance of each point's q from the nearest one-hot vector; 0 where MNet is sure.",
        r"h_i = \lVert \mathrm{onehot}(\arg\max_k q_{ik}) - q_i \rVert_1 = 2\,(1 - \max_k q_{ik})",
        "q: MNet's assignments. h: no unit, 0 to 2 (1 - 1/K).",
        "whether sure points are right: confidence is no correctness.",
    ),
    Panel(
        "vectors", "q beside its points", ("q",),
        "Assignments of the points that MNet is least sure of, and of some it is sure of.",
        r"q_i = \mathrm{softmax}(\mathrm{MNet}(z_i)),\quad \textstyle\sum_k q_{ik} = 1",
        "q: share of each cluster, no unit.",
        "typical points: these are the two ends of the list, sorted by the largest q.",
    ),
    Panel(
        "matrix", "Memberships by cluster", ("memberships",),
        "Mean membership of each predicted cluster's points in every cluster.",
        r"p_{ik} = \frac{d_{ik}^{-2/(m-1)}}{\sum_l d_{il}^{-2/(m-1)}},\quad m = $fuzziness",
        "d: distance to the center of a cluster, unit of the latents; in the third phase the centers are "
        "those of the second, matched to MNet's clusters. p, m: no unit.",
        "single points: a mean of .5 may be all points in doubt, or half of them elsewhere.",
        ("fuzziness",),
    ),
    Panel(
        "rows", "Points without a similar partner", ("unpaired_rows",),
        "No other point is surely similar to these: nothing pulls them to their cluster.",
        _SIMILAR, _OF_PAIRS, "outliers of the data: a raised zeta alone makes more of them.",
        ("zeta", "gamma"),
    ),
    Panel(
        "numbers", "Pairs over training",
        ("participating_pairs", "similar_pairs", "dissimilar_pairs", "unpaired"),
        "Share of the pairs that take part, and of the points without a similar partner; "
        "the flag is where similarity goes from p to q.",
        r"T_2 = $switch_epochs\ \text{epochs of the phase},\quad \zeta = $zeta,\quad \gamma = $gamma",
        "Shares have no unit; pairs are among at most 2,048 points and the whole set.",
        "how many of the pairs are right.",
        ("zeta", "gamma", "switch_epochs"),
        cut="uses_q",
    ),
    Panel(
        "spread", "Distance to one-hot over training", ("residual",),
        "How the distances to one-hot move: share of the points at each distance, a column an epoch.",
        r"h_i = 2\,(1 - \max_k q_{ik})", "h: no unit.",
        "who moved: the same shape can hide points that changed places.",
    ),
)  # fmt: skip

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
    panels=PANELS,
    passes={"clustering": "clusters"},
)
