"""Choosing what to train: data, method, preset, settings, and which epochs are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from dcviz.data.catalog import DATASETS
from dcviz.engine.devices import ELSEWHERE, cuda_count, devices
from dcviz.engine.place import Place
from dcviz.engine.published import published_for
from dcviz.engine.request import SHARED, Request
from dcviz.ui import actions, frame
from dcviz.ui.data_form import data_form
from dcviz.ui.engine_form import place_form
from dcviz.ui.settings_form import settings_form
from models.catalog import METHODS, MethodEntry
from models.plan import data_kind


@dataclass(frozen=True)
class Chosen:
    """What was chosen before the settings: it decides their starting values."""

    method: str
    dataset: str
    preset: str
    device: str
    seed: int
    options: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    devices: int = 1

    def plan(self, settings: dict[str, Any] | None = None, schedule: dict[str, int] | None = None) -> Request:
        """The complete, checked wish."""
        return actions.plan(
            self.method,
            self.dataset,
            settings={**self.given, **(settings or {})},
            preset=self.preset,
            seed=self.seed,
            device=self.device,
            schedule=schedule,
            dataset_options=self.options,
            elsewhere=not self.place.here,
            devices=self.devices,
        )


def wish_form() -> tuple[Request, Chosen] | None:
    """Show the form.

    Returns:
        The complete wish and what was chosen, or None while something is missing or cannot be; the form
        then says what.
    """
    data = data_form()
    entry = _method()
    if data is None:
        return None
    dataset, options = data
    place = place_form()
    preset, device, seed = _preset(entry, dataset, place)
    given = _clusters(dataset, options) if entry.needs_clusters or dataset not in DATASETS else {}
    given |= _published(entry, dataset, options)
    shared = _devices(entry, device, place)
    chosen = Chosen(entry.id, dataset, preset, device, seed, options, given, place, shared)
    try:
        start = chosen.plan()
        key = "-".join(map(str, ("set", entry.id, dataset, start.preset, *chosen.given.values())))
        changed = settings_form(start.settings, key=key)
        return chosen.plan(changed, _schedule()), chosen
    except (ValueError, PermissionError) as error:
        frame.say(error)
        return None


def _method() -> MethodEntry:
    method = st.pills(
        "Method",
        list(METHODS),
        default="rdc" if "rdc" in METHODS else next(iter(METHODS)),
        required=True,
        key="train_method",
        wrap=True,
        format_func=lambda name: METHODS[name].title,
        persist_state="session",
    )
    entry = METHODS[str(method)]
    st.caption(f"{entry.summary} {' → '.join(entry.phases)}. {entry.paper} ({entry.year}).")
    return entry


def _preset(entry: MethodEntry, dataset: str, place: Place) -> tuple[str, str, int]:
    known = DATASETS.get(dataset)
    usable = entry.presets_on(data_kind(known.input_dim)) if known else tuple(entry.presets)
    one_, two, three = st.columns([2, 1, 1])
    preset = one_.selectbox(
        "Preset",
        ["auto", *usable],
        key="train_preset",
        format_func=lambda name: (
            "auto: by device and size" if name == "auto" else f"{name}: {entry.presets[name].summary}"
        ),
    )
    device = two.selectbox(
        "Device",
        devices() if place.here else ELSEWHERE,
        key="train_device",
        help="auto: a GPU for large data if there is one, else the processor.",
    )
    seed = three.number_input(
        "Seed", 0, 2**31 - 1, 0, key="train_seed", help="Of weights, order and augmentation.\n\n`--seed`"
    )
    return str(preset), str(device), int(seed)


def _devices(entry: MethodEntry, device: str, place: Place) -> int:
    """Offer several GPUs to the methods that can share a batch, where there are several."""
    count = cuda_count() if place.here and device != "cpu" else 0
    if entry.id not in SHARED or count < 2:
        return 1
    asked = st.number_input(
        "GPUs that share every batch",
        1,
        count,
        1,
        key="train_devices",
        help="The gradients are those of one GPU. They have to divide the batch size.\n\n`--devices`",
    )
    return int(asked)


def _clusters(dataset: str, options: dict[str, Any]) -> dict[str, Any]:
    """Ask for K where the data do not suggest one."""
    if _suggested(dataset, options):
        return {}
    clusters = st.number_input(
        "Number of clusters K",
        0,
        10_000,
        10,
        key="train_clusters",
        help="These data do not say it. 0: unknown; methods without clusters are then scored with DBSCAN.",
    )
    return {"clusters": int(clusters)}


def _suggested(dataset: str, options: dict[str, Any]) -> int | None:
    """K as the catalog or the labels of the user's own data say it."""
    if dataset in DATASETS:
        return DATASETS[dataset].clusters
    try:
        return actions.facts(dataset, options).clusters
    except (ValueError, PermissionError):
        return None  # the plan with all choices meets the same and says it


def _published(entry: MethodEntry, dataset: str, options: dict[str, Any]) -> dict[str, Any]:
    """Offer published thresholds, or another reading of the paper, where there are some for these data."""
    published = published_for(entry, dataset, options)
    if not published:
        if dataset in entry.of_features:
            st.caption(f"{entry.title}'s published settings for these data are for features=resnet50.")
        return {}
    source = st.selectbox(
        "Published settings",
        ["of the preset", *published],
        key="train_published",
        help="Thresholds or another reading, as published for these data; the paper and its code differ.\n\n"
        "`--published NAME`",
    )
    return published.get(str(source), {})


def _schedule() -> dict[str, int]:
    with st.expander("What is kept", icon=":material/inventory_2:", key="train_kept"):
        columns = st.columns(3)
        every = columns[0].number_input(
            "Snapshot every … epochs",
            1,
            100_000,
            None,
            placeholder="by size",
            key="keep_every",
            help="Empty: every epoch of small sets, fewer where scoring would hold the training up.\n\n"
            "`--every E`",
        )
        dense = columns[1].number_input(
            "Every epoch this close to a switch",
            0,
            1000,
            None,
            placeholder="by size",
            key="keep_dense",
            help="Before and after it.\n\n`--dense-around-switch E`",
        )
        saves = columns[2].number_input(
            "Checkpoint every … epochs",
            1,
            100_000,
            None,
            placeholder="by size",
            key="keep_checkpoints",
            help="Resume and branch start there.\n\n`--checkpoint-every E`",
        )
    given = {"every": every, "dense_around_switch": dense, "checkpoint_every": saves}
    return {name: int(value) for name, value in given.items() if value is not None}
