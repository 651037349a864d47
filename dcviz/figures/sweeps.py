"""A sweep as parallel coordinates: one line a training, one axis a setting or score."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dcviz.figures import style

SPREAD = 1e-9


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
    line = {"color": shade, "colorscale": style.SEQUENTIAL, "showscale": True, "colorbar": {"title": color}}
    return go.Figure(go.Parcoords(line=line, dimensions=axes, labelside="top"))


def _axis(title: str, values: list[Any]) -> dict[str, Any]:
    if any(isinstance(value, str) for value in values):
        names = sorted({str(value) for value in values})
        places = list(range(len(names)))
        found = [names.index(str(value)) for value in values]
        return {"label": title, "values": found, "tickvals": places, "ticktext": names}
    numbers = _numbers(values)
    distinct = np.unique(numbers)
    few = (
        {"tickvals": list(distinct), "ticktext": [f"{each:g}" for each in distinct]}
        if len(distinct) < 9
        else {}
    )
    low, high = float(numbers.min()), float(numbers.max())
    # One value alone would make an axis without length.
    room = [low - 0.5, high + 0.5] if high - low < SPREAD else [low, high]
    return {"label": title, "values": numbers, "range": room, **few}


def _numbers(values: list[Any]) -> np.ndarray:
    """Values as numbers; what is missing lies at the low end."""
    numbers = np.array([np.nan if value is None else float(value) for value in values])
    known = numbers[np.isfinite(numbers)]
    return np.where(np.isfinite(numbers), numbers, known.min() if known.size else 0.0)
