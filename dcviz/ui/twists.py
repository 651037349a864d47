"""How much a run folded, crossed, turned and moved since the switch of phases."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from dcviz.geometry.movement import procrustes_disparity
from dcviz.geometry.twist import Reference, flipped_share, frozen_crossings, reference, rotation_dispersion
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import pick
from dcviz.ui.cached import identity

# Less than this is what noise does to a landmark or two, not a fold.
FOLDED, CROSSED, TURNED = 0.05, 0.02, 0.02


@dataclass(frozen=True)
class Twist:
    """Scores against the switch, side by side with `epochs`; NaN before the switch."""

    epochs: list[float]
    flipped: list[float]
    crossings: list[float]
    rotation: list[float]
    movement: list[float]

    @property
    def last(self) -> dict[str, float]:
        """The scores of the last stored epoch."""
        return {
            "flipped": self.flipped[-1],
            "crossings": self.crossings[-1],
            "rotation": self.rotation[-1],
            "movement": self.movement[-1],
        }

    @property
    def verdict(self) -> str:
        """What happened to the shape in the end: "folded", "bent" or "kept"."""
        last = self.last
        if last["flipped"] >= FOLDED or last["crossings"] >= CROSSED:
            return "folded"
        return "bent" if last["rotation"] >= TURNED else "kept"


def twist(run: Run) -> Twist:
    """Compare every later epoch of 2-D latents with the one at the switch."""
    epochs = run.epochs()
    return _twist(run, identity(run), epochs[-1].key)


def frozen_epoch(run: Run) -> Epoch:
    """The epoch that twist is measured against: the switch of phases, or the start where there is none."""
    return pick.nearest(run.epochs(), run.switch or 0.0)


@st.cache_data(show_spinner=False, max_entries=16)
def _twist(_run: Run, who: str, last: str) -> Twist:
    start = frozen_epoch(_run)
    frozen = reference(_run.latents(start.key), graph=_run.neighbors(start.key))
    rows = [_row(_run, epoch, frozen, after=epoch.position >= start.position) for epoch in _run.epochs()]
    flipped, crossings, rotation, movement = (list(column) for column in zip(*rows, strict=True))
    return Twist([epoch.position for epoch in _run.epochs()], flipped, crossings, rotation, movement)


def _row(run: Run, epoch: Epoch, frozen: Reference, *, after: bool) -> tuple[float, float, float, float]:
    if not after:
        return (math.nan,) * 4
    z = run.latents(epoch.key)
    return (
        flipped_share(frozen, z),
        frozen_crossings(frozen, z),
        rotation_dispersion(frozen, z),
        procrustes_disparity(frozen.z, z),
    )
