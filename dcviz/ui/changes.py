"""What changed since the switch, epoch by epoch: every score between two epochs as a curve, on request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dcviz.exchange.calls import drawn
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import changed_since, definitions, frame, series, slow, twists, words
from dcviz.ui.changed_since import KINDS, SCORES
from dcviz.ui.chart import Caption, chart

_ASKED, _KIND = "changes_of", "changes_kind"
# Seconds an epoch: of any set, and for each thousand points that are looked at, rounded up.
_FIRST, _MORE = 0.3, 0.25


@st.fragment
def panel(run: Run, now: Epoch) -> None:
    """Offer the scores between epochs as curves; they are measured when asked, and kept."""
    frame.attempt(_show, run, now)


def _show(run: Run, now: Epoch) -> None:
    st.subheader("What changed since the switch", anchor=False)
    shown = changed_since.measured_epochs(run)
    if len(shown) < 2 or int(run.spec.get("n") or 0) < 4:
        st.caption("It takes two stored epochs and four points to see anything change.")
        return
    asked = st.session_state.setdefault(_ASKED, set())
    if run.id not in asked:
        st.button(
            f"Measure what changed over {len(shown)} epochs, {cost(run)}", key="changes_go",
            icon=":material/timeline:", on_click=asked.add, args=(run.id,),
        )  # fmt: skip
        st.caption(
            "Folding, turning, tearing, neighbors kept, information imbalance, movement, and clusters that "
            "need no K: against the epoch of the switch, as curves."
        )
        return
    place = st.empty()
    rows = changed_since.measure(run, lambda done, text: place.progress(done, text))
    place.empty()
    kind = str(st.segmented_control("Show", list(KINDS), default="Damage", required=True, key=_KIND))
    there = [name for _, names in KINDS[kind] for name in names if changed_since.known(rows, name)]
    if not there:
        st.caption(changed_since.reason(rows, KINDS[kind][0][1][0]))
        return
    chart(
        drawn(changed_since.change_curves, run, kind, now=now.position),
        caption(run, rows, kind, there),
        key="changes",
        alt=in_words(shown, rows, there),
        table=_table(shown, rows, there),
    )
    definitions.offer(there, key="changes")


def cost(run: Run) -> str:
    """What measuring takes, in words."""
    looked = min(int(run.spec.get("n") or slow.MOST_POINTS), slow.MOST_POINTS) / 1000
    return f"about {words.duration(len(changed_since.measured_epochs(run)) * (_FIRST + _MORE * looked))}"


def caption(run: Run, rows: Sequence[Mapping[str, Any]], kind: str, there: Sequence[str]) -> Caption:
    """Of the curves of one kind, with the last epoch's numbers."""
    start, n = twists.frozen_epoch(run), int(run.spec.get("n") or 0)
    looked, few = (len(part) for part in changed_since.sampled(n))
    absent = [name for _, names in KINDS[kind] for name in names if name not in there]
    last = ", ".join(f"{SCORES[name].title} {_short(rows[-1].get(name))}" for name in there)
    by_density = kind == "Clusters without K"
    return Caption(
        drawn=f"At the last epoch: {last}.",
        formula=r",\quad ".join(SCORES[name].formula for name in there[:2]),
        symbols="; ".join(f"{SCORES[name].title}: {SCORES[name].caption}" for name in there),
        points=f"{few if by_density else looked:,} of {n:,} points, the same ones at every epoch; "
        f"{len(rows)} epochs.",
        settings=f"Against epoch {words.epoch(start.position)}, the switch (the first epoch where there is "
        "none). 15 neighbors; 50 neighbors a linear map; ranks from 500 points, bands: their 95 %.",
        not_shown=" ".join(
            [f"{SCORES[name].title}: {changed_since.reason(rows, name)}" for name in absent]
            or ["whether a change is damage: hold it against movement, above."]
        ),
    )


def in_words(epochs: Sequence[Epoch], rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """The figure as one sentence."""
    parts = []
    for name in names:
        known = [value for value in changed_since.values(rows, name) if value == value]
        parts.append(f"{SCORES[name].title} from {known[0]:.3g} to {known[-1]:.3g}")
    span = f"epochs {words.epoch(epochs[0].position)} to {words.epoch(epochs[-1].position)}"
    return f"Curves of what changed over {span}: " + "; ".join(parts)


def _table(epochs: Sequence[Epoch], rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pd.DataFrame:
    columns = {name: changed_since.values(rows, name) for name in names}
    return pd.DataFrame({"epoch": series.positions(epochs), **columns})


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
