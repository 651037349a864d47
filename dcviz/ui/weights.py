"""Choosing a checkpoint of ours or of anybody, and what is remembered of it while the page is open."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dcviz.engine.inspect.layers import layer_table, rows
from dcviz.engine.inspect.weights import Weights, read_weights
from dcviz.runs import Run
from dcviz.ui import exchange_actions, frame, mode, page_state, pick, words

RUN, FILE = "of a run here", "a file"
ENDINGS = ["safetensors", "pt", "pth", "ckpt", "bin", "npz", "onnx"]
COLUMNS = {
    "name": st.column_config.TextColumn("Array", pinned=True),
    "shape": st.column_config.TextColumn("Shape", help="Outputs first."),
    "size": st.column_config.NumberColumn("Numbers", format="localized"),
    "norm": st.column_config.NumberColumn("Norm", format="%.4g", help="Frobenius; unit of the weights."),
    "spectral": st.column_config.NumberColumn(
        "Spectral norm",
        format="%.4g",
        help="Largest singular value of (outputs, everything else); None for vectors.",
    ),
    "effective_rank": st.column_config.NumberColumn(
        "Effective rank", format="%.1f", help="exp of the entropy of the singular values; None for vectors."
    ),
    "std": st.column_config.NumberColumn("Spread", format="%.4g", help="Standard deviation of the numbers."),
    "zeros": st.column_config.NumberColumn("Zeros", format="percent"),
    "bad": st.column_config.NumberColumn("Not finite", help="NaN or infinite numbers."),
    "change_relative": st.column_config.NumberColumn(
        "Change", format="percent", help="|W - W'| / |W'| against the other checkpoint."
    ),
    "change_cosine": st.column_config.NumberColumn("Cosine", format="%.4f", help="Between W and W'."),
    "change_reason": st.column_config.TextColumn("No comparison", help="Why there is none."),
}


@dataclass(frozen=True)
class Chosen:
    """A checkpoint that was chosen.

    Args:
        weights: what was read.
        identity: names the content; remembered results go by it.
        title: for headings and legends.
        run: the run it belongs to, or None.
        key: of the snapshot, or "".
        file: the path that was given; of an upload its name, for nobody told where it lies.
    """

    weights: Weights
    identity: str
    title: str
    run: Run | None = None
    key: str = ""
    file: str = ""

    def call(self) -> tuple[Callable[..., Chosen], tuple[Any, ...]]:
        """How it is read again: from its run, or from the file where that lies."""
        return (of_run, (self.run, self.key)) if self.run else (of_file, (self.file,))


def of_run(run: Run, key: str) -> Chosen:
    """The checkpoint of a stored epoch."""
    path = run.path / "checkpoints" / f"{key}.safetensors"
    weights, identity = _read(_identity(path), path), _identity(path)
    return Chosen(weights, identity, f"{run.name}, {at(key)}", run, key)


def at(key: str) -> str:
    """When a checkpoint was taken: "epoch 4", or inside the next one "epoch 4, batch 12"."""
    epoch, inside, batch = key.partition("b")
    return f"epoch {int(epoch)}" + (f", batch {int(batch)}" if inside else "")


def of_file(path: str) -> Chosen:
    """A checkpoint that lies on this machine."""
    place = Path(path).expanduser()
    identity = _identity(place) if place.is_file() else ""
    weights = _read(identity, place) if identity else read_weights(place)
    return Chosen(weights, identity, weights.name, file=path)


def choose(key: str, *, label: str, first: bool = True) -> Chosen | None:
    """Let the user choose a checkpoint.

    Args:
        key: prefix of the widgets.
        label: heading of the choice.
        first: start with a checkpoint of a run; else with none.

    Returns:
        The choice; None until there is one.
    """
    kinds = [RUN, FILE] if first else ["nothing", RUN, FILE]
    page_state.kept(f"{key}_from", kinds, key=f"{key}_kind")
    kind = st.segmented_control(label, kinds, required=True, key=f"{key}_kind")
    if kind == RUN:
        return _of_a_run(key, last=first)
    return _file(key) if kind == FILE else None


@st.cache_data(show_spinner="Measuring layers …", max_entries=16)
def table(
    identity: str, against: str, _tensors: Mapping[str, np.ndarray], _other: Mapping[str, np.ndarray] | None
) -> pd.DataFrame:
    """The layer table, remembered by what the checkpoints are."""
    frame_ = pd.DataFrame(rows(layer_table(_tensors, against=_other)))
    frame_["shape"] = [" x ".join(map(str, shape)) for shape in frame_["shape"]]
    return frame_[[name for name in COLUMNS if name in frame_.columns]]


@st.cache_data(show_spinner=False, max_entries=64)
def spectrum(identity: str, name: str, _array: np.ndarray) -> np.ndarray:
    """All singular values of one array as a matrix, largest first."""
    return np.linalg.svd(np.asarray(_array, np.float64).reshape(len(_array), -1), compute_uv=False)


def _of_a_run(key: str, *, last: bool) -> Chosen | None:
    shelf = {run.id: run for run in pick.runs() if run.checkpoints()}
    if not shelf:
        st.caption("No run here has a checkpoint; training keeps them, imported latents have none.")
        return None
    asked = pick.address.query().get("run")
    ids = list(shelf)
    left, right = st.columns([3, 1])
    page_state.kept(f"{key}_run", ids, key=f"{key}_run", default=asked if asked in ids else ids[0])
    run_id = left.selectbox(
        "Run", ids, key=f"{key}_run",
        format_func=pick.labels(shelf).__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    run = shelf[str(run_id)]
    keys = run.checkpoints()
    default = keys[-1 if last else 0]
    page_state.kept(f"{key}_epoch", keys, key=f"{key}_epoch_{run.id}", default=default)
    chosen = right.selectbox(
        "Epoch", keys, key=f"{key}_epoch_{run.id}",
        format_func=at, label_visibility="collapsed",
    )  # fmt: skip
    return of_run(run, str(chosen))


def _file(key: str) -> Chosen | None:
    locked = not mode.may_change()
    file = st.file_uploader(
        "Checkpoint", type=ENDINGS, key=f"{key}_file", disabled=locked, label_visibility="collapsed",
        help="Torch files are read as tensors only, in a process of their own with limits; no code is run.",
    )  # fmt: skip
    path = st.text_input(
        "or a path on this machine", key=f"{key}_path", disabled=locked, placeholder="~/model.pt"
    )
    found: dict[str, Chosen] = {}

    def read() -> None:
        if file is not None:
            identity = f"upload {file.file_id}"
            known = st.session_state.get("weights.upload", {})
            weights = known.get(identity) or exchange_actions.read_upload(file)
            st.session_state["weights.upload"] = {**dict(list(known.items())[-1:]), identity: weights}
            found["it"] = Chosen(weights, identity, weights.name, file=weights.name)
        else:
            mode.refuse_unless_solo("read paths of the server")
            found["it"] = of_file(path)

    if file is not None or path:
        frame.attempt(read)
    return found.get("it")


def _identity(path: Path) -> str:
    about = os.stat(path)
    return f"{path}@{about.st_mtime_ns}:{about.st_size}"


@st.cache_resource(show_spinner="Reading the checkpoint …", max_entries=4)
def _read(identity: str, _path: Path) -> Weights:
    return read_weights(_path)


def summary(chosen: Chosen) -> str:
    """One line: how much is in it, what wrapped it, what was set aside."""
    weights: Any = chosen.weights
    parts = [f"{weights.parameters:,} numbers in {len(weights.tensors)} arrays"]
    if weights.origin is not None:
        parts.append(
            f"written by this lab: {weights.origin.get('method')}, epoch {weights.origin.get('epoch')}"
        )
    if weights.wrapper:
        parts.append(f"inside {weights.wrapper}")
    if weights.aside:
        parts.append(f"{len(weights.aside)} tensors of the optimizer set aside")
    parts += [f"{name} left out: {why}" for name, why in list(weights.left_out.items())[:3]]
    return words.literal(" · ".join(parts))
