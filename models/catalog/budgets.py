"""What the presets of all methods share: network, batch, step size, epochs by kind of data. No torch here.

Kinds of data: plane (at most 3 inputs: the toys), small (at most 256: digits, tables), large (pictures).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.catalog.entry import Budget, Preset

Values = Mapping[str, Any]

NETWORKS: dict[str, Values] = {
    "plane": {"network": "mlp", "latent_dim": 2, "batch_size": 64, "learning_rate": 1e-3},
    "small": {"network": "digits", "latent_dim": 10, "batch_size": 128, "learning_rate": 1e-3},
    "large": {"network": "fc", "latent_dim": 10, "batch_size": 256, "learning_rate": 1e-3},
}
FINETUNING: dict[str, Values] = {
    "plane": {"finetune_learning_rate": 1e-3, "refresh_every": 0},
    "small": {"finetune_learning_rate": 1e-4, "refresh_every": 0},
    "large": {"finetune_learning_rate": 1e-4, "refresh_every": 140},
}
# 120,000 iterations are 439 epochs of 70,000 points in batches of 256; smaller sets get the same number of
# epochs, yet at least 12,000 iterations.
PRETRAIN_EPOCHS = {
    ("quick", "plane"): 50,
    ("quick", "small"): 60,
    ("quick", "large"): Budget(10, at_least=400, at_most=1_000),
    ("standard", "plane"): 200,
    ("standard", "small"): 200,
    ("standard", "large"): Budget(80, at_least=4_000, at_most=20_000),
    ("paper", "plane"): 200,
    ("paper", "small"): 439,
    ("paper", "large"): Budget(439, at_least=12_000, at_most=120_000),
}
FINETUNE_EPOCHS = {
    ("quick", "plane"): 50,
    ("quick", "small"): 40,
    ("quick", "large"): Budget(6, at_least=140, at_most=400),
    ("standard", "plane"): 200,
    ("standard", "small"): 100,
    ("standard", "large"): Budget(10, at_least=600, at_most=2_800),
    ("paper", "plane"): 200,
    ("paper", "small"): 100,
    ("paper", "large"): Budget(20, at_least=1_400, at_most=5_600),
}
SUMMARIES = {
    "quick": "ends in a few minutes on two CPU cores",
    "standard": "enough to see what the method does",
    "paper": "the schedule of the papers; for a GPU unless the data are small",
    "linear": "the paper's 2-D experiment: linear encoder and decoder, Adam 1e-2",
}
LINEAR: Values = {"network": "linear", "learning_rate": 1e-2, "finetune_learning_rate": 1e-2}


def standard_presets(
    *,
    kinds: Mapping[str, Values] | None = None,
    quick: Values | None = None,
    paper: Values | None = None,
    **everywhere: Any,
) -> dict[str, Preset]:
    """The presets quick, standard, paper and linear of a method with two phases.

    Args:
        kinds: what differs for one kind of data.
        quick: what the quick preset of large data differs in.
        paper: what the paper's schedule of large data differs in.
        everywhere: what differs in all of them.
    """
    extra = {kind: {**everywhere, **(kinds or {}).get(kind, {})} for kind in NETWORKS}
    presets = {
        "quick": _preset("quick", extra=extra, large=quick or {}),
        "standard": _preset("standard", extra=extra, large={}),
        "paper": _preset("paper", extra=extra, large=paper or {}),
    }
    linear = {**presets["standard"].values["plane"], **LINEAR}
    presets["paper"] = Preset(SUMMARIES["paper"], {**presets["paper"].values, "plane": linear})
    presets["linear"] = Preset(SUMMARIES["linear"], {"plane": linear})
    return presets


def _preset(name: str, *, extra: Mapping[str, Values], large: Values) -> Preset:
    kinds = {}
    for kind in NETWORKS:
        epochs = {
            "pretrain_epochs": PRETRAIN_EPOCHS[name, kind],
            "finetune_epochs": FINETUNE_EPOCHS[name, kind],
        }
        last = large if kind == "large" else {}
        kinds[kind] = {**NETWORKS[kind], **FINETUNING[kind], **epochs, **extra[kind], **last}
    return Preset(SUMMARIES[name], kinds)


def single_phase(presets: Mapping[str, Preset]) -> dict[str, Preset]:
    """The same presets for a method with one phase, which gets the epochs of both on plane data."""

    def values_of(kind: str, values: Values) -> dict[str, Any]:
        kept = {k: v for k, v in values.items() if not k.startswith(("finetune", "refresh"))}
        if kind == "plane":
            kept["pretrain_epochs"] += values["finetune_epochs"]
        return kept

    return {
        name: Preset(preset.summary, {kind: values_of(kind, v) for kind, v in preset.values.items()})
        for name, preset in presets.items()
    }
