"""What pages compute, remembered by (run, epoch, parameters) and never by an array.

Streamlit recognizes a large array by a sample of it, so two epochs that differ elsewhere would be taken for
one. Here a result is remembered under the run's folder and creation time, the snapshot's key and the
parameters; the arrays are read inside. Stored epochs never change, so neither do the results.
"""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import streamlit as st

from dcviz.geometry.filters import distance_gaps, neighbor_ratio
from dcviz.geometry.purity import SplitScores, split_scores
from dcviz.geometry.registry import POINT_SCORES, PointInput
from dcviz.geometry.table import ThresholdTable
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run

Array = np.ndarray
_remember = st.cache_data(show_spinner=False, max_entries=256)
_remember_large = st.cache_data(show_spinner=False, max_entries=16)


def identity(run: Run) -> str:
    """What a run is remembered by: its folder and when it was made."""
    return f"{run.path}@{run.spec.get('created')}"


def size(run: Run) -> int:
    """Bytes of a run on the disk; measured anew when an epoch or a checkpoint was added."""
    grown = 0 if run.broken else len(run.epochs()) + len(run.checkpoints())
    return _size(run, identity(run), grown)


@_remember
def _size(_run: Run, who: str, grown: int) -> int:
    return _run.size()


def split(run: Run, key: str, thresholds: Thresholds) -> SplitScores:
    """Exact counts of one epoch at one setting of the thresholds."""
    return _split(run, identity(run), key, astuple(thresholds))


@_remember
def _split(_run: Run, who: str, key: str, values: tuple) -> SplitScores:
    clusters: Array | None = _run.assignments(key)
    if clusters is not None and (clusters < 0).all():
        clusters = None  # nobody clustered these points
    return split_scores(_run.neighbors(key), Thresholds(*values), labels=_run.labels(), assignments=clusters)


def ratios(run: Run, key: str, m: int) -> Array:
    """(n,) D_1 / D_M of every point, no unit."""
    return _ratios(run, identity(run), key, m)


@_remember_large
def _ratios(_run: Run, who: str, key: str, m: int) -> Array:
    distances = _run.neighbors(key).distances[:, :m]
    return neighbor_ratio(distances) if distances.shape[1] else np.empty(0)  # a single point has no neighbor


def copies(run: Run, key: str, m: int) -> tuple[int, int]:
    """How many points lie exactly on another one, and how many of them on all of their M neighbors."""
    return _copies(run, identity(run), key, m)


@_remember
def _copies(_run: Run, who: str, key: str, m: int) -> tuple[int, int]:
    same = _run.neighbors(key).distances[:, :m] == 0
    return (int(same[:, 0].sum()), int(same[:, -1].sum())) if same.shape[1] else (0, 0)


def gaps(run: Run, key: str, m: int) -> Array:
    """(n, M - 1) D_j - D_1 of every neighbor but the nearest (whose gap is 0), unit of the latents."""
    return _gaps(run, identity(run), key, m)


@_remember_large
def _gaps(_run: Run, who: str, key: str, m: int) -> Array:
    return distance_gaps(_run.neighbors(key).distances[:, :m])[:, 1:]


def table(run: Run, key: str, thresholds: Thresholds) -> ThresholdTable:
    """Counts over the whole grid of both thresholds, with the M and the reading of `thresholds`."""
    return _table(run, identity(run), key, thresholds.M, thresholds.reading)


@_remember_large
def _table(_run: Run, who: str, key: str, m: int, reading: str) -> ThresholdTable:
    return _run.table(key, m, reading=reading)


def point_score(run: Run, key: str, thresholds: Thresholds, name: str) -> Array | None:
    """(n,) a score of POINT_SCORES, None where the run lacks the labels or clusters it needs."""
    return _point_score(run, identity(run), key, astuple(thresholds), name)


@_remember_large
def _point_score(_run: Run, who: str, key: str, values: tuple, name: str) -> Array | None:
    clusters: Array | None = _run.assigned(key).get("assignments")
    if clusters is not None and (clusters < 0).all():
        clusters = None  # nobody clustered these points
    view = PointInput(
        z=_run.latents(key),
        graph=_run.neighbors(key),
        thresholds=Thresholds(*values),
        labels=_run.labels(),
        assignments=clusters,
    )
    return POINT_SCORES[name].function(view)
