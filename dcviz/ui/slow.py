"""The scores that are too slow for every epoch: measured when asked, with the cost told before and after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.beside import measurable
from dcviz.exchange.calls import drawn
from dcviz.figures.scales import dimension_by_scale
from dcviz.geometry.full import BAND, full_scores
from dcviz.geometry.reference import reference
from dcviz.geometry.registry import EPOCH_SCORES
from dcviz.geometry.twist_scores import TWIST_SCORES, twist_scores
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import twists, words
from dcviz.ui.cached import identity
from dcviz.ui.chart import Caption, chart, explain

MOST_POINTS = 5_000
# Seconds for the first thousand points and for each that follows, on 2 cores, rounded up.
_FIRST, _MORE = 3.0, 4.0
_ASKED = "slow_of"
OTHERS = {
    "silhouette": ("Silhouette", "1: far from other clusters; 0: between two; below: nearer to another."),
    "dbscan_clusters": ("DBSCAN: clusters", "Clusters by density alone, no K given."),
    "dbscan_noise": ("DBSCAN: share of noise", "Points in no dense region."),
    "hdbscan_clusters": ("HDBSCAN: clusters", "Clusters that persist over densities, no K given."),
    "hdbscan_noise": ("HDBSCAN: share of noise", "Points in none of them."),
}
BAND_SAYS = "Smallest and largest: a difference between two methods inside this means nothing."


def panel(run: Run, now: Epoch) -> None:
    """Offer the slow scores of the present epoch; show them once they are measured."""
    st.subheader("The slow scores, on request", anchor=False)
    mark = (run.id, now.key)
    asked = st.session_state.setdefault(_ASKED, set())
    if mark not in asked:
        st.button(
            f"Measure the slow scores at epoch {words.epoch(now.position)}, {cost(run)}",
            key="slow_go", icon=":material/hourglass_top:", on_click=asked.add, args=(mark,),
        )  # fmt: skip
        st.caption(
            "Spread of k-means over 10 seeds, silhouette, DBSCAN and HDBSCAN, and everything that changed "
            f"since the switch. {cost(run).capitalize()} on this machine's processor."
        )
        return
    try:
        with st.spinner(f"Measuring, {cost(run)} …"):
            found = _measure(run, identity(run), now.key, twists.frozen_epoch(run).key)
    except ValueError as error:  # the rest of the page has its say
        st.caption(str(error))
        return
    st.dataframe(
        rows(found),
        key="slow",
        hide_index=True,
        height="content",
        alt="Table of the slow scores of this epoch",
    )
    explain(caption(run, found), key="slow")
    _blocks(run, now.key, found)


def block_dimensions(run: Run, key: str) -> go.Figure:
    """The dimension of ever smaller random parts of the set, at one epoch."""
    known = _known(_measure(run, identity(run), key, twists.frozen_epoch(run).key))
    columns = {name: [row[name] for row in known] for name in ("scale", "id", "low", "high", "k")}
    return dimension_by_scale(
        columns["scale"], columns["id"], low=columns["low"], high=columns["high"], orders=columns["k"],
        told="mean of %{customdata} blocks",
    )  # fmt: skip


def _known(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in found["blocks"] if row["id"] is not None]


def _blocks(run: Run, key: str, found: dict[str, Any]) -> None:
    """The dimension of ever smaller parts of the set."""
    known = _known(found)
    if not known:
        return
    chart(
        drawn(block_dimensions, run, key),
        Caption(
            drawn="The dimension of ever smaller random parts of the set: fewer points lie farther apart.",
            formula=r"\mathrm{ID}(b) = \text{mean over } b \text{ blocks of } n/b \text{ points}",
            symbols="b: number of blocks; scale: mean distance to the nearest neighbor, unit of the latents.",
            points=f"{found['measured']:,} points in {', '.join(str(row['k']) for row in known)} blocks.",
            settings="TwoNN, linear fit; blocks of at least 20 points.",
            not_shown="a confidence interval: the bars reach from the smallest to the largest block.",
        ),
        key="slow_blocks",
        alt=f"Dimension {known[0]['id']:.2f} of the whole, {known[-1]['id']:.2f} of the smallest blocks",
    )  # fmt: skip


def cost(run: Run) -> str:
    """What measuring takes, in words."""
    thousands = min(int(run.spec.get("n") or MOST_POINTS), MOST_POINTS) / 1000
    return f"about {words.duration(_FIRST + _MORE * max(thousands - 1, 0))}"


@st.cache_data(show_spinner=False, max_entries=64)
def _measure(_run: Run, who: str, key: str, start: str) -> dict[str, Any]:
    """Both sets of scores on at most MOST_POINTS points, the same ones at every epoch."""
    z, labels = measurable(_run, key), _run.labels()
    order = np.sort(np.random.default_rng(0).permutation(len(z))[:MOST_POINTS])
    few = None if labels is None else labels[order]
    scores = full_scores(z[order], clusters=int(_run.spec.get("clusters") or 0) or None, labels=few)
    scores["measured"] = len(order)
    before = _run.latents(start)
    if before.shape == z.shape and len(order) >= 4 and start != key and np.isfinite(before).all():
        scores |= twist_scores(reference(before[order]), z[order])
    return scores


def rows(found: dict[str, Any]) -> pd.DataFrame:
    """One row a score: its value or the reason there is none."""
    table = []
    for key in BAND:
        low, high = found.get(f"{key}_band_low"), found.get(f"{key}_band_high")
        text = "–" if low is None or high is None else f"{low:.3f} to {high:.3f}"
        why = found.get(f"{key}_band_low_reason", BAND_SAYS)
        table.append((f"{EPOCH_SCORES[key].title} over 10 seeds of k-means", text, why))
    for key, (title, says) in OTHERS.items():
        table.append((title, _text(found.get(key)), found.get(f"{key}_reason", says)))
    for key, entry in TWIST_SCORES.items():
        if key in found or f"{key}_reason" in found:
            table.append((f"{entry.title}, since the switch", _text(found.get(key)),
                          found.get(f"{key}_reason") or entry.caption))  # fmt: skip
    return pd.DataFrame(table, columns=["Score", "Value", "What it says"])


def caption(run: Run, found: dict[str, Any]) -> Caption:
    """Of the table, with what each part took."""
    took = ", ".join(f"{name.replace('_', ' ')} {words.duration(s)}" for name, s in found["seconds"].items())
    n, of = found["measured"], int(run.spec.get("n") or found["measured"])
    return Caption(
        drawn="What is too slow to measure at every epoch.",
        formula=r"s = \frac{b - a}{\max(a, b)},\qquad [\min_{seeds}, \max_{seeds}]\ \mathrm{ACC}",
        symbols="a, b: mean distance of a point to its own and to the nearest other cluster, unit of the "
        "latents; s: silhouette. Scores have no unit.",
        points=f"{n:,} of {of:,} points" + (", the same ones at every epoch." if n < of else "."),
        settings=f"10 seeds of 20 k-means starts; silhouette on 2,000 points at most. Took: {took}.",
        not_shown="which seed is right. Where the band is wide, a difference between two methods inside it "
        "means nothing.",
    )


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
