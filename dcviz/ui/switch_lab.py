"""The switch-moment laboratory: when does clustering begin, how much does it weigh? No waiting."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from plotly.colors import sample_colorscale

from dcviz.figures import style
from dcviz.lessons.grid import ONLY_CLUSTERING, SwitchGrid, switch_grid, training, weight_text
from dcviz.ui import actions, address, frame, mode
from dcviz.ui.links import link

NAMES = {
    "flip": "flipped share",
    "crossings": "crossings an edge",
    "movement": "movement",
    "purity": "purity",
    "acc": "k-means accuracy",
}
_RANGES = {"flip": (0, 0.5), "crossings": (0, 0.6), "movement": (0, 0.6), "purity": (0.7, 1), "acc": (0.5, 1)}
_HERE = Path(__file__).parent
_STEPS = 64


def switch_lab(*, key: str = "switch_lab") -> None:
    """Show the grid, its seeds, what it does not show, and the button that trains a cell for real."""
    grid = switch_grid()
    if grid is None:
        st.info("The grid is not there. `python -m benchmarks.switch_grid` makes it in some 20 minutes.")
        return
    said = st.segmented_control(
        "Seed",
        grid.seeds,
        default=grid.seeds[0],
        required=True,
        key=f"{key}_seed",
        help="Weights and order of the points. The data are the same.",
    )
    seed = grid.seeds[0] if said is None else said
    chosen = _mount(grid, seed, key=key)
    trainings = len(grid.switches) * len(grid.weights)
    st.caption(
        f"Drag over the table, or use the arrow keys in it. {trainings} trainings a seed, "
        f"{grid.rows.size} of 1,200 points drawn, {len(grid.steps)} stored epochs each, nothing "
        "interpolated. **Flipped share:** small triangles of the *input* that are turned over in the latent "
        "space; 0 no fold, .5 scrambled. **Not shown:** other data, other networks, longer training."
    )
    _train_exactly(grid, chosen, seed, key=key)


def _mount(grid: SwitchGrid, seed: int, *, key: str) -> tuple[int, float | str]:
    """Mount the table; returns switch epoch and weight of the chosen cell."""
    show = st.components.v2.component(
        "dcviz_switch_lab", html='<div class="sl-root"></div>', css=_text("switch_lab.css"),
        js=_text("switch_lab.js"),
    )  # fmt: skip
    told = show(key=key, data=packed(grid, seed), on_cell_change=lambda: None)
    cell = told.get("cell") if isinstance(told, Mapping) else None
    cell = cell if isinstance(cell, Mapping) else {}
    switch, weight = _index(cell, "switch", grid.switches), _index(cell, "weight", grid.weights)
    return grid.switches[switch], grid.weights[weight]


def _index(cell: Mapping[str, Any], name: str, axis: tuple[Any, ...]) -> int:
    value = cell.get(name)
    if isinstance(value, int | float) and 0 <= value < len(axis):
        return int(value)
    return len(axis) - 1


def _train_exactly(grid: SwitchGrid, chosen: tuple[int, float | str], seed: int, *, key: str) -> None:
    switch, weight = chosen
    method, settings = training(switch, weight)
    name = "only clustering (DEC)" if weight == ONLY_CLUSTERING else f"weight {weight_text(weight)} (IDEC)"
    pairs = " ".join(f"--set {setting}={value}" for setting, value in settings.items())
    with st.container(border=True, key=f"{key}_train"):
        st.markdown(f"**Train exactly this:** switch at epoch {switch}, {name}, seed {seed}.")
        locked = not mode.may_change()
        if st.button(
            "Train it", icon=":material/play_arrow:", key=f"{key}_start", disabled=locked,
            help="This lab is read-only here." if locked else "A process of its own; some seconds.",
        ):  # fmt: skip
            frame.attempt(lambda: _start(method, settings, seed))
        if st.session_state.get(f"{key}_started"):
            link("train", "Watch it train", run=st.session_state[f"{key}_started"])
        st.code(f"python -m dcviz train {method} arcs {pairs} --seed {seed}", language="bash")


def _start(method: str, settings: dict[str, Any], seed: int) -> None:
    """Start the training of a cell; the page of the lab shows the way to it."""
    request = actions.plan(method, "arcs", settings=settings, preset="standard", seed=seed, device="cpu")
    run = actions.start(request)
    st.session_state["switch_lab_started"] = run.id
    address.write(run=run.id)


@lru_cache(maxsize=8)
def _packed(folder_stamp: int, seed: int) -> bytes:
    grid = switch_grid()
    assert grid is not None
    at = grid.seeds.index(seed)
    frames = np.ascontiguousarray(grid.frames[:, :, at])
    inputs = grid.inputs - grid.inputs.mean(0)
    place = np.round(grid.position * (_STEPS - 1)).astype(np.uint8)
    head = {
        "stamp": f"{folder_stamp}-{seed}",
        "switches": grid.switches,
        "weights": [weight_text(weight) for weight in grid.weights],
        "steps": grid.steps,
        "points": int(grid.rows.size),
        "names": NAMES,
        "ranges": _RANGES,
        "scores": {name: np.round(grid.scores[name][:, :, at], 4).tolist() for name in NAMES},
        "every": np.round(grid.scores["flip"][:, :, :, -1], 4).tolist(),
        "inputExtent": float(np.abs(inputs).max()),
        "onLight": _colors(0.0, 0.93),
        "onDark": _colors(0.22, 1.0),
    }
    text = json.dumps(head).encode()
    text += b" " * (-(len(text) + 4) % 4)
    body = (frames.astype("<i2"), inputs.astype("<f4"), place)
    return struct.pack("<I", len(text)) + text + b"".join(part.tobytes() for part in body)


def packed(grid: SwitchGrid, seed: int) -> bytes:
    """All frames and scores of one seed as the component reads them: head as JSON, then arrays."""
    return _packed(id(grid), seed)


def _colors(low: float, high: float) -> list[str]:
    return list(sample_colorscale(style.SEQUENTIAL, np.linspace(low, high, _STEPS).tolist()))


@lru_cache(maxsize=2)
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
