"""Geometry: what training did to dimension, curvature, neighborhoods and clusters, epoch by epoch."""

import streamlit as st

from dcviz import ui
from dcviz.exchange.calls import drawn
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import (
    brush,
    changes,
    clusters,
    damage,
    definitions,
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
from dcviz.ui.epoch_curves import (
    AGREEMENT,
    PURITIES,
    agreement_curves,
    dimension_curves,
    neighborhood_curves,
)

DIMENSIONS = ("id", "id_low", "id_high", "lid", "participation_ratio", "id_all", "lid_all", "curvature",
              "curvature_low", "curvature_high")  # fmt: skip


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
    changes.panel(run, now)
    teaching.panel(run, epochs, now)
    slow.panel(run, now)
    method_panels.over_epochs(run, now)
    real_latents.panel()


def dimension(run: Run, epochs: tuple[Epoch, ...], now: Epoch) -> None:
    st.subheader("Dimension and curvature", anchor=False)
    chart(
        drawn(dimension_curves, run, now=now.position),
        story.dimension(run, now),
        key="dimension",
        alt=story.in_words(
            epochs, {"id": "intrinsic dimension", "lid": "linear dimension", "curvature": "curvature"}
        ),
        table=series.table(epochs, DIMENSIONS),
    )
    definitions.offer(DIMENSIONS, key="dimension")
    st.markdown(story.at_the_switch(run, now))
    nearest.line(run, now)


def filters(run: Run, epochs: tuple[Epoch, ...], now: Epoch) -> None:
    st.subheader("Neighborhoods", anchor=False)
    names = ["core_share", "core_share_law", "reliable", *PURITIES, "purity_clusters"]
    chart(
        drawn(neighborhood_curves, run, now=now.position),
        story.filters(run, now),
        key="filters",
        alt=story.in_words(
            epochs,
            {"core_share": "core share", "purity": "purity by true labels", "purity_clusters": "by clusters"},
        ),
        table=series.table(epochs, names),
    )
    definitions.offer(names, key="filters")


def agreement(run: Run, epochs: tuple[Epoch, ...], now: Epoch) -> None:
    st.subheader("Agreement with the labels", anchor=False)
    if not series.known(series.score(epochs, "acc")):
        st.caption(
            series.reason(epochs, "acc") or "These data have no labels, so there is nothing to agree with."
        )
        return
    chart(
        drawn(agreement_curves, run, now=now.position),
        story.agreement(run, now),
        key="agreement",
        alt=story.in_words(epochs, AGREEMENT | {"majority": "share of the largest class"}),
        table=series.table(epochs, [*AGREEMENT, "majority"]),
    )
    definitions.offer([*AGREEMENT, "f1_micro", "majority"], key="agreement")


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
    try:
        with st.spinner("Searching larger neighborhoods …"):
            found = scales.measure(run, now.key)
    except ValueError as error:  # too few points, or none that differ: the rest of the page has its say
        st.caption(str(error))
        return
    chart(
        drawn(scales.by_scale, run, now.key),
        story.scale(found),
        key="scale",
        alt=f"Dimension {found.value[0]:.2f} at the finest scale, {found.value[-1]:.2f} at the widest",
    )


geometry()
