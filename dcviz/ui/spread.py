"""Explore: how any score of single points is spread, the one that colors the picture first."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.calls import drawn
from dcviz.figures.histogram import histogram, spread
from dcviz.geometry.purity import SplitScores
from dcviz.geometry.registry import POINT_SCORES, PointScore
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.ui import cached, one_epoch, page_state, view, words
from dcviz.ui.chart import Caption, chart

_SCORE, _TAKEN = "spread_of", "dcviz.spread.taken"


def panel(run: Run, seen: view.ViewState) -> None:
    """Let the user choose a score; a score that is chosen as the color is chosen here too."""
    st.subheader("How one score is spread", anchor=False)
    key, at = str(seen.key), seen.thresholds
    there = scores_of(cached.split(run, key, at))
    follow_color(seen.color, there)
    page_state.kept("score", there, key=_SCORE, default=first(there))
    name = str(
        st.selectbox(
            "Score of each point", there, key=_SCORE, format_func=lambda each: POINT_SCORES[each].title,
            help="It follows the color of the picture where that is a score.",
        )
    )  # fmt: skip
    known = values_of(run, key, at, name)
    if not known.size:
        st.caption(f"{POINT_SCORES[name].title} has no value at this epoch: too few neighbors a point.")
        return
    chart(
        drawn(score_histogram, run, key, at, name),
        caption(run, key, at, name),
        key="spread",
        alt=in_words(known, name),
    )


def scores_of(counts: SplitScores) -> list[str]:
    """The scores this run has: those by labels need labels, those by clusters clusters."""
    absent = ({"purity", "purity_filtered"} if counts.true is None else set()) | (
        {"purity_clusters"} if counts.predicted is None else set()
    )
    return [name for name in POINT_SCORES if name not in absent]


def first(there: list[str]) -> str:
    """What is shown before anybody chose: not one of the two that have figures of their own."""
    return "local_id" if "local_id" in there else there[0]


def follow_color(color: str, there: list[str]) -> None:
    """Take over a color that is a score, once: what is chosen by hand afterwards counts again."""
    if color == st.session_state.get(_TAKEN):
        return
    begun = _TAKEN in st.session_state
    st.session_state[_TAKEN] = color
    name = {"split": "ratio"}.get(color, color)
    if name in there and (begun or "score" not in st.query_params):
        st.session_state[_SCORE] = name


def values_of(run: Run, key: str, at: Thresholds, name: str) -> np.ndarray:
    """The values of a score that exist, (at most n,)."""
    values = cached.point_score(run, key, at, name)
    return np.empty(0) if values is None else values[np.isfinite(values)]


def cut_of(run: Run, key: str, at: Thresholds, name: str) -> tuple[float, str, str, bool] | None:
    """Where a threshold cuts a score: place, what is kept and dropped, if above; None where none does."""
    if name == "ratio":
        return at.lambda_ratio, "core", "border", True
    cut = one_epoch.absolute_cut(run, key, at) if name == "gap" else None
    return None if cut is None else (cut, "reliable", "dropped", False)


def score_histogram(run: Run, key: str, at: Thresholds, name: str) -> go.Figure:
    """How a score of single points is spread at one epoch, with the threshold that cuts it if one does."""
    values, entry = values_of(run, key, at, name), POINT_SCORES[name]
    title = f"{entry.title} ({entry.unit or 'no unit'})"
    found = cut_of(run, key, at, name)
    if found is None:
        return spread(values.tolist(), title=title)
    cut, kept, dropped, above = found
    return histogram(values.tolist(), cut=cut, title=title, kept=kept, dropped=dropped, kept_above=above)


def caption(run: Run, key: str, at: Thresholds, name: str) -> Caption:
    """Of the histogram, with the present numbers."""
    entry = POINT_SCORES[name]
    known = values_of(run, key, at, name)
    found = cut_of(run, key, at, name)
    low, middle, high = (float(q) for q in np.quantile(known, [0.1, 0.5, 0.9]))
    line = "No threshold cuts it."
    if found is not None:
        cut, kept, _, above = found
        hits = int((known > cut).sum() if above else (known < cut).sum())
        line = f"Cut at {cut:.4g}: {words.share(hits, known.size)} {kept}."
    unit = f" {entry.unit}" if entry.unit else ""
    return Caption(
        drawn=f"{entry.caption} Median {middle:.3g}{unit}, four fifths from {low:.3g} to {high:.3g}. {line}",
        formula=entry.formula,
        symbols=_symbols(entry),
        points=f"{known.size:,} of {int(run.spec.get('n') or known.size):,} points have a value.",
        settings=f"M = {at.M}, λ_ratio = {at.lambda_ratio:g}, τ_distance = {at.tau_distance:g}, "
        f"reading: {at.reading}; neighbors as stored with the epoch.",
        not_shown="where these points lie: color the picture by it. The largest 0.5 % are in the last bar.",
    )


def _symbols(entry: PointScore) -> str:
    return (
        "D_ij: distance of point i to its j-th neighbor, unit of the latents; M: neighbors looked at; k: all "
        "stored ones; 𝒩: reliable neighbors; y: true label, c: predicted cluster. "
        f"The score: {entry.unit or 'no unit'}."
    )


def in_words(values: np.ndarray, name: str) -> str:
    """The figure as one sentence."""
    low, middle, high = np.quantile(values, [0.1, 0.5, 0.9])
    return f"Histogram of {POINT_SCORES[name].title}: median {middle:.3g}, 80 % from {low:.3g} to {high:.3g}"
