"""CCES: contrastive clustering with better crops and neighbors from a support set."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.cc import CONTRAST_PANELS, CROPS, ContrastiveSettings, contrastive_presets
from models.catalog.entry import Extra, MethodEntry, Panel
from models.settings import setting


@dataclass(frozen=True)
class CcesSettings(ContrastiveSettings):
    """Settings of CCES; swap=none with crop=random is CC."""

    learning_rate: float = setting(1e-4, 1e-8, 10.0, "Step size.")
    temperature: float = setting(0.2, 1e-3, 100.0, "Temperature of the loss on points.")
    swap: str = setting(
        "both",
        choices=("none", "instance", "cluster", "both"),
        help="Heads that see the nearest entry of the support set in place of a view.",
    )
    swap_views: str = setting(
        "view1", choices=("view1", "both"), help="Which view is replaced: the first, or each in turn."
    )
    metric: str = setting("l2", choices=("l2", "cosine"), help="Distance in the support set.")
    queue_size: int = setting(
        65_536, 2, 10_000_000, "Entries of the support set; lowered to half of the points."
    )
    warmup: int = setting(
        -1, -1, 10_000_000, "Iterations without swap; -1: until the support set has been filled once."
    )
    crop: str = setting(
        "center",
        choices=("random", "center", "heat map"),
        help="Crops anywhere, about the middle box, or about what the network looks at (ResNets only).",
    )
    crop_beta: float = setting(
        0.6, 0.01, 10.0, "Beta(a, a) of where in the box a crop lies; below 1 toward the borders."
    )
    box_threshold: float = setting(
        0.1, 0.0, 1.0, "Share of the largest heat that belongs to the box (heat map)."
    )
    box_start: int = setting(100, 0, 1_000_000, "Epochs of random crops before the first boxes (heat map).")
    box_every: int = setting(100, 1, 1_000_000, "Epochs between two looks for boxes (heat map).")


EXTRAS = {
    **CROPS,
    "boxes": Extra("array", "boxes of these points (share of the picture)", "Top, left, bottom, right."),
    "neighbor": Extra(
        "points",
        "row of the nearest entry in the support set",
        "Found when the point was last seen; -1 where it was none of the data's, or none is used yet.",
    ),
    "swapping": Extra("number", "swap in use (1) or warming up (0)", "Always 0 with swap=none."),
}

_NEAREST = r"j^*(i) = \arg\min_{j \in Q} \lVert h_i - h_j \rVert"
PANELS = (
    *CONTRAST_PANELS,
    Panel(
        "partners", "Nearest entry of the support set", ("neighbor",),
        "Some points (above) and the entry that stood in for a view (below); a check where labels agree.",
        _NEAREST, "Q: the support set of recent points; h: features of the backbone, by the metric chosen.",
        "what the network was taught at this very epoch: the entry is that of the last time seen.",
        ("queue_size", "metric", "swap"),
    ),
    Panel(
        "partner_rate", "True neighbors over training", ("neighbor",),
        "Share of the points whose entry of the support set has their own true label, beside chance.",
        r"\frac{1}{n} \textstyle\sum_i [\,y_i = y_{j^*(i)}\,],\quad " + _NEAREST,
        "y: true label (evaluation only, training never sees it). No unit. Dotted: two random points.",
        "points that have had no entry yet, or one of their own from before: they are left out.",
        ("queue_size", "metric", "swap"), cut="swapping",
    ),
)  # fmt: skip

CCES = MethodEntry(
    id="cces",
    title="CCES",
    paper="Effective sample pairs based contrastive learning for clustering",
    year=2023,
    phases=("contrast",),
    settings=CcesSettings,
    presets=contrastive_presets(learning_rate=1e-4, pretrain_epochs=1_200),
    implementation="models.methods.cces:CCES",
    summary="Contrasts crops about the middle, and the nearest of recent points in place of a view.",
    needs_clusters=True,
    picture_network="resnet",
    extras=EXTRAS,
    panels=PANELS,
    passes={"contrast": 2},
)
