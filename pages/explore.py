"""Explore: one epoch of one run, seen through live thresholds."""

import streamlit as st

from dcviz import ui
from dcviz.exchange import figure_lines
from dcviz.exchange.calls import Drawing
from dcviz.figures.histogram import histogram
from dcviz.figures.landscape import landscape
from dcviz.figures.purity import before_after
from dcviz.geometry.purity import SplitScores
from dcviz.runs import Run
from dcviz.ui import cached, captions, method_panels, one_epoch, page_state, pick, spread, view, words
from dcviz.ui.chart import chart


@ui.page(
    "Explore",
    "One epoch of one training. Drag the epoch and the thresholds inside the picture; "
    "the exact numbers follow when you let go.",
)
def explore() -> None:
    run = pick.pick_run(example="arcs-rdc")
    seen = view.latents(run, key="explore", height=640)
    scores = cached.split(run, seen.key, seen.thresholds)
    whose = exact(run, seen, scores)
    left, right = st.columns(2, gap="large")
    with left:
        purity(run, scores, seen, whose)
        ratios(run, seen, scores)
    with right:
        plateaus(run, seen, scores)
        gaps(run, seen, scores)
    spread.panel(run, seen)
    method_panels.at_epoch(run, seen.key)


def exact(run: Run, seen: view.ViewState, scores: SplitScores) -> str:
    """The exact numbers below the picture; returns whose labels purity goes by."""
    epoch = run.epoch(seen.key)
    at = seen.thresholds
    st.markdown(
        f"#### Epoch {words.epoch(epoch.position)} in numbers\n{one_epoch.phase(run, epoch)} · "
        f"M = {scores.m} · λ_ratio = {at.lambda_ratio:g} · τ_distance = {at.tau_distance:g} · "
        f"reading: {at.reading}"
    )
    one_epoch.counts(scores)
    choices = one_epoch.label_kinds(scores)
    page_state.kept("by", choices, key="purity_by")
    whose = st.segmented_control(
        "Purity by",
        choices,
        required=True,
        key="purity_by",
        format_func=lambda kind: captions.WHOSE[kind],
        help="True labels are only ever used to evaluate; training never sees them.",
    )
    if "true" not in choices:
        st.caption("These data have no labels, so purity by true labels does not exist.")
    if len(seen.selection):
        one_epoch.offer_selection(run, seen)
    return str(whose)


def purity(run: Run, scores: SplitScores, seen: view.ViewState, whose: str) -> None:
    found = scores.true if whose == "true" else scores.predicted
    st.subheader("Are neighbors of one kind?", anchor=False)
    if found is None:
        st.caption("There is neither a label nor a predicted cluster at this epoch.")
        return
    before, after = (
        (found.core, found.border, found.all),
        (found.core_filtered, found.border_filtered, found.all_filtered),
    )
    chart(
        Drawing(
            before_after(
                ("core", "border", "all"),
                [share.value for share in before],
                [share.value for share in after],
                counts=[(b.total, a.total) for b, a in zip(before, after, strict=True)],
            ),
            figure_lines.purity_lines(run, seen.key, seen.thresholds, whose=whose),
        ),
        captions.purity(scores, found, whose=whose, at=seen.thresholds),
        key="purity",
        alt=f"Bars: purity by {captions.WHOSE[whose]}; core before the filter "
        f"{words.share(found.core.hits, found.core.total)}, after it "
        f"{words.share(found.core_filtered.hits, found.core_filtered.total)}",
        table=one_epoch.purity_table(found),
    )


def ratios(run: Run, seen: view.ViewState, scores: SplitScores) -> None:
    st.subheader("The first filter: core or border", anchor=False)
    chart(
        Drawing(
            histogram(
                cached.ratios(run, seen.key, seen.thresholds.M),
                cut=seen.thresholds.lambda_ratio,
                title=f"r = D₁ / D_{scores.m} (no unit)",
                kept="core",
                dropped="border",
            ),
            figure_lines.ratio_lines(run, seen.key, seen.thresholds),
        ),
        captions.ratio(scores, seen.thresholds, copies=cached.copies(run, seen.key, scores.m)),
        key="ratio",
        alt=f"Histogram of r, cut at {seen.thresholds.lambda_ratio:g}: {scores.core} core points, "
        f"{scores.border} border points",
    )


def gaps(run: Run, seen: view.ViewState, scores: SplitScores) -> None:
    st.subheader("The second filter: reliable neighbors", anchor=False)
    cut = one_epoch.absolute_cut(run, seen.key, seen.thresholds)
    if cut is None:
        st.caption(
            "The reading “released code” compares D itself with one radius; the gaps D′ do not enter it."
        )
        return
    chart(
        Drawing(
            histogram(
                cached.gaps(run, seen.key, seen.thresholds.M),
                cut=cut,
                title="D′ = D_j − D₁ (unit of the latents)",
                kept="reliable",
                dropped="dropped",
                kept_above=False,
            ),
            figure_lines.gap_lines(run, seen.key, seen.thresholds, cut=cut),
        ),
        captions.gap(scores, seen.thresholds),
        key="gap",
        alt=f"Histogram of the distance gaps, cut at {cut:g}: {scores.reliable_all} reliable pairs",
    )


def plateaus(run: Run, seen: view.ViewState, scores: SplitScores) -> None:
    st.subheader("Would other thresholds say the same?", anchor=False)
    table = cached.table(run, seen.key, seen.thresholds)
    found = one_epoch.landscapes(table)
    page_state.kept("plateau", list(found), key="landscape_of")
    what = st.segmented_control(
        "Color shows",
        list(found),
        required=True,
        key="landscape_of",
        label_visibility="collapsed",
        format_func=lambda name: one_epoch.SHORT[name],
    )
    chart(
        Drawing(
            landscape(
                found[what],
                ratios=table.lambda_axis,
                gaps=table.tau_axis,
                at=(seen.thresholds.lambda_ratio, seen.thresholds.tau_distance),
                title=what,
            ),
            figure_lines.landscape_lines(run, seen.key, seen.thresholds, what=what),
        ),
        captions.landscape(scores, what=what, at=seen.thresholds, far=float(table.tau_axis[-2])),
        key="landscape",
        alt=f"Heat map of {what.lower()} over lambda_ratio and tau_distance with a cross at the present pair",
    )


explore()
