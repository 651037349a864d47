"""The losses of a training while it goes on: a small drawing that is changed in place.

A Plotly chart is taken out of the page and made anew at each change of its data; at one change a second a
reader would see a gap most of the time. This drawing keeps its nodes, its readout and the keyboard's focus.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dcviz.figures import style

MOST_POINTS = 600
"""Points sent a curve; with more stored epochs every second, third, ... one is drawn, and the last."""
DASHES = ("", "7 4", "2 3", "9 3 2 3")
_HERE = Path(__file__).parent


def loss_curves(
    epochs: Sequence[float],
    losses: Mapping[str, Sequence[float]],
    *,
    phases: Sequence[tuple[str, int]],
    alt: str,
    key: str,
) -> None:
    """Draw named losses over the epochs, the phases shaded and each switch marked.

    Args:
        epochs: (E,) position of each stored epoch.
        losses: (E,) mean of each loss, NaN where there is none; "total" is drawn gray and dashed.
        phases: name and number of epochs of each phase in order.
        alt: the drawing in one sentence, for those who cannot see it.
        key: of the component, the same on every run of the script.
    """
    show = st.components.v2.component(
        "dcviz_loss_curves", html='<div class="ls-root"></div>', css=_text("loss_curves.css"),
        js=_text("loss_curves.js"),
    )  # fmt: skip
    show(key=key, data={**told(epochs, losses, phases=phases), "alt": alt})


def told(
    epochs: Sequence[float], losses: Mapping[str, Sequence[float]], *, phases: Sequence[tuple[str, int]]
) -> dict[str, Any]:
    """What the component draws: lines with a value or null at each drawn epoch, and the shaded phases."""
    kept = thinned(len(epochs))
    # The total is the sum of the others: last, so that the parts keep their colors when it is missing.
    names = sorted(losses, key=lambda name: name == "total")
    values = [losses[name][index] for name in names for index in kept]
    start, areas = 0, []
    for number, (name, length) in enumerate(phases):
        tint = style.PHASES[number % len(style.PHASES)]
        areas.append({"name": name, "from": start, "to": start + length, "color": tint})
        start += length
    return {
        "x": [round(float(epochs[index]), 4) for index in kept],
        "lines": [_line(name, [losses[name][i] for i in kept], number) for number, name in enumerate(names)],
        "phases": areas,
        "to": max([*epochs, start], default=1),
        "log": any(value > 0 for value in values) and not any(value <= 0 for value in values),
    }


def thinned(count: int) -> list[int]:
    """Which of `count` epochs are drawn: evenly spaced ones, always with the first and the last."""
    step = -(-count // MOST_POINTS) if count else 1
    kept = list(range(0, count, step))
    return kept if not count or kept[-1] == count - 1 else [*kept, count - 1]


def _line(name: str, values: Sequence[float], number: int) -> dict[str, Any]:
    whole = name == "total"
    colors = style.LINES[:4]
    return {
        "name": name.replace("_", " "),
        "y": [float(f"{value:.5g}") if math.isfinite(value) else None for value in values],
        "color": style.GRAY if whole else colors[number % len(colors)],
        "dash": DASHES[1] if whole else DASHES[number // len(colors) % len(DASHES)],
    }


@lru_cache(maxsize=2)
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
