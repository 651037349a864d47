"""CC: two views of a point should agree, as a point and in its cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.catalog.budgets import SUMMARIES, single_phase, standard_presets
from models.catalog.entry import Budget, Extra, MethodEntry, Panel, Preset, TrainingSettings
from models.settings import SettingError, setting


@dataclass(frozen=True)
class ContrastiveSettings(TrainingSettings):
    """Settings of contrastive clustering, by random crops and color changes of pictures."""

    network: str = setting(
        "auto",
        choices=("auto", "resnet", "resnet18", "resnet34", "fc", "mlp", "linear", "digits"),
        help="Backbone; resnet: depth 18 with a 3x3 stem up to 64 pixels, depth 34 above. auto: by the data.",
    )
    latent_dim: int = setting(
        512, 1, 4096, "Features d of the backbone; a ResNet's channels scale with it (512 as published)."
    )
    pretrain_epochs: int = setting(50, 0, 1_000_000, "Epochs of the one phase.")
    learning_rate: float = setting(3e-4, 1e-8, 10.0, "Step size.")
    augment: str = setting(
        "auto",
        choices=("auto", "on", "off"),
        help="Views of pictures by crops, mirroring and colors; off, and other data: by exchanged values.",
    )
    precision: str = setting(
        "tf32",
        choices=("tf32", "float32", "bfloat16"),
        help="Arithmetic; bfloat16: mixed precision in networks and heads, losses in float32.",
    )
    channels_last: bool = setting(False, help="Keep channels innermost in memory; faster with bfloat16.")
    resolution: int = setting(0, 0, 512, "Pixels that crops are brought to; 0: the size of the pictures.")
    instance_dim: int = setting(128, 1, 4096, "Outputs of the instance head.")
    temperature: float = setting(0.5, 1e-3, 100.0, "Temperature of the loss on points.")
    cluster_temperature: float = setting(1.0, 1e-3, 100.0, "Temperature of the loss on clusters.")
    entropy_weight: float = setting(1.0, 0.0, 1e3, "Weight of the balance of clusters.")
    crop_area: float = setting(0.2, 0.01, 1.0, "Smallest share of a picture that a crop shows.")
    mirror: float = setting(0.5, 0.0, 1.0, "Share of views with left and right exchanged.")
    color_strength: float = setting(0.5, 0.0, 1.0, "Strength of the color changes.")
    color_share: float = setting(0.8, 0.0, 1.0, "Share of views with changed colors.")
    gray_share: float = setting(0.2, 0.0, 1.0, "Share of views turned gray; pictures of three channels only.")
    corruption: float = setting(
        0.3, 0.0, 1.0, "Share of values taken from other points, where views are no crops (our addition)."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size < 2:
            raise SettingError("batch_size must be at least 2: a point is told from others of its batch.")


def contrastive_presets(**published: Any) -> dict[str, Preset]:
    """Presets of a contrastive method; those up to "paper" keep the pictures' own size.

    Args:
        published: settings of the paper's own schedule, at 224 pixels; its step size serves "paper" too.
    """
    kinds: dict[str, dict[str, Any]] = {
        "plane": {"latent_dim": 16},
        "small": {"latent_dim": 64, "mirror": 0.0, "crop_area": 0.6},
        "large": {"network": "auto", "latent_dim": 512},
    }
    quick = {"latent_dim": 64, "pretrain_epochs": Budget(10, at_least=200, at_most=600)}
    paper = {
        "pretrain_epochs": Budget(200, at_least=4_000, at_most=60_000),
        "learning_rate": published["learning_rate"],
    }
    presets = standard_presets(kinds=kinds, quick=quick, paper=paper)
    single: dict[str, Preset] = single_phase(presets)
    shortened = f"{SUMMARIES['paper']}; at the pictures' own size, shortened"
    single["paper"] = Preset(shortened, single["paper"].values)
    full: Mapping[str, Any] = {
        **single["paper"].values["large"],
        "network": "resnet34",
        "resolution": 224,
        "precision": "bfloat16",
        "channels_last": True,
        **published,
    }
    single["published"] = Preset("ResNet-34 at 224 pixels, as published: days on one GPU", {"large": full})
    return single


CROPS = {
    "crop_rows": Extra("array", "rows of the points whose crops are shown", "Fixed through the training."),
    "crops": Extra("array", "crops of these points (pixels)", "Top, left, height, width of 8 crops of each."),
}

_CONFIDENCE = r"\max_k v_{ik},\quad v_i = \mathrm{softmax}(\text{cluster head}(h_i))"
CONTRAST_PANELS = (
    Panel(
        "crops", "Crops that a point gets", ("crop_rows", "crops", "boxes"),
        "Some points with the crops drawn for them, and each crop beside them. Middles lie in the dashed box,"
        " where there is one, as far as the picture has room.",
        r"\text{area} \sim U($crop_area, 1),\quad \text{aspect} \in [\tfrac34, \tfrac43]",
        "Area: share of the picture, no unit.",
        "colors and mirroring of a view, nor the very crops of a batch: these are drawn beside training.",
        ("crop_area", "mirror"),
    ),
    Panel(
        "histogram", "Confidence of the assignments", ("confidence",),
        "The largest output of the cluster head at each point.",
        _CONFIDENCE, "v: share of each cluster, no unit.",
        "correctness: a contrastive method can be sure and wrong.", ("clusters",),
    ),
    Panel(
        "spread", "Confidence over training", ("confidence",),
        "Share of the points at each confidence, a column an epoch.",
        _CONFIDENCE, "v: share of each cluster, no unit.",
        "correctness: a contrastive method can be sure and wrong.", ("clusters",),
    ),
)  # fmt: skip

CC = MethodEntry(
    id="cc",
    title="CC",
    paper="Li, Hu, Liu, Peng, Zhou and Peng, Contrastive clustering",
    year=2021,
    phases=("contrast",),
    settings=ContrastiveSettings,
    presets=contrastive_presets(learning_rate=3e-4, pretrain_epochs=1_000),
    implementation="models.methods.cc:CC",
    summary="Makes two random views of a picture agree, in their features and in their clusters.",
    needs_clusters=True,
    picture_network="resnet",
    extras=CROPS,
    panels=CONTRAST_PANELS,
    passes={"contrast": 2},
)
