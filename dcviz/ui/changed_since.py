"""Every score between the switch and a later epoch, for each stored epoch: measured once, then remembered."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dcviz.figures.curves import Curve, Panel, over_epochs
from dcviz.geometry.clusters import dbscan, hdbscan, silhouette
from dcviz.geometry.full import CLUSTER_SCORES
from dcviz.geometry.reference import Reference, reference
from dcviz.geometry.score_parts import put
from dcviz.geometry.twist_scores import TWIST_SCORES, twist_scores
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import damage, series, slow, twists, words
from dcviz.ui.cached import identity

DENSITY_POINTS = 2_000
"""HDBSCAN on more takes seconds an epoch."""
NOT_FINITE = "The latents are not finite."
SCORES = TWIST_SCORES | CLUSTER_SCORES
KINDS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "Damage": (
        ("folding (no unit)", ("flip", "crossings")),
        ("turning (no unit)", ("rotation",)),
        ("stretch (natural log)", ("stretch",)),
        ("tearing (no unit)", ("tear",)),
    ),
    "Neighbors kept": (
        ("share kept (no unit)", ("overlap", "trust", "continuity")),
        ("imbalance (no unit)", ("imbalance_forward", "imbalance_back")),
    ),
    "Movement": (
        ("movement (no unit)", ("procrustes",)),
        ("likeness (no unit)", ("cka",)),
        ("detour (no unit)", ("detour",)),
    ),
    "Clusters without K": (
        ("silhouette (no unit)", ("silhouette",)),
        ("share of noise", ("dbscan_noise", "hdbscan_noise")),
        ("clusters", ("dbscan_clusters", "hdbscan_clusters")),
    ),
}


def measured_epochs(run: Run) -> list[Epoch]:
    """The stored epochs from the switch on, at most as many as the paths of damage show."""
    start = twists.frozen_epoch(run)
    return damage.thinned([epoch for epoch in run.epochs() if epoch.position >= start.position])


def measure(run: Run, told: Callable[[float, str], object] = lambda done, text: None) -> list[dict[str, Any]]:
    """The scores of each of those epochs; each is remembered, so a second call costs nothing.

    Args:
        run: with at least two stored epochs.
        told: is given the share that is done and a sentence, after each epoch.
    """
    start, rows, epochs = twists.frozen_epoch(run), [], measured_epochs(run)
    for number, epoch in enumerate(epochs):
        told(number / len(epochs), f"Epoch {words.epoch(epoch.position)}, {number + 1} of {len(epochs)} …")
        rows.append(_row(run, identity(run), epoch.key, start.key))
    return rows


@st.cache_data(show_spinner=False, max_entries=1024)
def _row(_run: Run, who: str, key: str, start: str) -> dict[str, Any]:
    z = _run.latents(key)
    rows, _ = sampled(len(z))
    scores = _clusters_without_k(_run, key)
    frozen = _frozen(_run, who, start)
    if z.shape[1] != frozen.z.shape[1] or not np.isfinite(z).all():
        alike = z.shape[1] == frozen.z.shape[1]
        why = NOT_FINITE if alike else "The latents have another number of dimensions."
        return scores | {f"{name}_reason": why for name in TWIST_SCORES}
    return scores | twist_scores(frozen, z[rows])


@st.cache_resource(show_spinner=False, max_entries=4)
def _frozen(_run: Run, who: str, start: str) -> Reference:
    z = _run.pieces(start)
    looked = z[sampled(len(z))[0]]
    if not np.isfinite(looked).all():
        position = words.epoch(_run.epoch(start).position)
        raise ValueError(f"Epoch {position}, which the others are held against, holds NaN or infinity.")
    return reference(looked)


def sampled(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows that are looked at, and the fewer ones for clusters by density; the same at every epoch."""
    order = np.random.default_rng(0).permutation(n)
    return np.sort(order[: slow.MOST_POINTS]), np.sort(order[:DENSITY_POINTS])


def _clusters_without_k(run: Run, key: str) -> dict[str, Any]:
    rows = sampled(int(run.spec["n"]))[1]
    z, assigned = run.pieces(key)[rows], run.assignments(key)[rows]
    scores: dict[str, Any] = {}
    if not np.isfinite(z).all():
        return {f"{name}_reason": NOT_FINITE for name in CLUSTER_SCORES}
    put(scores, "silhouette", silhouette(z, assigned), "Fewer than two clusters.")
    for name, found in (("dbscan", dbscan(z)), ("hdbscan", hdbscan(z))):
        scores |= {f"{name}_clusters": float(found.clusters), f"{name}_noise": found.noise_share}
    return scores


def change_curves(run: Run, kind: str, *, now: float) -> go.Figure:
    """Scores between the switch and each later epoch as curves; `kind` is one of KINDS."""
    epochs, rows = measured_epochs(run), measure(run)
    panels = [
        Panel(title, tuple(_curve(rows, name) for name in names if known(rows, name)))
        for title, names in KINDS[kind]
        if any(known(rows, name) for name in names)
    ]
    return over_epochs(series.positions(epochs), panels, phases=series.phases(run), now=now)


def _curve(rows: Sequence[Mapping[str, Any]], name: str) -> Curve:
    low, high = (values(rows, f"{name}_{end}") if SCORES[name].band else None for end in ("low", "high"))
    return Curve(SCORES[name].title, values(rows, name), low=low, high=high)


def values(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    """One score at each of the epochs; NaN where it does not exist."""
    return [math.nan if row.get(name) is None else float(row[name]) for row in rows]


def known(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """True if at least one epoch has this score."""
    return series.known(values(rows, name))


def reason(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    """Why a score is missing at the last epoch."""
    return str(rows[-1].get(f"{name}_reason") or "There is no value at any epoch.")
