"""Key epochs as pictures of the latent plane, the same axes for all, as PNG data."""

import base64
import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dcviz.figures import style
from dcviz.geometry.filters import split
from dcviz.geometry.projection import explained_variance, fixed_basis, project
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run

SIDE, MARGIN, SPREAD = 560, 14, 0.5
DOT = 5


class Picture(NamedTuple):
    """An epoch drawn: its key, the data address of a PNG, the share of variance shown, the width drawn."""

    key: str
    address: str
    share: float
    width: float


def key_epochs(run: Run) -> list[str]:
    """The first epoch, the last of every phase, the last of all: chosen by time, never by a score."""
    whole = [epoch for epoch in run.epochs() if not epoch.batch] or list(run.epochs())
    if not whole:
        return []
    ends = {epoch.phase_index: epoch.key for epoch in whole}
    chosen = {whole[0].key, *ends.values()}
    return [epoch.key for epoch in whole if epoch.key in chosen]


def plane_pictures(run: Run, keys: Sequence[str], thresholds: Thresholds) -> list[Picture]:
    """Draw the key epochs on one fixed plane, the two widest directions of the last of them.

    Core points are filled, border points rings; colors are predicted clusters.

    Args:
        run: any run.
        keys: stored epochs.
        thresholds: of the core.

    Returns:
        One Picture an epoch.
    """
    basis = fixed_basis(run.latents(keys[-1]))
    found = []
    for key in keys:
        z = run.latents(key)
        plane = project(z, basis)
        low, high = np.quantile(plane, 0.002, axis=0), np.quantile(plane, 0.998, axis=0)
        reach = max(float((high - low).max()) * (SPREAD + 0.04), 1e-12)
        core = split(run.neighbors(key).distances, thresholds).core
        drawn = _draw((plane - (low + high) / 2) / reach, run.assignments(key), core)
        found.append(Picture(key, drawn, float(explained_variance(z, basis).sum()), 2 * reach))
    return found


def _draw(places: np.ndarray, clusters: np.ndarray, core: np.ndarray) -> str:
    """Stamp one small picture a point, border points first so that core points stay visible."""
    image = np.full((SIDE, SIDE, 3), 255, np.uint8)
    shown = np.abs(places).max(axis=1) <= 1
    columns = (MARGIN + (places[:, 0] + 1) / 2 * (SIDE - 2 * MARGIN - 1)).astype(int)
    rows = (MARGIN + (1 - places[:, 1]) / 2 * (SIDE - 2 * MARGIN - 1)).astype(int)
    colors = np.array([_rgb(style.cluster_color(int(c))) if c >= 0 else (160, 160, 160) for c in clusters])
    for is_core in (False, True):
        chosen = np.flatnonzero(shown & (core == is_core))
        for dy, dx in _stamp(filled=is_core):
            image[rows[chosen] + dy, columns[chosen] + dx] = colors[chosen]
    return _data_address(image)


def _stamp(*, filled: bool) -> list[tuple[int, int]]:
    """Offsets of the pixels of a disc, or of its rim."""
    radius = DOT / 2
    reach = range(-DOT // 2, DOT // 2 + 1)
    disc = [(y, x) for y in reach for x in reach if y * y + x * x <= radius * radius]
    return disc if filled else [(y, x) for y, x in disc if y * y + x * x > (radius - 1.2) ** 2]


def _rgb(color: str) -> tuple[int, int, int]:
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))  # type: ignore[return-value]


def _data_address(image: np.ndarray) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).quantize(64).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
