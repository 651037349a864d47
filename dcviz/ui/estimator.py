"""What does the estimator see? One point, its neighborhood, the local axes, and the dimension as it grows."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.calls import drawn
from dcviz.figures import estimator as figures
from dcviz.geometry.neighborhood import (
    MOST,
    LocalView,
    Neighborhood,
    dimension_by_size,
    local_view,
    neighborhood,
)
from dcviz.geometry.scales import ScalePoint
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import eyes, frame
from dcviz.ui.cached import identity
from dcviz.ui.chart import chart, explain
from dcviz.viewer import latent_view, picked

MARKS = 40
_POINT, _SIZE, _PLACE = "estimator_point", "estimator_size", "estimator_place"
_TAKEN = "estimator_taken"


@st.fragment
def panel(run: Run, now: Epoch) -> None:
    """Show the neighborhood of one point of the present epoch; moving it redraws this panel alone."""
    frame.attempt(_show, run, now)


def _show(run: Run, now: Epoch) -> None:
    st.subheader("What does the estimator see?", anchor=False)
    n = int(run.spec.get("n") or len(run.latents(now.key)))
    if n < 4:
        st.caption(f"A neighborhood needs at least 4 points, this run has {n}.")
        return
    point, k = controls(run, now, n)
    hood = _hood(run, identity(run), now.key, point)
    view = local_view(run.latents(now.key), hood, k=k)
    left, right = st.columns(2, gap="large")
    with left:
        _place(run, now, hood, k)
        _show_spectrum(run, now, hood, view, k)
    with right:
        _show_close_up(run, now, hood, k)
        _show_sizes(run, now, hood, view, k)


def controls(run: Run, now: Epoch, n: int) -> tuple[int, int]:
    """The row of the point and the number of neighbors."""
    most = min(MOST, n - 1)
    state = st.session_state
    take_click(run)
    if not 0 <= state.get(_POINT, -1) < n:
        state[_POINT] = _typical(run, identity(run), now.key)
    state[_SIZE] = min(max(state.get(_SIZE, min(15, most)), 3), most)
    which, size = st.columns([1, 3], gap="large")
    point = which.number_input(
        "Point", 0, n - 1, key=_POINT, help="Row of the data. Or click a point in the picture."
    )
    if most == 3:  # a slider needs two ends
        return int(point), 3
    k = size.slider(
        "Neighbors k", 3, most, key=_SIZE, help="How many of its nearest points the local estimates use."
    )
    return int(point), int(k)


def _place(run: Run, now: Epoch, hood: Neighborhood, k: int) -> None:
    marks = [hood.point, *hood.indices[:k].tolist()]
    latent_view(run, key=_PLACE, height=508, epoch=now.position, controls=("color",), marks=marks)
    explain(eyes.place(int(run.spec.get("n") or 0), hood.point, k), key="estimator_where")


def take_click(run: Run) -> None:
    """A click on a point in the viewer chooses it; a number typed later counts again."""
    click = picked(run, _PLACE)
    if click is not None and click != st.session_state.get(_TAKEN):
        st.session_state[_TAKEN] = click
        st.session_state[_POINT] = click[1]


def close_up(run: Run, key: str, point: int, *, k: int) -> go.Figure:
    """A point's k nearest along their first two principal axes."""
    z, hood = run.latents(key), _hood(run, identity(run), key, point)
    view = local_view(z, hood, k=k)
    total = float(view.spectrum.sum())
    spread = np.sqrt(np.pad(view.spectrum, (0, 1))[:2])
    return figures.close_up(
        view.coordinates(z[hood.indices[:k]]),
        point=view.coordinates(z[point][None])[0],
        spread=(float(spread[0]), float(spread[1])),
        radii=(hood.distances[0], hood.distances[1], hood.distances[k - 1]),
        shown=float(view.spectrum[:2].sum()) / total if total else 1.0,
    )


def local_spectrum(run: Run, key: str, point: int, *, k: int) -> go.Figure:
    """The share of the variance along each axis of a point's neighborhood."""
    view = local_view(run.latents(key), _hood(run, identity(run), key, point), k=k)
    return figures.spectrum(view.spectrum.tolist(), components=view.components)


def dimension_at(run: Run, key: str, point: int, *, k: int) -> go.Figure:
    """Local intrinsic and linear dimension of a point as its neighborhood grows."""
    z, hood = run.latents(key), _hood(run, identity(run), key, point)
    sizes = _by_size(hood, k)
    return figures.dimension_by_size(
        [at.k for at in sizes],
        [at.id.value for at in sizes],
        low=[at.id.low for at in sizes],
        high=[at.id.high for at in sizes],
        components=[local_view(z, hood, k=at.k).components for at in sizes],
        now=k,
    )


def _by_size(hood: Neighborhood, k: int) -> list[ScalePoint]:
    # On a logarithmic axis more would not be seen.
    few = {k, *np.geomspace(3, hood.size, MARKS).round().astype(int).tolist()}
    return dimension_by_size(hood, sizes=sorted(few))


def _show_close_up(run: Run, now: Epoch, hood: Neighborhood, k: int) -> None:
    chart(
        drawn(close_up, run, now.key, hood.point, k=k),
        eyes.close_up(hood, k),
        key="estimator_close",
        alt=f"The {k} nearest neighbors of point {hood.point} along their first two principal axes, "
        f"with circles through the first, second and last of them",
    )


def _show_spectrum(run: Run, now: Epoch, hood: Neighborhood, view: LocalView, k: int) -> None:
    chart(
        drawn(local_spectrum, run, now.key, hood.point, k=k),
        eyes.spectrum(view, k),
        key="estimator_spectrum",
        alt=f"Bars: share of the variance along each local axis; {view.components} of "
        f"{len(view.spectrum)} axes hold 90 percent",
    )


def _show_sizes(run: Run, now: Epoch, hood: Neighborhood, view: LocalView, k: int) -> None:
    sizes = _by_size(hood, k)
    chart(
        drawn(dimension_at, run, now.key, hood.point, k=k),
        eyes.by_size(hood, k, sizes),
        key="estimator_sizes",
        alt=f"Curves of local intrinsic and linear dimension of point {hood.point} over 3 to {hood.size} "
        f"neighbors; at {k} they are {eyes.at(sizes, k)} and {view.components}",
    )


@st.cache_data(show_spinner=False, max_entries=256)
def _hood(_run: Run, who: str, key: str, point: int) -> Neighborhood:
    return neighborhood(_run.latents(key), point)


@st.cache_data(show_spinner=False, max_entries=32)
def _typical(_run: Run, who: str, key: str) -> int:
    """A point whose last stored neighbor is as far as that of most."""
    far = _run.neighbors(key).distances[:, -1]
    return int(np.abs(far - np.median(far)).argmin())
