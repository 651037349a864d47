"""Curves over the epochs: panels one above the other with one epoch axis, the phases shaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

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
_LETTER = 1 / 42  # width of a letter as a share of the narrowest plot, about 200 pixels wide
_SWITCH = {"color": style.SWITCH, "width": 1.5, "dash": "dash"}


@dataclass(frozen=True)
class Curve:
    """One named line: a value at each stored epoch, NaN where there is none (drawn as a gap).

    `low` and `high` draw a band around it, or with `bars` a bar alone at each epoch that has both; `dash` is
    "solid", "dash", "dot" or "dashdot"; `x` gives the epochs of this curve alone where they differ from those
    of the figure.
    """

    name: str
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    dash: str = "solid"
    color: str | None = None
    x: Sequence[float] | None = None
    bars: bool = False


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
    end = max([*epochs, sum(length for _, length in phases)], default=1)
    notes, name_rows = _names(phases, end=end)
    own = {
        **_axes(panels, end=end),
        "shapes": [{**mark, **frame} for mark in _marks(phases, now=now) for frame in _frames(len(panels))],
        "annotations": notes,
        "hoversubplots": "axis",
    }
    return style.framed(
        _traces(epochs, panels),
        own,
        height=height or 80 + _PANEL_HEIGHT * len(panels),
        above=_NAME_ROW * name_rows + 5 * bool(name_rows),
    )


def _traces(epochs: Sequence[float], panels: Sequence[Panel]) -> list[go.Scatter]:
    """Each curve, after its band; a run that appears in several panels has one entry in the legend."""
    used, named, traces = 0, set[str](), list[go.Scatter]()
    for row, panel in enumerate(panels):
        place = {"xaxis": f"x{_number(row)}", "yaxis": f"y{_number(row)}"}
        for curve in panel.curves:
            color = curve.color or style.LINES[used % len(style.LINES)]
            used += curve.color is None
            x = epochs if curve.x is None else curve.x
            new = curve.name not in named
            if curve.bars:
                traces.append(_bars(x, curve, color=color, new=new, **place))
            else:
                traces += _band(x, curve, color=color, **place)
                traces.append(_line(x, curve, color=color, new=new, **place))
            named.add(curve.name)
    return traces


def _bars(epochs: Sequence[float], curve: Curve, *, color: str, new: bool, **place: str) -> go.Scatter:
    """A bar from `low` to `high` wherever both are known, and nothing between."""
    low, high = (np.asarray(end, dtype=float) for end in (curve.low or (), curve.high or ()))
    known = np.isfinite(low) & np.isfinite(high)
    half = (high[known] - low[known]) / 2
    return go.Scatter(
        x=np.asarray(epochs, dtype=float)[known],
        y=low[known] + half,
        name=curve.name,
        mode="markers",
        marker={"symbol": "line-ew", "size": 9, "line": {"color": color, "width": 1}},
        error_y={"type": "data", "array": half, "color": color, "thickness": 3},
        customdata=np.stack([low[known], high[known]], 1),
        hovertemplate="%{customdata[0]:.4~g} to %{customdata[1]:.4~g}",
        legendgroup=curve.name,
        showlegend=new,
        **place,
    )


def _line(epochs: Sequence[float], curve: Curve, *, color: str, new: bool, **place: str) -> go.Scatter:
    """The line of a curve; `new` gives it an entry in the legend."""
    few = len(epochs) < 40
    return go.Scatter(
        x=np.asarray(epochs, dtype=float),
        y=np.asarray(curve.y, dtype=float),
        name=curve.name,
        mode="lines+markers" if few else "lines",
        line={"color": color, "width": 2, "dash": curve.dash},
        marker={"size": 5},
        hovertemplate=_PLAIN,
        connectgaps=False,
        legendgroup=curve.name,
        showlegend=new,
        **place,
    )


def _band(epochs: Sequence[float], curve: Curve, *, color: str, **place: str) -> list[go.Scatter]:
    """Fill between `low` and `high`; epochs without an interval are left out of the outline."""
    if curve.low is None or curve.high is None:
        return []
    low, high = np.asarray(curve.low, dtype=float), np.asarray(curve.high, dtype=float)
    known = np.isfinite(low) & np.isfinite(high)
    x = np.asarray(epochs, dtype=float)[known]
    if x.size < 2:
        return []
    return [
        go.Scatter(
            x=np.concatenate([x, x[::-1]]),
            y=np.concatenate([high[known], low[known][::-1]]),
            mode="lines",
            fill="toself",
            fillcolor=style.translucent(color, style.BAND_OPACITY),
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
            name=f"{curve.name} 95 %",
            **place,
        )
    ]


def _axes(panels: Sequence[Panel], *, end: float) -> dict[str, dict]:
    """The axes of all panels; the epochs stand below the last one alone."""
    axes = {name: dict(axis) for name, axis in _grid(len(panels)).items()}
    for row, panel in enumerate(panels):
        axes[f"yaxis{_number(row)}"] |= _axis(panel)
        axes[f"xaxis{_number(row)}"]["range"] = [-0.01 * end, 1.01 * end]
    axes[f"xaxis{_number(len(panels) - 1)}"]["title"] = {"text": "epoch"}
    return axes


@lru_cache(maxsize=32)
def _grid(rows: int) -> dict[str, dict]:
    """Where the axes of so many panels lie."""
    layout = make_subplots(rows=rows, cols=1, shared_xaxes=True, vertical_spacing=0.07).layout
    return {name: axis for name, axis in layout.to_plotly_json().items() if name != "template"}


def _axis(panel: Panel) -> dict:
    axis: dict = {"title": {"text": panel.title}}
    if panel.low is not None or panel.high is not None:
        axis["range"] = [panel.low, panel.high]
    if panel.log:
        axis |= style.LOG
    return axis


def _number(row: int) -> str:
    """What Plotly writes behind the names of the axes of a row, counted from 0."""
    return str(row + 1) if row else ""


def _frames(rows: int) -> list[dict]:
    """The whole height of each panel."""
    numbers = [_number(row) for row in range(rows)]
    return [{"xref": f"x{n}", "yref": f"y{n} domain", "y0": 0, "y1": 1} for n in numbers]


def _marks(phases: Sequence[tuple[str, int]], *, now: float | None) -> list[dict]:
    """Shade each phase, mark each switch and the cursor."""
    marks, start = list[dict](), 0
    for index, (_, epochs) in enumerate(phases):
        tint = style.translucent(style.PHASES[index % len(style.PHASES)], style.PHASE_OPACITY)
        area = {"type": "rect", "fillcolor": tint, "line": {"width": 0}, "layer": "below"}
        marks.append({**area, "x0": start, "x1": start + epochs})
        if index:
            marks.append({"type": "line", "line": _SWITCH, "x0": start, "x1": start})
        start += epochs
    if now is not None:
        cursor = {"color": style.NOW, "width": 1.5}
        marks.append({"type": "line", "line": cursor, "x0": now, "x1": now})
    return marks


def _names(phases: Sequence[tuple[str, int]], *, end: float) -> tuple[list[dict], int]:
    """The name of each phase above the first panel; beside it the rows that the names take."""
    start, tails, notes = 0, list[float](), list[dict]()
    for index, (name, epochs) in enumerate(phases):
        text = f"⚑ switch to {name}" if index else name
        turned = index > 0 and start / end + len(text) * _LETTER > 1  # would run out at the right
        left = start / end - len(text) * _LETTER * turned
        level = _free_row(tails, left, left + len(text) * _LETTER)
        place = {"xanchor": "right" if turned else "left", "yshift": _NAME_ROW * level}
        notes.append({**_ABOVE, **place, "x": start, "xref": "x", "text": text})
        start += epochs
    return notes, len(tails)


def _free_row(tails: list[float], left: float, right: float) -> int:
    """The lowest row in which nothing reaches beyond `left`; it is taken up to `right` from now on."""
    row = next((number for number, tail in enumerate(tails) if tail <= left), len(tails))
    tails[row : row + 1] = [right]
    return row
