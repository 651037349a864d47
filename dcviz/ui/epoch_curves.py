"""The curves of Geometry as figures of a run: dimension, neighborhoods, agreement with the labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import plotly.graph_objects as go

from dcviz.figures import style
from dcviz.figures.curves import Curve, Panel, over_epochs
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import series, story

PURITIES = {
    "purity": ("all points", "solid"),
    "purity_core": ("core points", "dash"),
    "purity_border": ("border points", "dot"),
    "purity_filtered": ("core points, after the filter", "dashdot"),
}
AGREEMENT = {"acc": "ACC", "nmi": "NMI", "ari": "ARI", "f1_macro": "F1 (macro)"}


def dimension_curves(run: Run, *, now: float) -> go.Figure:
    """Intrinsic and linear dimension, participation ratio and curvature over the epochs; `now` is marked."""
    epochs = run.epochs()
    # A color for each quantity: one legend serves both panels, and the clusters' mean and the whole are one.
    intrinsic, linear, spread, gap, *_ = style.LINES
    panels = [
        Panel(
            "dimension (no unit)",
            (
                series.curve(epochs, "id", "ID, mean of clusters", band=True, color=intrinsic),
                series.curve(epochs, "lid", "LID, mean of clusters", color=linear),
                series.curve(
                    epochs, "participation_ratio", "participation ratio, mean of clusters", dash="dash",
                    color=spread,
                ),
                series.curve(epochs, "id_all", "ID, whole set", band=True, dash="dot", color=intrinsic),
                series.curve(epochs, "lid_all", "LID, whole set", dash="dot", color=linear),
            ),
        ),
        Panel(
            "LID − ID (no unit)",
            (series.curve(epochs, "curvature", "curvature LID − ID", band=True, color=gap),),
        ),
    ]  # fmt: skip
    return over_epochs(series.positions(epochs), panels, phases=series.phases(run), now=now)


def neighborhood_curves(run: Run, *, now: float) -> go.Figure:
    """Core share beside its law, and purity by true labels and by clusters, over the epochs.

    A purity that no epoch has, as that by labels of data without, gets no empty axes.
    """
    epochs = run.epochs()
    shares = (
        series.curve(epochs, "core_share", "core share, observed"),
        series.curve(epochs, "core_share_law", "core share, law", dash="dash"),
        series.curve(epochs, "reliable", "reliable share of core links", dash="dot"),
    )
    panels = [Panel("share (no unit)", shares, low=0, high=1.02)]
    if labeled := tuple(_purities(epochs)):
        panels.append(Panel("purity, true labels", labeled))
    if series.known(series.score(epochs, "purity_clusters")):
        clusters = series.curve(epochs, "purity_clusters", "all points, by predicted clusters")
        panels.append(Panel("purity, clusters", (clusters,)))
    return over_epochs(series.positions(epochs), panels, phases=series.phases(run), now=now)


def _purities(epochs: Sequence[Epoch]) -> Iterator[Curve]:
    """Those by true labels that exist."""
    for name, (title, dash) in PURITIES.items():
        if series.known(series.score(epochs, name)):
            yield series.curve(epochs, name, title, dash=dash)


def agreement_curves(run: Run, *, now: float) -> go.Figure:
    """ACC, NMI, ARI and F1 over the epochs, beside the spread of k-means and the largest class alone."""
    epochs = run.epochs()
    curves = tuple(series.curve(epochs, name, title) for name, title in AGREEMENT.items())
    bars = series.band(epochs, "acc", "ACC of k-means begun anew, 10 seeds")
    line = series.curve(epochs, "majority", "largest class alone", dash="dot", color=story.REFERENCE)
    panels = [Panel("score (no unit)", (*curves, *bars, line))]
    return over_epochs(series.positions(epochs), panels, phases=series.phases(run), now=now, height=460)
