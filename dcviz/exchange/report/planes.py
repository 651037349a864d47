"""Key epochs as pictures of the latent plane, the same axes for all, as PNG data."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dcviz.figures import raster, style
from dcviz.geometry.filters import split
from dcviz.geometry.projection import explained_variance, fixed_basis, project
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run

NOISE = (160, 160, 160)


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
        places, width = raster.framed(plane)
        core = split(run.neighbors(key).distances, thresholds).core
        image = raster.raster(places, _colors(run.assignments(key)), filled=core)
        share = float(explained_variance(z, basis).sum())
        found.append(Picture(key, raster.data_address(image), share, width))
    return found


def _colors(clusters: np.ndarray) -> np.ndarray:
    names = [raster.rgb(style.cluster_color(int(c))) if c >= 0 else NOISE for c in clusters]
    return np.array(names, np.uint8).reshape(-1, 3)
