"""The twist lens on a page: the image of a grid over the inputs, in step with the playing pictures.

It draws a mesh, no points: cells of the plane of the inputs and where the network puts them, shaded by what
it does to them. The latents themselves are drawn by the viewer, whose cursor the lens follows.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dcviz.engine.inspect.dense import embed_dense
from dcviz.engine.inspect.matching import dense_layers
from dcviz.geometry.lens import fold_lens, input_grid
from dcviz.runs import Run
from dcviz.ui.cached import identity

ENCODER = "network.encoder."
STEP = 32767
_HERE = Path(__file__).parent


def possible(run: Run) -> bool:
    """True for runs on a plane, with plane latents and stored weights."""
    return run.inputs() is not None and run.spec.get("latent_dim") == 2 and bool(run.checkpoints())


def twist_lens(run: Run, group: Sequence[Run], *, key: str) -> None:
    """Show the lens of a run at its stored networks; it follows the cursor of the viewers on the page.

    Args:
        run: one for which `possible` holds.
        group: runs whose viewers move this cursor.
        key: of the component.
    """
    show = st.components.v2.component(
        "dcviz_twist_lens", html='<div class="tl-root"></div>', css=_text("lens.css"), js=_text("lens.js")
    )
    show(key=key, data=packed(run, identity(run), run.checkpoints(), tuple(each.id for each in group)))
    st.caption(
        "A fine grid over the input, and where the network puts it. **Orange cells with dashed edges** were "
        "turned over. Pale cells hold no data: nobody asked the network there. Only stored networks are "
        "shown, never one in between. **Ruler:** click two places, or use arrow keys and Enter; the way "
        "along the data, by edges and diagonals of the grid (never too short), is compared with the straight "
        "line. **Not shown:** how many dots lie in a cell."
    )


@st.cache_data(show_spinner=False, max_entries=8)
def packed(_run: Run, who: str, keys: tuple[str, ...], group: tuple[str, ...]) -> bytes:
    """Head as JSON, then int16 vertices (E, R+1, C+1, 2) and uint8 cells (E, R, C): flipped, condition."""
    inputs = _run.inputs()
    assert inputs is not None
    grid = input_grid(inputs)
    images = np.stack([encoded(_run, key, grid.vertices) for key in keys])
    images -= images[:, grid.occupied_vertices].mean(1)[:, None, None]
    seen = [fold_lens(grid, image) for image in images]
    extent = float(np.abs(images[:, grid.occupied_vertices]).max())
    middle = grid.vertices.reshape(-1, 2).mean(0)
    reach = float(np.abs(grid.vertices - middle).max())
    head: dict[str, Any] = {
        "stamp": f"{who}-{keys[-1]}",
        "group": group,
        "switch": _run.switch,
        "epochs": [_run.epoch(key).position for key in keys],
        "rows": grid.occupied.shape[0],
        "columns": grid.occupied.shape[1],
        "shares": [round(each.share, 4) for each in seen],
        "typical": [round(float(np.median(each.condition[grid.occupied])), 3) for each in seen],
        "extent": extent,
        "reach": reach,
    }
    text = json.dumps(head).encode()
    text += b" " * (-(len(text) + 4) % 4)
    parts = (
        _shares(grid.vertices - middle, reach),
        _shares(images, extent),
        grid.occupied.astype(np.uint8),
        np.stack([each.flipped for each in seen]).astype(np.uint8),
        np.stack([np.clip(np.log10(each.condition) * 100, 0, 255) for each in seen]).astype(np.uint8),
    )
    return struct.pack("<I", len(text)) + text + b"".join(part.tobytes() for part in parts)


def encoded(run: Run, key: str, points: np.ndarray) -> np.ndarray:
    """Where the stored network of an epoch puts points (..., D): float64 (..., d), by numpy alone."""
    tensors = {name: array for name, array in run.checkpoint(key).tensors.items() if name.startswith(ENCODER)}
    layers = dense_layers(tensors)
    layers[-1] = replace(layers[-1], activation="identity")
    flat = points.reshape(-1, points.shape[-1])
    z = np.concatenate(list(embed_dense(layers, tensors, flat))).astype(np.float64)
    return z.reshape(*points.shape[:-1], z.shape[1])


def _shares(points: np.ndarray, extent: float) -> np.ndarray:
    """Coordinates as int16 shares of the extent; what lies outside (no data there) is cut."""
    return np.round(np.clip(points / (extent or 1.0), -1, 1) * STEP).astype("<i2")


@lru_cache(maxsize=2)
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
