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
    for index, moment in enumerate(moments):
        trace = go.Scatter(
            x=moment.plane[:, 0],
            y=moment.plane[:, 1],
            mode="markers",
            marker={"size": 4, "color": _colors(moment.groups, dark=dark), "line": _OUTLINE},
            hoverinfo="skip",
            showlegend=False,
            name=moment.title,
        )
        row, column = index // columns + 1, index % columns + 1
        figure.add_trace(trace, row=row, col=column)
        figure.update_yaxes(scaleanchor=figure.data[-1].xaxis or "x", row=row, col=column)
    low, high = _frame([moment.plane for moment in moments])
    figure.update_xaxes(range=[low[0], high[0]], showticklabels=False, showgrid=False)
    figure.update_yaxes(range=[low[1], high[1]], showticklabels=False, showgrid=False)
    figure.update_xaxes(title_text=axes[0], showticklabels=True, row=rows, col=1)
    figure.update_yaxes(title_text=axes[1], showticklabels=True, row=rows, col=1)
    style.lay_out(figure, height=60 + _ROW_HEIGHT * rows, legend=False)
    figure.update_annotations(font_size=12)
    return figure.update_layout(hovermode=False, dragmode="pan")


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
