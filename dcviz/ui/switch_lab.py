"""The switch-moment laboratory: when does clustering begin, how much does it weigh? No waiting.

The latents are drawn by the viewer, which gets all frames of a seed at once; this module adds the table.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dcviz.lessons.grid import ONLY_CLUSTERING, STEP, SwitchGrid, switch_grid, training, weight_text
from dcviz.ui import actions, address, frame, mode
from dcviz.ui.links import link
from dcviz.viewer.given import Film, payload
from dcviz.viewer.modules import start_text

NAMES = {
    "flip": "flipped share",
    "crossings": "crossings an edge",
    "movement": "movement",
    "purity": "purity",
    "acc": "k-means accuracy",
}
_RANGES = {"flip": (0, 0.5), "crossings": (0, 0.6), "movement": (0, 0.6), "purity": (0.7, 1), "acc": (0.5, 1)}
_HERE = Path(__file__).parent
_HEIGHT = 520


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
        f"{grid.rows.size} of 1,200 points drawn, {len(grid.steps)} stored epochs each; no cell is "
        "interpolated. **Flipped share:** small triangles of the *input* that are turned over in the latent "
        "space; 0 no fold, .5 scrambled. **Not shown:** other data, other networks, longer training."
    )
    _train_exactly(grid, chosen, seed, key=key)


def _mount(grid: SwitchGrid, seed: int, *, key: str) -> tuple[int, float | str]:
    """Mount the table with the viewer beside it; returns switch epoch and weight of the chosen cell."""
    earlier = st.session_state.get(key)
    before = earlier.get("transport") if isinstance(earlier, Mapping) else None
    alone = "socket" in (before, os.environ.get("DCVIZ_VIEWER_TRANSPORT"))
    show = st.components.v2.component(
        "dcviz_switch_lab_socket" if alone else "dcviz_switch_lab",
        html='<div class="sl-root"></div>',
        css=_text("switch_lab.css"),
        js=start_text(carry_modules=alone, around=_text("switch_lab.js")),
    )
    told = show(
        key=key, data=packed(grid, seed), on_cell_change=lambda: None, on_transport_change=lambda: None
    )
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


@lru_cache(maxsize=3)
def _packed(stamp: int, seed: int) -> bytes:
    grid = switch_grid()
    assert grid is not None
    at = grid.seeds.index(seed)
    films = [film(grid, s, w, at) for s in range(len(grid.switches)) for w in range(len(grid.weights))]
    told = {
        "stamp": f"{stamp}-{seed}",
        "switches": grid.switches,
        "weights": [weight_text(weight) for weight in grid.weights],
        "films": [each.id for each in films],
        "steps": grid.steps,
        "names": NAMES,
        "ranges": _RANGES,
        "scores": {name: np.round(grid.scores[name][:, :, at], 4).tolist() for name in NAMES},
        "every": np.round(grid.scores["flip"][:, :, :, -1], 4).tolist(),
    }
    return payload(films, height=_HEIGHT, more=told, beside="input", score="flip")


def film(grid: SwitchGrid, s: int, w: int, at: int) -> Film:
    """One cell of the grid under one seed, as the viewer takes it."""
    switch, weight, seed = grid.switches[s], grid.weights[w], grid.seeds[at]
    return Film(
        id=f"switch-{switch}-weight-{w}-seed-{seed}",
        name=f"switch at epoch {switch}, weight {weight_text(weight)}",
        positions=[float(switch + step) for step in grid.steps],
        # Shares of the extent in 16 bits with a sign become steps of a box in 16 bits without one.
        codes=(grid.frames[s, w, at].astype(np.int32) + STEP + 1).astype(np.uint16),
        half=float(grid.extent[s, w, at]),
        inputs=grid.inputs,
        values=grid.position,
        colors=("place along the curve", 0.0, 1.0),
        switch=float(switch),
        scores={name: grid.scores[name][s, w, at] for name in NAMES},
        method=training(switch, weight)[0],
        dataset="arcs",
        seed=seed,
    )


def packed(grid: SwitchGrid, seed: int) -> bytes:
    """All frames and scores of one seed as the component reads them: for the viewer and for the table."""
    return _packed(id(grid), seed)


@lru_cache(maxsize=2)
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
