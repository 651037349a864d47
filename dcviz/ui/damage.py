"""Damage against movement for any run: how much was bent, folded or torn for how far the latents went."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.beside import measurable
from dcviz.exchange.calls import drawn
from dcviz.figures.paths import damage_against_movement
from dcviz.geometry.movement import procrustes_disparity
from dcviz.geometry.reference import Reference, reference
from dcviz.geometry.twist import flipped_share, frozen_crossings, rotation_dispersion, tear_rate
from dcviz.geometry.twist_scores import TWIST_SCORES
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import duo, frame, pick, series, twists, words
from dcviz.ui.cached import identity
from dcviz.ui.chart import Caption, chart

FLAT = ("flip", "crossings")
ANY = ("rotation", "tear")
MEASURED, BESIDE = 24, 3
# Points times epochs that a page measures without being asked; about a second.
UNASKED = 150_000
# Seconds a thousand points an epoch, rounded up (70,000 x 10 takes 0.4 s).
_SECONDS = 0.008


@dataclass(frozen=True)
class Path:
    """Scores against the switch, side by side with `epochs`."""

    epochs: list[float]
    movement: list[float]
    damage: Mapping[str, list[float]]


def panel(run: Run) -> None:
    """Show the path of a run, and of others on the same data, over damage and movement."""
    frame.attempt(_show, run)


def _show(run: Run) -> None:
    st.subheader("Damage against movement", anchor=False)
    if len(run.epochs()) < 2 or int(run.spec.get("n") or 0) < 4:
        st.caption("It takes two stored epochs and four points to see anything move.")
        return
    others = alike(run)
    beside = st.multiselect(
        "Beside it", list(others), default=list(others)[:BESIDE], key=f"damage_beside_{run.id}",
        format_func=pick.labels(others).__getitem__, placeholder="other runs on the same data",
    ) if others else []  # fmt: skip
    runs = [run, *(others[run_id] for run_id in beside)]
    if not _wanted(runs):
        return
    with st.spinner("Measuring what moved …"):
        paths = _paths(runs)
    flat = int(run.spec.get("latent_dim") or 0) == 2
    names = [*(FLAT if flat else ()), *ANY]
    what = st.segmented_control(
        "Damage", names, default=names[0], required=True, key="damage_of",
        format_func=lambda name: TWIST_SCORES[name].title,
    )  # fmt: skip
    name = str(what)
    chart(
        drawn(damage_paths, runs, name),
        caption(name, run, [len(each.epochs) for each in paths.values()]),
        key="damage",
        alt=in_words(paths, name),
    )


def damage_paths(runs: Sequence[Run], name: str) -> go.Figure:
    """One kind of damage against movement since the switch, a path a run."""
    found = {label: (each.movement, each.damage[name], each.epochs) for label, each in _paths(runs).items()}
    return damage_against_movement(found, title=TWIST_SCORES[name].title)


def _paths(runs: Sequence[Run]) -> dict[str, Path]:
    return {_label(each, runs): path(each) for each in runs}


def alike(run: Run) -> dict[str, Run]:
    """Other runs on the same data with as many latent dimensions; those of the same pretraining first."""
    same = ("dataset", "dataset_options", "n", "latent_dim")
    found = [
        other
        for other in pick.runs()
        if other.id != run.id
        and len(other.epochs()) > 1
        and all(other.spec.get(name) == run.spec.get(name) for name in same)
    ]
    found.sort(key=lambda other: _distance(other, run))
    return {other.id: other for other in found}


def _distance(other: Run, run: Run) -> tuple[bool, ...]:
    """Sorts what is best compared to the front: the same start and network, another method, no curiosity."""
    networks = [each.spec.get("settings", {}).get("network") for each in (other, run)]
    return (
        networks[0] != networks[1],
        other.spec.get("seed") != run.spec.get("seed"),
        other.spec.get("method") == run.spec.get("method"),
        other.spec.get("method") == "autoencoder",
        other.switch != run.switch and not other.read_only,
        other.read_only and "first minute" not in other.tags,
    )


def path(run: Run) -> Path:
    """Movement and damage of the stored epochs from the switch on."""
    return _path(run, identity(run), run.epochs()[-1].key)


@st.cache_data(show_spinner=False, max_entries=32)
def _path(_run: Run, who: str, last: str) -> Path:
    start = twists.frozen_epoch(_run)
    epochs = thinned([epoch for epoch in _run.epochs() if epoch.position >= start.position])
    names = [*(FLAT if _run.spec.get("latent_dim") == 2 else ()), *ANY]
    frozen = reference(measurable(_run, start.key), graph=_run.neighbors(start.key))
    rows = [_row(_run, epoch, frozen, names) for epoch in epochs]
    damage = {name: [row[name] for row in rows] for name in names}
    return Path(series.positions(epochs), [row["procrustes"] for row in rows], damage)


def thinned(epochs: Sequence[Epoch]) -> list[Epoch]:
    """At most MEASURED of them, evenly spread, the first and the last among them."""
    step = -(-len(epochs) // MEASURED)
    return [*epochs[:-1:step], epochs[-1]]


def _row(run: Run, epoch: Epoch, frozen: Reference, names: Sequence[str]) -> dict[str, float]:
    measures = {
        "flip": flipped_share,
        "crossings": frozen_crossings,
        "rotation": rotation_dispersion,
        "tear": tear_rate,
    }
    z = run.latents(epoch.key)
    if z.shape != frozen.z.shape or not np.isfinite(z).all():
        return dict.fromkeys([*names, "procrustes"], math.nan)
    return {name: measures[name](frozen, z) for name in names} | {
        "procrustes": procrustes_disparity(frozen.z, z)
    }


def _wanted(runs: Sequence[Run]) -> bool:
    """Small runs are measured at once; for others the cost is told first."""
    work = sum(int(run.spec.get("n") or 0) * min(len(run.epochs()), MEASURED) for run in runs)
    if work <= UNASKED:
        return True
    asked, mark = st.session_state.setdefault("damage_asked", set()), tuple(run.id for run in runs)
    if mark in asked:
        return True
    st.button(
        f"Measure, about {words.duration(_SECONDS * work / 1000)}", key="damage_go",
        icon=":material/straighten:", on_click=asked.add, args=(mark,),
        help=f"At most {MEASURED} stored epochs a run, all points.",
    )  # fmt: skip
    return False


def _label(run: Run, runs: Sequence[Run]) -> str:
    """Its short name; with the id where two are called the same."""
    name = duo.label(run)
    return name if [duo.label(each) for each in runs].count(name) == 1 else f"{name} ({run.id})"


def in_words(paths: Mapping[str, Path], name: str) -> str:
    """The figure as one sentence."""
    ends = [
        f"{label} moved {each.movement[-1]:.3g} with {TWIST_SCORES[name].title.lower()} "
        f"{each.damage[name][-1]:.3g}"
        for label, each in paths.items()
    ]
    return "Paths over damage and movement: " + "; ".join(ends)


def caption(name: str, run: Run, counts: Sequence[int]) -> Caption:
    """Of the paths."""
    entry = TWIST_SCORES[name]
    start = twists.frozen_epoch(run)
    return Caption(
        drawn=f"{entry.caption} Each dot is a stored epoch; compare methods at the same movement, "
        "for one that hardly moves cannot do damage.",
        formula=(entry.formula or r"\text{share of the reference's triangles or edges}")
        + r"\quad\text{against}\quad 1 - \|A^\top B\|_*^2",
        symbols="A, B: latents at the reference and now, centered, norm 1; ‖·‖_*: sum of singular values. "
        "No units.",
        points=f"{int(run.spec.get('n') or 0):,} points; {', '.join(map(str, counts))} epochs.",
        settings=f"Reference: epoch {words.epoch(start.position)}, the switch, each run its own. "
        + ("Triangles and edges between the means of k-means cells." if name in FLAT else
           "50 neighbors a linear map; edges to 15 neighbors, torn over 4 times the median stretch."),
        not_shown="which damage was harmless. Unrolling a sheet bends it as well."
        if name == "rotation"
        else "where it happened; the pictures above show that.",
    )  # fmt: skip
