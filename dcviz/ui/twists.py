"""How much a run folded, crossed, turned and moved since the switch of phases."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from dcviz.geometry.movement import procrustes_disparity
from dcviz.geometry.twist import Reference, flipped_share, frozen_crossings, reference, rotation_dispersion
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import pick, series
from dcviz.ui.cached import identity

# Less than this is what noise does to a landmark or two, not a fold.
FOLDED, CROSSED, TURNED = 0.05, 0.02, 0.02
# One epoch takes about 20 ms; a page should not make anybody wait for 400 of them.
MEASURED = 60
NAMES = ("flip", "crossings", "rotation", "procrustes")


@dataclass(frozen=True)
class Twist:
    """Scores against the switch, side by side with `epochs`: stored ones from the switch on."""

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

    def flipped_at(self, movement: float) -> float:
        """The flipped share where the run had moved nearest to this far."""
        after = [
            (abs(at - movement), share)
            for at, share in zip(self.movement, self.flipped, strict=True)
            if at == at
        ]
        return min(after)[1] if after else math.nan

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


@st.cache_data(show_spinner=False, max_entries=32)
def _twist(_run: Run, who: str, last: str) -> Twist:
    start = frozen_epoch(_run)
    epochs = [epoch for epoch in _run.epochs() if epoch.position >= start.position]
    stored = all(name in epochs[-1].scores for name in NAMES)
    frozen = None if stored else reference(_run.latents(start.key), graph=_run.neighbors(start.key))
    if frozen is not None:
        epochs = _thinned(epochs)
    rows = [_row(_run, epoch, frozen) for epoch in epochs]
    flipped, crossings, rotation, movement = (list(column) for column in zip(*rows, strict=True))
    return Twist(series.positions(epochs), flipped, crossings, rotation, movement)


def _thinned(epochs: list[Epoch]) -> list[Epoch]:
    """At most MEASURED of the epochs, evenly spread, the first and the last among them."""
    step = -(-len(epochs) // MEASURED)
    return epochs[:-1:step] + epochs[-1:]


def _row(run: Run, epoch: Epoch, frozen: Reference | None) -> tuple[float, ...]:
    """The four scores: as stored with the epoch, or measured now."""
    if frozen is None:
        return tuple(series.score([epoch], name)[0] for name in NAMES)
    z = run.latents(epoch.key)
    return (
        flipped_share(frozen, z),
        frozen_crossings(frozen, z),
        rotation_dispersion(frozen, z),
        procrustes_disparity(frozen.z, z),
    )
