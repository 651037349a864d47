"""Curves over the epochs: panels one above the other with one epoch axis, the phases shaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from . import style

_PANEL_HEIGHT = 190
_PLAIN = "%{y:.4~g}"
_ABOVE = {
    "y": 1,
    "yref": "y domain",
    "xanchor": "left",
    "yanchor": "bottom",
    "showarrow": False,
    "font": {"size": 11},
}
_NAME_ROW = 15  # pixels a row of phase names takes
_LETTER = 1 / 60  # width of a letter as a share of the narrowest plot, about 360 pixels wide
_SWITCH = {"color": style.SWITCH, "width": 1.5, "dash": "dash"}


@dataclass(frozen=True)
class Curve:
    """One named line: a value at each stored epoch, NaN where there is none (drawn as a gap).

    `low` and `high` draw a band around it; `dash` is "solid", "dash" or "dot"; `x` gives the epochs of
    this curve alone where they differ from those of the figure.
    """

    name: str
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    dash: str = "solid"
    color: str | None = None
    x: Sequence[float] | None = None


@dataclass(frozen=True)
class Panel:
    """One pair of axes: what its y axis says (with the unit) and its curves."""

    title: str
    curves: tuple[Curve, ...]
    low: float | None = None
    high: float | None = None
    log: bool = False


def over_epochs(
    epochs: Sequence[float],
    panels: Sequence[Panel],
    *,
    phases: Sequence[tuple[str, int]] = (),
    now: float | None = None,
    height: int | None = None,
) -> go.Figure:
    """Draw what happened to some numbers during training.

    Args:
        epochs: (E,) position of each stored epoch; epoch 0 is the network before training.
        panels: one pair of axes each, top to bottom.
        phases: name and number of epochs of each phase in order; shaded, the switches marked.
        now: epoch of the cursor; none is drawn if None.
        height: in pixels; 190 a panel if None.

    Returns:
        The figure.
    """
    figure = make_subplots(rows=len(panels), cols=1, shared_xaxes=True, vertical_spacing=0.07)
    used, named = 0, set[str]()
    for row, panel in enumerate(panels, start=1):
        for curve in panel.curves:
            color = curve.color or style.LINES[used % len(style.LINES)]
            used += curve.color is None
            _add_curve(figure, epochs if curve.x is None else curve.x, curve, color=color, row=row)
            # A run that appears in several panels has one entry in the legend.
            figure.data[-1].update(legendgroup=curve.name, showlegend=curve.name not in named)
            named.add(curve.name)
        _name_axis(figure, panel, row=row)
    end = max([*epochs, sum(length for _, length in phases)], default=1)
    rows = _shade(figure, phases, end=end)
    if now is not None:
        figure.add_vline(x=now, line={"color": style.NOW, "width": 1.5}, row="all", col=1)
    style.lay_out(
        figure, height=height or 80 + _PANEL_HEIGHT * len(panels), above=_NAME_ROW * rows + 5 * bool(rows)
    )
    figure.update_layout(hoversubplots="axis")
    figure.update_xaxes(title_text="epoch", row=len(panels), col=1)
    figure.update_xaxes(range=[-0.01 * end, 1.01 * end])
    return figure


def _add_curve(figure: go.Figure, epochs: Sequence[float], curve: Curve, *, color: str, row: int) -> None:
    """Add the band, then the line on top of it."""
    if curve.low is not None and curve.high is not None:
        _add_band(figure, epochs, curve, color=color, row=row)
    few = len(epochs) < 40
    trace = go.Scatter(
        x=np.asarray(epochs, dtype=float),
        y=np.asarray(curve.y, dtype=float),
        name=curve.name,
        mode="lines+markers" if few else "lines",
        line={"color": color, "width": 2, "dash": curve.dash},
        marker={"size": 5},
        hovertemplate=_PLAIN,
        connectgaps=False,
    )
    figure.add_trace(trace, row=row, col=1)


def _add_band(figure: go.Figure, epochs: Sequence[float], curve: Curve, *, color: str, row: int) -> None:
    """Fill between `low` and `high`; epochs without an interval are left out of the outline."""
    low, high = np.asarray(curve.low, dtype=float), np.asarray(curve.high, dtype=float)
    known = np.isfinite(low) & np.isfinite(high)
    x = np.asarray(epochs, dtype=float)[known]
    if x.size < 2:
        return
    trace = go.Scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high[known], low[known][::-1]]),
        fill="toself",
        fillcolor=style.translucent(color, style.BAND_OPACITY),
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        name=f"{curve.name} 95 %",
    )
    figure.add_trace(trace, row=row, col=1)


def _name_axis(figure: go.Figure, panel: Panel, *, row: int) -> None:
    axis: dict = {"title_text": panel.title}
    if panel.low is not None or panel.high is not None:
        axis["range"] = [panel.low, panel.high]
    if panel.log:
        axis["type"] = "log"
    figure.update_yaxes(row=row, col=1, **axis)


def _shade(figure: go.Figure, phases: Sequence[tuple[str, int]], *, end: float) -> int:
    """Shade each phase, name it at the top, mark each switch; returns the rows that the names take."""
    start, tails = 0, list[float]()
    for index, (name, epochs) in enumerate(phases):
        tint = style.translucent(style.PHASES[index % len(style.PHASES)], style.PHASE_OPACITY)
        area = {"fillcolor": tint, "line_width": 0, "layer": "below", "row": "all", "col": 1}
        figure.add_vrect(x0=start, x1=start + epochs, **area)
        text = f"⚑ switch to {name}" if index else name
        turned = index > 0 and start / end + len(text) * _LETTER > 1  # would run out at the right
        left = start / end - len(text) * _LETTER * turned
        level = _free_row(tails, left, left + len(text) * _LETTER)
        place = {**_ABOVE, "xanchor": "right" if turned else "left", "yshift": _NAME_ROW * level}
        figure.add_annotation(x=start, text=text, row=1, col=1, **place)
        if index:
            figure.add_vline(x=start, line=_SWITCH, row="all", col=1)
        start += epochs
    return len(tails)


def _free_row(tails: list[float], left: float, right: float) -> int:
    """The lowest row in which nothing reaches beyond `left`; it is taken up to `right` from now on."""
    row = next((number for number, tail in enumerate(tails) if tail <= left), len(tails))
    tails[row : row + 1] = [right]
    return row
