"""Curves beside the playing pictures: they follow the same cursor and end at it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dcviz.figures import style
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch

PANELS = (
    ("ID", "id", 1.0, 2.5),
    ("LID", "lid", 0.0, 2.5),
    ("curvature (LID − ID)", "curvature", -0.5, 1.0),
    ("flipped share", "flip", 0.0, 0.5),
    ("crossings an edge", "crossings", 0.0, 0.5),
    ("purity", "purity", 0.5, 1.0),
)
"""Title, score, and the range that is always shown; a curve that leaves it widens the panel."""
DASHES = ("", "7 4", "2 3", "9 3 2 3")
_HERE = Path(__file__).parent


def live_curves(
    runs: Sequence[Run],
    names: Sequence[str],
    *,
    epoch: float,
    key: str,
    group: str = "",
    play: str | None = None,
    cookie: str | None = None,
) -> None:
    """Show one small panel a score with a line a run.

    Args:
        runs: with the same switch; scores that none of them has are left out.
        names: of the runs, for the legend.
        epoch: where the curves end until a viewer says otherwise.
        key: of the component.
        group: of the linked viewers beside it.
        play: a new value lets that group play on, at half speed.
        cookie: "name=value" for the browser to remember for a year.
    """
    show = st.components.v2.component(
        "dcviz_live_curves", html='<div class="lc-root"></div>', css=_text("live_curves.css"),
        js=_text("live_curves.js"),
    )  # fmt: skip
    show(key=key, data={**told(runs, names, epoch=epoch), "group": group, "play": play, "seen": cookie})


def told(runs: Sequence[Run], names: Sequence[str], *, epoch: float) -> dict[str, Any]:
    """What the component draws: for each panel its lines with stored values only."""
    panels = []
    for title, score, low, high in PANELS:
        lines = [
            _line(run, name, score, number)
            for number, (run, name) in enumerate(zip(runs, names, strict=True))
        ]
        values = [value for line in lines for value in line["y"]]
        if values:
            panels.append(
                {"title": title, "lines": lines, "low": min(low, *values), "high": max(high, *values)}
            )
    positions = [each.position for run in runs for each in run.epochs()]
    switch = runs[0].switch or 0.0
    return {
        "runs": [run.id for run in runs],
        "panels": panels,
        "from": min(positions),
        "to": max(positions),
        "switch": switch,
        "epoch": epoch,
    }


def _line(run: Run, name: str, score: str, number: int) -> dict[str, Any]:
    rows = [(each.position, _value(each, score)) for each in run.epochs()]
    kept = [(position, value) for position, value in rows if math.isfinite(value)]
    return {
        "name": name, "x": [row[0] for row in kept], "y": [round(row[1], 4) for row in kept],
        "color": style.PAIR[number % len(style.PAIR)], "dash": DASHES[number % len(DASHES)],
    }  # fmt: skip


def _value(epoch: Epoch, score: str) -> float:
    value = epoch.scores.get(score)
    return math.nan if value is None else float(value)


@lru_cache(maxsize=2)
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
