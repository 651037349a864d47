"""Sets too large to draw: a stratified sample stands for all points, numbers stay those of the whole set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dcviz.geometry.filters import Thresholds, split
from dcviz.geometry.streamed import parts, stratified
from dcviz.viewer.scene import scene
from dcviz.viewer.tokens import Token

if TYPE_CHECKING:
    from dcviz.runs.metrics import Epoch
    from dcviz.runs.run import Run

MOST_POINTS = 1_000_000
"""All points are drawn up to here, the largest set the viewer was measured with."""
DRAWN = 50_000


@dataclass(frozen=True)
class Sample:
    """Points drawn, k of them: how many each stands for, whether core, its cluster, its place (k, 2)."""

    weights: np.ndarray
    core: np.ndarray
    cluster: np.ndarray
    plane: np.ndarray


def too_many(run: Run) -> bool:
    """Tell whether a run has more points than the viewer draws."""
    return int(run.spec.get("n") or 0) > MOST_POINTS


def sampled_view(
    run: Run, *, key: str, height: int, epoch: float | None, thresholds: Thresholds | None
) -> tuple[Epoch, Thresholds]:
    """Draw a sample of one epoch and say of how many; epoch and thresholds are widgets of the page.

    Args:
        run: has at least one stored epoch.
        key: prefix of the widgets.
        height: of the picture in pixels.
        epoch: position at the start, the last by default.
        thresholds: at the start.

    Returns:
        The stored epoch shown and the thresholds.
    """
    now = _epoch(run, key=key, wanted=epoch)
    at = _thresholds(thresholds or Thresholds(), key=key)
    drawn = _sample(run.id, run.spec.get("created"), now.key, at.M, at.lambda_ratio, _run=run)
    least, most = (f"{weight:,.0f}" for weight in (drawn.weights.min(), drawn.weights.max()))
    stood = least if least == most else f"{least} to {most}"
    st.plotly_chart(_figure(drawn, height=height), key=f"{key}.sample")
    st.caption(
        f"Drawn: a sample of {len(drawn.weights):,} of {int(run.spec['n']):,} points, from every cluster's "
        f"core and border in proportion; a drawn point stands for {stood}. Filled: core; "
        "rings: border. Numbers on this page are of all points."
    )
    return now, at


def _epoch(run: Run, *, key: str, wanted: float | None) -> Epoch:
    epochs = run.epochs()
    if len(epochs) == 1:
        return epochs[0]
    last = epochs[-1].position
    start = min(epochs, key=lambda each: abs(each.position - (last if wanted is None else wanted)))
    position = st.select_slider(
        "Epoch",
        [each.position for each in epochs],
        start.position,
        key=f"{key}.epoch",
        format_func="{:g}".format,
    )
    return next(each for each in epochs if each.position == position)


def _thresholds(at: Thresholds, *, key: str) -> Thresholds:
    left, right = st.columns(2)
    ratio = left.slider("λ ratio", 0.0, 0.999, float(at.lambda_ratio), 0.001, key=f"{key}.lambda")
    tau = right.number_input("τ distance", 0.0, None, float(at.tau_distance), key=f"{key}.tau")
    return Thresholds(M=at.M, lambda_ratio=ratio, tau_distance=tau, reading=at.reading)


@st.cache_data(max_entries=8, show_spinner="Drawing a sample …")
def _sample(id: str, created: Any, key: str, m: int, ratio: float, *, _run: Run) -> Sample:
    distances, clusters = _run.neighbors(key).distances, _run.assignments(key)
    at = Thresholds(M=min(m, distances.shape[1]), lambda_ratio=ratio)
    core = np.concatenate([split(np.asarray(distances[part]), at).core for part in parts(len(distances))])
    rows, weights = stratified(2 * (clusters.astype(np.int64) + 1) + core, DRAWN)
    axes = scene(_run, Token()).axes()
    plane = axes.project(_run.pieces(key)[rows])[:, :2]
    return Sample(weights, core[rows], clusters[rows], plane)


def _figure(drawn: Sample, *, height: int) -> Any:
    import plotly.graph_objects as go

    from dcviz.figures import style

    names = range(int(drawn.cluster.max()) + 1)
    colors = np.array([style.GRAY, *(style.cluster_color(each) for each in names)])  # gray: without a cluster
    x, y = drawn.plane[:, 0], drawn.plane[:, -1] if drawn.plane.shape[1] > 1 else np.zeros(len(drawn.plane))
    figure = go.Figure()
    for name, mask, symbol in (("core", drawn.core, "circle"), ("border", ~drawn.core, "circle-open")):
        figure.add_scattergl(
            x=x[mask], y=y[mask], mode="markers", name=name, hoverinfo="skip",
            marker={"size": 3, "symbol": symbol, "color": colors[drawn.cluster[mask] + 1]},
        )  # fmt: skip
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return style.lay_out(figure, height=height)
