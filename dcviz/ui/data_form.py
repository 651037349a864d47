"""Choosing the data: one of the catalog with its options, or the user's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dcviz.data.catalog import DATASETS, DatasetEntry
from dcviz.data.own import OWN_OPTIONS
from dcviz.engine.facts import Facts
from dcviz.ui import actions, mode, words
from dcviz.ui.settings_form import one

OWN = "own"
NAMED = 60
"""Letters within which classes are told by name."""
_UPLOADS = "dcviz.uploads"
_KINDS = {
    "toy": "2-D",
    "digits": "small pictures",
    "image": "pictures",
    "medical": "medical",
    "volume": "medical 3-D",
}


def data_form() -> tuple[str, dict[str, Any]] | None:
    """Let the user choose the data.

    Returns:
        Id of the data set or path of the user's file, and the options; None until the file is named.
    """
    left, right = st.columns([2, 3])
    with left:
        dataset = st.selectbox(
            "Data",
            [*DATASETS, OWN],
            key="train_data",
            format_func=title,
            persist_state="session",
            help="Toys and digits are here at once; the others are downloaded on the first training.",
        )
    if dataset == OWN:
        own = _own_data()
        if own is not None:
            _size(*own)
        return own
    entry = DATASETS[dataset]
    with right:
        options = _options(entry)
    came = "made here, free to use" if entry.kind == "toy" else f"license: {entry.license}"
    _size(entry.id, options, came)
    _warn(entry)
    return dataset, options


def title(dataset: str) -> str:
    """What a data set is called in the list."""
    if dataset == OWN:
        return "My own file or folder …"
    entry = DATASETS[dataset]
    return f"{entry.title} · {_KINDS[entry.kind]}"


def _options(entry: DatasetEntry) -> dict[str, Any]:
    if not entry.options:
        return {}
    columns = st.columns(len(entry.options))
    values = {}
    for column, option in zip(columns, entry.options, strict=True):
        with column:
            label = {"n": "Points n", "seed": "Seed of the data"}.get(option.name)
            key = f"data_{entry.id}_{option.name}"
            values[option.name] = one(option, option.default, key=key, label=label, flag="--data")
    return values


def _size(dataset: str, options: dict[str, Any], *more: str) -> None:
    """Say how large the data are with these options; who plans with data that cannot be says why."""
    try:
        facts = actions.facts(dataset, options)
    except (ValueError, PermissionError, OSError):
        return
    values = f"{facts.input_dim:,} value{'s' if facts.input_dim > 1 else ''} a point"
    if facts.image_shape:
        channels, *sides = facts.image_shape
        values += f" ({' × '.join(map(str, sides))}{', color' if channels == 3 else ''})"
    st.caption(" · ".join([f"{facts.n:,} points", values, _classes(facts), *more]))


def _classes(facts: Facts) -> str:
    if facts.clusters:
        names = ", ".join(facts.class_names)
        named = any(name != str(k) for k, name in enumerate(facts.class_names)) and len(names) <= NAMED
        return f"{facts.clusters} classes{f': {words.literal(names)}' if named else ''}"
    return "no labels" if facts.read else "several labels a point"


def _warn(entry: DatasetEntry) -> None:
    if not entry.commercial:
        st.warning("The license of these data forbids commercial use.", icon=":material/gavel:")
    if entry.caution:
        st.info(entry.caution, icon=":material/info:")


def _own_data() -> tuple[str, dict[str, Any]] | None:
    locked = not mode.may_change()
    st.caption(
        "An .npz (x, y), .npy, .csv or .parquet file, or a folder of pictures with a sub-folder a class."
    )
    path = st.text_input(
        "Path on this machine", key="own_path", disabled=locked, placeholder="~/data/cells.npz"
    )
    file = st.file_uploader(
        "or upload a file", type=["npz", "npy", "csv", "tsv", "parquet"], key="own_file", disabled=locked
    )
    columns = st.columns(len(OWN_OPTIONS))
    options = {}
    for column, option in zip(columns, OWN_OPTIONS, strict=True):
        with column:
            options[option.name] = one(option, option.default, key=f"own_{option.name}", flag="--data")
    if file is not None:
        if path:
            st.info(
                f"The uploaded {words.literal(file.name)} is used, not the path. Remove it to use the path.",
                icon=":material/info:",
            )
        path = _kept(file)
    elif path and mode.may_change() and not Path(path).expanduser().exists():
        st.error(
            f"There is no file or folder {words.literal(path)} on the machine this lab runs on. "
            "Check the path, or upload the file.",
            icon=":material/error:",
        )
        return None
    return (path, {name: value for name, value in options.items() if value}) if path else None


def _kept(file: UploadedFile) -> str:
    """Where an uploaded file lies; it is written once, not at every change of the form."""
    known: dict[str, str] = st.session_state.setdefault(_UPLOADS, {})
    if not Path(known.get(file.file_id, "")).is_file():
        known[file.file_id] = str(actions.keep_upload(file, file.name))
    return known[file.file_id]
