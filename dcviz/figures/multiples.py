"""Small multiples: the same plane at several epochs, side by side on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from . import style

COLUMNS = 4
_ROW_HEIGHT = 230
# Yellow needs an edge on white.
_OUTLINE = {"width": 0.5, "color": style.translucent(style.GRAY, 0.7)}


@dataclass(frozen=True)
class Moment:
    """One small picture: its title, points (B, 2) in the unit of the latents, and their groups (B,)."""

    title: str
    plane: np.ndarray
    groups: np.ndarray


def small_multiples(moments: Sequence[Moment], *, axes: tuple[str, str], dark: bool = False) -> go.Figure:
    """Draw the same points at several epochs.

    All pictures have one scale and one origin, so what looks larger is larger.

    Args:
        moments: 1 or more, in order; row i of each is the same point.
        axes: titles of the horizontal and vertical axis, with the unit.
        dark: the page's background is dark.

    Returns:
        The figure, at most COLUMNS pictures a row.
    """
    columns = min(COLUMNS, len(moments))
    rows = -(-len(moments) // columns)
    figure = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[moment.title for moment in moments],
        horizontal_spacing=0.02,
        vertical_spacing=0.14 / rows,
    )
    places = [(index // columns + 1, index % columns + 1) for index in range(len(moments))]
    figure.add_traces(
        [_points(moment, dark=dark) for moment in moments],
        rows=[row for row, _ in places],
        cols=[column for _, column in places],
    )
    # All axes at once: Plotly checks the whole figure at every change of one.
    figure.update_layout(_axes([moment.plane for moment in moments], rows=rows, columns=columns, titles=axes))
    style.lay_out(figure, height=60 + _ROW_HEIGHT * rows, legend=False)
    figure.update_annotations(font_size=12)
    return figure.update_layout(hovermode=False, dragmode="pan")


def _points(moment: Moment, *, dark: bool) -> go.Scatter:
    return go.Scatter(
        x=moment.plane[:, 0],
        y=moment.plane[:, 1],
        mode="markers",
        marker={"size": 4, "color": _colors(moment.groups, dark=dark), "line": _OUTLINE},
        hoverinfo="skip",
        showlegend=False,
        name=moment.title,
    )


def _axes(planes: Sequence[np.ndarray], *, rows: int, columns: int, titles: tuple[str, str]) -> dict:
    """One scale for all pictures; only the lowest left one shows it and names it."""
    low, high = _frame(planes)
    found: dict = {}
    for index in range(rows * columns):
        number = str(index + 1) if index else ""
        named = index == (rows - 1) * columns
        for letter, side in (("x", 0), ("y", 1)):
            axis = {"range": [low[side], high[side]], "showticklabels": named, "showgrid": False}
            found[f"{letter}axis{number}"] = {**axis, "title_text": titles[side]} if named else axis
        if index < len(planes):
            found[f"yaxis{number}"]["scaleanchor"] = f"x{number}"
    return found


def _frame(planes: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The rectangle that holds all points, with a margin; never empty."""
    points = np.concatenate(planes).astype(float)
    low, high = points.min(0), points.max(0)
    margin = np.maximum(0.04 * (high - low), 1e-9)
    return low - margin, high + margin


def _colors(groups: np.ndarray, *, dark: bool) -> np.ndarray:
    """One color a point; noise and points nobody clustered are gray."""
    names, codes = np.unique(groups, return_inverse=True)
    palette = [style.GRAY if name < 0 else style.cluster_color(int(name), dark=dark) for name in names]
    return np.array(palette)[codes]
