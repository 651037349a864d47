"""METHODS: every method with its settings, phases and presets. Importing it needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.catalog.autoencoder import AUTOENCODER
from models.catalog.cc import CC
from models.catalog.cces import CCES
from models.catalog.cdc import CDC
from models.catalog.dcn import DCN
from models.catalog.dcss import DCSS
from models.catalog.ddc_uco import DDC_UCO
from models.catalog.dec import DEC
from models.catalog.decs import DECS
from models.catalog.dkm import DKM
from models.catalog.dynae import DYNAE
from models.catalog.entry import CLUSTERS, Budget, MethodEntry, Preset, TrainingSettings
from models.catalog.finch import FINCH
from models.catalog.idec import IDEC
from models.catalog.pssc import PSSC
from models.catalog.rdc import RDC
from models.catalog.vade import VADE
from models.plan import NETWORK_OF_KIND, Plan, data_kind, fit_plan
from models.settings import SettingError, make

METHODS: dict[str, MethodEntry] = {
    entry.id: entry
    for entry in (
        *(AUTOENCODER, DEC, RDC, IDEC, DYNAE, VADE, DCN, DKM),
        *(DCSS, CDC, DECS, CC, CCES, DDC_UCO, PSSC, FINCH),
    )
}

__all__ = ["METHODS", "MethodEntry", "Plan", "Preset", "TrainingSettings", "called", "fit_plan",
           "method_entry", "resolve_preset"]  # fmt: skip


def method_entry(method_id: str) -> MethodEntry:
    """The entry of a method, or an error that lists the ids."""
    if method_id not in METHODS:
        raise SettingError(f"no method {method_id!r}; there are: {', '.join(METHODS)}.")
    return METHODS[method_id]


def called(method_id: str, settings: Mapping[str, Any]) -> str:
    """What a training is called: the method's title, or another where its settings make it a variant."""
    entry = method_entry(method_id)
    others = (names.get(settings.get(setting)) for setting, names in entry.other.items())
    return next((name for name in others if name), entry.title)


def resolve_preset(
    method_id: str,
    *,
    n: int,
    input_dim: int,
    image_shape: tuple[int, ...] | None = None,
    clusters: int | None = None,
    device: str = "cpu",
    preset: str = "auto",
    overrides: Mapping[str, Any] | None = None,
) -> tuple[str, Any]:
    """Turn a preset into complete settings for data of this size; labels are never looked at.

    `auto` is the paper's schedule for pictures on a GPU, quick for pictures on a CPU, and standard for
    smaller data. Whatever a preset or `overrides` leave at "auto" (network, augmentation, ...) is decided
    here, so that a stored run says what was done.

    Args:
        method_id: one of METHODS.
        n: number of points.
        input_dim: numbers a point.
        image_shape: (C, H, W) or (C, Z, H, W) of pictures.
        clusters: K, None if unknown.
        device: "cpu" or a CUDA device.
        preset: auto or a name in the method's presets.
        overrides: settings that win over the preset.

    Returns:
        The preset's name and the settings.

    Raises:
        SettingError: for names that do not exist, values out of range, and K that does not fit n.
    """
    entry, kind = method_entry(method_id), data_kind(input_dim)
    if preset == "auto":
        preset = "standard" if kind != "large" else ("quick" if device == "cpu" else "paper")
    values = _preset_values(entry, preset, kind)
    values.update(overrides or {})
    if "clusters" not in (overrides or {}):
        values["clusters"] = clusters or 0
    if values["latent_dim"] == CLUSTERS:
        values["latent_dim"] = max(2, int(values["clusters"]))
    values = _epochs_of(values, entry, n)
    chosen = _decided(values, entry, input_dim=input_dim, image_shape=image_shape)
    settings = make(entry.settings, chosen)
    check_clusters(entry, settings.clusters, n)
    return preset, settings


def _preset_values(entry: MethodEntry, preset: str, kind: str) -> dict[str, Any]:
    usable = entry.presets_on(kind)
    if preset not in usable:
        raise SettingError(
            f"{entry.id} has no preset {preset!r} for {kind} data; use auto, {', '.join(usable)}."
        )
    return dict(entry.presets[preset].values[kind])


def _epochs_of(values: dict[str, Any], entry: MethodEntry, n: int) -> dict[str, Any]:
    """Replace budgets by epochs, once the batch size is known."""
    size = make(entry.settings, {"batch_size": values["batch_size"]}).batch_size
    batches = -(-n // min(size, n))
    return {
        name: value.resolve(batches) if isinstance(value, Budget) else value for name, value in values.items()
    }


def _decided(
    values: dict[str, Any], entry: MethodEntry, *, input_dim: int, image_shape: tuple[int, ...] | None
) -> dict[str, Any]:
    """Replace "auto" by what it means for these data."""
    plane = data_kind(input_dim) == "plane"
    network = entry.picture_network if image_shape else None
    rules = {
        "network": network or NETWORK_OF_KIND[data_kind(input_dim)],
        "augment": "on" if image_shape else "off",
        "interpolation": "off" if plane else "on",
        "likelihood": "bernoulli" if image_shape else "gaussian",
    }
    fields = entry.settings.__dataclass_fields__
    for name, decision in rules.items():
        if name in fields and values.get(name, "auto") == "auto":
            values[name] = decision
    if values.get("augment") == "on" and not image_shape:
        raise SettingError("augment=on needs pictures; these data have no image shape: use auto or off.")
    return values


def check_clusters(entry: MethodEntry, clusters: int, n: int) -> None:
    """Refuse a K that the method or the number of points does not allow."""
    if clusters > n:
        raise SettingError(f"clusters must be at most the number of points {n}, got {clusters}.")
    if entry.max_points is not None and n > entry.max_points:
        raise SettingError(
            f"{entry.title} keeps a number for every pair of points, so it takes at most "
            f"{entry.max_points:,} points, got {n:,}: train on a part of the data."
        )
    if entry.needs_clusters and clusters < 2:
        raise SettingError(f"{entry.title} needs the number of clusters: give clusters=K with K >= 2.")
