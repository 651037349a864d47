"""Geometry: what training did to dimension, curvature, neighborhoods and clusters, epoch by epoch."""

from collections.abc import Iterator

import streamlit as st

from dcviz import ui
from dcviz.exchange.lines import curve_lines
from dcviz.figures.curves import Curve, Panel, over_epochs
from dcviz.figures.scales import dimension_by_scale
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import (
    brush,
    clusters,
    damage,
    estimator,
    method_panels,
    nearest,
    pick,
    real_latents,
    rules,
    scales,
    series,
    slow,
    story,
    teaching,
    words,
)
from dcviz.ui.chart import chart

DIMENSIONS = ("id", "id_low", "id_high", "lid", "participation_ratio", "id_all", "curvature", "curvature_low",
              "curvature_high")  # fmt: skip
PURITIES = {
    "purity": ("all points", "solid"),
    "purity_core": ("core points", "dash"),
    "purity_border": ("border points", "dot"),
    "purity_filtered": ("core points, after the filter", "dashdot"),
}
AGREEMENT = {"acc": "ACC", "nmi": "NMI", "ari": "ARI", "f1_macro": "F1 (macro)"}


@ui.page(
    "Geometry",
    "What training does to the shape of the latents: how many dimensions they fill, how curved they are, "
    "and whether neighbors stay of one kind.",
)
def geometry() -> None:
    run = pick.pick_run()
    epochs = run.epochs()
    now = pick.pick_epoch(epochs)
    dimension(run, epochs, now)
    brush.panel(run, now)
    left, right = st.columns(2, gap="large")
    with left:
        filters(run, epochs, now)
    with right:
        agreement(run, epochs, now)
    clusters.panel(run, now)
    rules.panel(run, now)
    by_scale(run, now)
    estimator.panel(run, now)
    damage.panel(run)
    teaching.panel(run, epochs, now)
    slow.panel(run, now)
    method_panels.over_epochs(run, now)
    real_latents.panel()


def dimension(run: Run, epochs: tuple[Epoch, ...], now: Epoch) -> None:
    st.subheader("Dimension and curvature", anchor=False)
    intrinsic = series.curve(epochs, "id", "ID, mean of clusters", band=True)
    linear = series.curve(epochs, "lid", "LID, mean of clusters")
    spread = series.curve(epochs, "participation_ratio", "participation ratio, mean of clusters", dash="dash")
    whole = series.curve(epochs, "id_all", "ID, whole set", band=True, dash="dot")
    panels = [
        Panel("dimension (no unit)", (intrinsic, linear, spread, whole)),
        Panel("LID − ID (no unit)", (series.curve(epochs, "curvature", "curvature LID − ID", band=True),)),
    ]
    chart(
        over_epochs(series.positions(epochs), panels, phases=series.phases(run), now=now.position),
        story.dimension(run, now),
        key="dimension",
        alt=story.in_words(
            epochs, {"id": "intrinsic dimension", "lid": "linear dimension", "curvature": "curvature"}
        ),
        table=series.table(epochs, DIMENSIONS),
        lines=curve_lines(run, DIMENSIONS),
    )
    st.markdown(story.at_the_switch(run, now))
    nearest.line(run, now)


def filters(run: Run, epochs: tuple[Epoch, ...], now: Epoch) -> None:
    st.subheader("Neighborhoods", anchor=False)
    purities = tuple(_purities(epochs))
    names = ["core_share", "core_share_law", *PURITIES, "purity_clusters"]
    panels = [
        Panel(
            "core share",
            (
                series.curve(epochs, "core_share", "core share, observed"),
                series.curve(epochs, "core_share_law", "core share, law", dash="dash"),
            ),
            low=0,
            high=1.02,
        ),
        Panel("purity, true labels", purities),
        Panel(
            "purity, clusters",
            (series.curve(epochs, "purity_clusters", "all points, by predicted clusters"),),
        ),
    ]
    chart(
        over_epochs(series.positions(epochs), panels, phases=series.phases(run), now=now.position),
        story.filters(run, now),
        key="filters",
        alt=story.in_words(
            epochs,
            {"core_share": "core share", "purity": "purity by true labels", "purity_clusters": "by clusters"},
        ),
        table=series.table(epochs, names),
        lines=curve_lines(run, names),
    )


def _purities(epochs: tuple[Epoch, ...]) -> Iterator[Curve]:
    """Those by true labels that exist."""
    for name, (title, dash) in PURITIES.items():
        if series.known(series.score(epochs, name)):
            yield series.curve(epochs, name, title, dash=dash)


def agreement(run: Run, epochs: tuple[Epoch, ...], now: Epoch) -> None:
    st.subheader("Agreement with the labels", anchor=False)
    if not series.known(series.score(epochs, "acc")):
        st.caption(
            series.reason(epochs, "acc") or "These data have no labels, so there is nothing to agree with."
        )
        return
    curves = tuple(series.curve(epochs, name, title) for name, title in AGREEMENT.items())
    bars = series.band(epochs, "acc", "ACC of k-means, 10 seeds")
    line = series.curve(epochs, "majority", "largest class alone", dash="dot", color=story.REFERENCE)
    figure = over_epochs(
        series.positions(epochs),
        [Panel("score (no unit)", (*curves, *bars, line))],
        phases=series.phases(run),
        now=now.position,
        height=460,
    )
    chart(
        figure,
        story.agreement(run, now),
        key="agreement",
        alt=story.in_words(epochs, AGREEMENT | {"majority": "share of the largest class"}),
        table=series.table(epochs, [*AGREEMENT, "majority"]),
        lines=curve_lines(run, [*AGREEMENT, "majority"]),
    )


def by_scale(run: Run, now: Epoch) -> None:
    st.subheader("Does the dimension depend on the scale?", anchor=False)
    wanted = st.session_state.get("scale_of") == (run.id, now.key)
    if not wanted and st.button(
        f"Measure ID by scale at epoch {words.epoch(now.position)}",
        key="scale_go",
        icon=":material/straighten:",
        help=scales.cost(run),
    ):
        st.session_state["scale_of"] = (run.id, now.key)
        wanted = True
    if not wanted:
        st.caption(f"TwoNN reads the finest scale, noise included. {scales.cost(run)}")
        return
    with st.spinner("Searching larger neighborhoods …"):
        found = scales.measure(run, now.key)
    chart(
        dimension_by_scale(found.scale, found.value, low=found.low, high=found.high, orders=found.rank),
        story.scale(found),
        key="scale",
        alt=f"Dimension {found.value[0]:.2f} at the finest scale, {found.value[-1]:.2f} at the widest",
    )


geometry()
