"""A sweep as parallel coordinates: one line a training, one axis a setting or score."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dcviz.figures import style

SPREAD = 1e-9
MOST_TICKS = 8
HEIGHT = 400
MARGIN = {"l": 50, "r": 40, "t": 90, "b": 30}
AXIS_WIDTH = 80
"""Pixels an axis needs so that its numbers do not run into the next one's."""
TURN = -30  # of the titles, which else run into each other
SHADES = [
    [0, style.BLUE],
    [1, style.VERMILLION],
]  # thin lines: both ends stand out on white and on dark pages


def parallel_coordinates(columns: Mapping[str, Sequence[Any]], *, color: str) -> go.Figure:
    """Draw every training as a line through its settings and scores.

    Args:
        columns: axis title -> one value a training; text is set out as named ticks, None as a gap below.
        color: the axis whose value colors the lines.

    Returns:
        The figure; its axes can be brushed and moved.
    """
    axes = [_axis(title, list(values)) for title, values in columns.items()]
    shade = _numbers(list(columns[color]))
    line = {
        "color": shade,
        "colorscale": SHADES,
        "showscale": True,
        "colorbar": {"title": {"text": color, "side": "right"}, "thickness": 12},
    }
    figure = go.Figure(go.Parcoords(line=line, dimensions=axes, labelside="top", labelangle=TURN))
    return figure.update_layout(height=HEIGHT, margin=MARGIN)


def _axis(title: str, values: list[Any]) -> dict[str, Any]:
    if any(isinstance(value, str) for value in values):
        names = sorted({str(value) for value in values})
        places = list(range(len(names)))
        found = [names.index(str(value)) for value in values]
        return {"label": title, "values": found, "tickvals": places, "ticktext": names}
    numbers = _numbers(values)
    distinct = np.unique(numbers)
    # Values that were set come again and again and are named; scores are all different.
    named = len(distinct) <= MOST_TICKS and 2 * len(distinct) <= len(values)
    ticks = _apart(distinct)
    few = {"tickvals": ticks, "ticktext": [f"{each:.4g}" for each in ticks]} if named else {}
    low, high = float(numbers.min()), float(numbers.max())
    # One value alone would make an axis without length.
    room = [low - 0.5, high + 0.5] if high - low < SPREAD else [low, high]
    return {"label": title, "values": numbers, "range": room, **few}


def _apart(values: np.ndarray) -> list[float]:
    """Of ascending values those whose names do not run into each other; the least and the largest stay."""
    room = 0.06 * (values[-1] - values[0])
    kept = [float(values[0])]
    for value in map(float, values[1:-1]):
        if value - kept[-1] >= room and values[-1] - value >= room:
            kept.append(value)
    return kept if len(values) == 1 else [*kept, float(values[-1])]


def _numbers(values: list[Any]) -> np.ndarray:
    """Values as numbers; what is missing lies at the low end."""
    numbers = np.array([np.nan if value is None else float(value) for value in values])
    known = numbers[np.isfinite(numbers)]
    return np.where(np.isfinite(numbers), numbers, known.min() if known.size else 0.0)
