"""Scores beside published ones, ranks with their critical difference, surfaces over settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from . import style

MARKERS = ("circle", "square", "diamond", "triangle-up", "x")
SYMBOLS = ("diamond-open", "square-open", "triangle-up-open", "x-thin-open", "star-open")


@dataclass(frozen=True)
class Standing:
    """One method on one data set: our mean with its span over seeds, and what papers print.

    `not_run` marks a cell that could be measured here and was not.
    """

    name: str
    mean: float | None
    low: float | None
    high: float | None
    seeds: int
    printed: Mapping[str, float]
    not_run: bool = False


def standings(rows: Sequence[Standing], *, title: str, majority: float | None = None) -> go.Figure:
    """Draw our scores as filled dots with their span over seeds, published ones as open marks.

    Args:
        rows: methods, best first.
        title: of the axis, with the unit.
        majority: score of the largest class alone, drawn as a line.

    Returns:
        The figure.
    """
    figure = go.Figure()
    names = [row.name for row in rows]
    papers = list(dict.fromkeys(paper for row in rows for paper in row.printed))
    ours = [row for row in rows if row.mean is not None]
    figure.add_trace(
        go.Scatter(
            x=[row.mean for row in ours], y=[row.name for row in ours], mode="markers", name="measured here",
            error_x={"type": "data", "symmetric": False, "thickness": 2, "width": 5,
                     "array": [(row.high or 0) - (row.mean or 0) for row in ours],
                     "arrayminus": [(row.mean or 0) - (row.low or 0) for row in ours]},
            marker={"size": 11, "color": style.BLUE}, customdata=[row.seeds for row in ours],
            hovertemplate="%{x:.3f} (%{customdata} seeds)",
        )
    )  # fmt: skip
    for number, paper in enumerate(papers):
        shown = [row for row in rows if paper in row.printed]
        figure.add_trace(
            go.Scatter(
                x=[row.printed[paper] for row in shown], y=[row.name for row in shown], mode="markers",
                name=f"published: {paper}",
                marker={"size": 11, "symbol": SYMBOLS[number % len(SYMBOLS)], "color": style.VERMILLION,
                        "line": {"width": 2}},
                hovertemplate="%{x:.3f}",
            )
        )  # fmt: skip
    if missing := [row.name for row in rows if row.not_run]:
        figure.add_trace(_not_run(missing))
    if majority is not None:
        figure.add_vline(x=majority, line={"color": style.GRAY, "dash": "dot", "width": 2})
        figure.add_annotation(
            x=majority, y=1, yref="paper", text="largest class", showarrow=False, yanchor="bottom"
        )
    figure.update_xaxes(title_text=title, range=[0, 1.02])
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1])
    style.lay_out(figure, height=150 + 30 * len(rows), above=20)
    return figure.update_layout(hovermode="closest")


def rank_diagram(
    names: Sequence[str], ranks: Sequence[float], *, difference: float, bars: Sequence[tuple[int, int]]
) -> go.Figure:
    """Draw mean ranks on a line, best at the left; bars join methods that do not differ.

    Args:
        names: (k,) methods.
        ranks: (k,) mean ranks, 1 is best.
        difference: the critical difference, drawn as a ruler.
        bars: (first, last) places in the order of rank, from `alike`.

    Returns:
        The figure.

    Source: [Demsar 2006, Fig. 1].
    """
    order = np.argsort(ranks, kind="stable")
    sorted_ranks = np.asarray(ranks, float)[order]
    k, low = len(order), len(bars)
    figure = go.Figure()
    for number, (first, last) in enumerate(bars):
        figure.add_trace(
            _segment(sorted_ranks[first] - 0.04, sorted_ranks[last] + 0.04, -0.5 - 0.45 * number, 5)
        )
    half = (k + 1) // 2
    for place, method in enumerate(order):
        left = place < half
        y, edge = -1.2 - 0.45 * low - 0.8 * (place if left else k - 1 - place), 0.6 if left else k + 0.4
        figure.add_trace(
            go.Scatter(
                x=[sorted_ranks[place], sorted_ranks[place], edge], y=[0, y, y], mode="lines",
                line={"color": style.GRAY, "width": 1}, hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
        figure.add_annotation(
            x=edge, y=y, text=f"{names[method]} {sorted_ranks[place]:.2f}", showarrow=False,
            xanchor="right" if left else "left", xshift=-4 if left else 4,
        )  # fmt: skip
    figure.add_trace(_segment(1, 1 + difference, 1.1, 3, color=style.VERMILLION))
    figure.add_annotation(
        x=1 + difference / 2, y=1.1, text=f"CD = {difference:.2f}", showarrow=False, yanchor="bottom"
    )
    figure.update_xaxes(
        title_text="mean rank (1: best on every data set)",
        range=[0.6, k + 0.4],
        tickvals=list(range(1, k + 1)),
    )
    figure.update_yaxes(visible=False, range=[-1.6 - 0.45 * low - 0.8 * half, 2.2])
    style.lay_out(figure, height=170 + 30 * half + 14 * low, legend=False)
    # Names stand in the margins, which are as wide as they are: beside the axis a narrow page would cut them.
    room = {side: 16 + 7 * max((len(names[m]) + 5 for m in part), default=0)
            for side, part in (("l", order[:half]), ("r", order[half:]))}  # fmt: skip
    return figure.update_layout(hovermode="closest", margin=room)


def spans_over(
    curves: Mapping[str, Sequence[tuple[float, float, float, float]]],
    *,
    titles: tuple[str, str],
    mark: tuple[float, str] | None = None,
) -> go.Figure:
    """Draw scores over a number that was varied, one curve a method, whiskers from least to largest seed.

    Args:
        curves: name -> (x, mean, least, largest), ascending in x.
        titles: of the axes, with units.
        mark: a place on the x axis worth a line, and what it is.

    Returns:
        The figure.
    """
    figure = go.Figure()
    for number, (name, points) in enumerate(curves.items()):
        x, mean, low, high = (np.array(column, float) for column in zip(*points, strict=True))
        color = style.CATEGORICAL[number % len(style.CATEGORICAL)]
        figure.add_trace(
            go.Scatter(
                x=x, y=mean, name=name, mode="lines+markers", line={"color": color},
                marker={"size": 8, "symbol": MARKERS[number % len(MARKERS)]},
                error_y={"type": "data", "symmetric": False, "array": high - mean, "arrayminus": mean - low,
                         "thickness": 1.5},
                hovertemplate="%{y:.3f}",
            )
        )  # fmt: skip
    if mark is not None:
        figure.add_vline(x=mark[0], line={"color": style.GRAY, "dash": "dot", "width": 2})
        figure.add_annotation(
            x=mark[0],
            y=1,
            yref="paper",
            text=mark[1],
            showarrow=False,
            xanchor="left",
            yanchor="top",
            xshift=4,
        )
    figure.update_xaxes(title_text=titles[0])
    figure.update_yaxes(title_text=titles[1])
    return style.lay_out(figure, height=340)


def surface(
    x: Sequence[float], y: Sequence[float], z: np.ndarray, *, names: tuple[str, str, str], solid: bool
) -> go.Figure:
    """Draw a score over two settings, as a heat map or as a surface in space.

    Args:
        x: (X,) values of the first setting, ascending.
        y: (Y,) values of the second.
        z: (Y, X) scores; NaN where nothing was measured stays empty.
        names: of x, y and z.
        solid: a surface in space instead of a heat map.

    Returns:
        The figure.
    """
    labels = [f"{value:g}" for value in x], [f"{value:g}" for value in y]
    if solid:
        figure = go.Figure(
            go.Surface(x=list(x), y=list(y), z=z, colorscale=style.SEQUENTIAL, colorbar={"thickness": 12})
        )
        axes = {f"{axis}axis": {"title": {"text": name}} for axis, name in zip("xyz", names, strict=True)}
        style.lay_out(figure, height=460, legend=False)
        return figure.update_layout(scene=axes, hovermode="closest")
    figure = go.Figure(
        go.Heatmap(
            x=labels[0], y=labels[1], z=z, colorscale=style.SEQUENTIAL, texttemplate="%{z:.3f}",
            colorbar={"title": {"text": names[2], "side": "right"}, "thickness": 12},
            hovertemplate=f"{names[0]} %{{x}}, {names[1]} %{{y}}: %{{z:.3f}}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title_text=names[0], type="category")
    figure.update_yaxes(title_text=names[1], type="category")
    style.lay_out(figure, height=400, legend=False)
    return figure.update_layout(hovermode="closest")


def _segment(x0: float, x1: float, y: float, width: int, *, color: str = style.BLUE) -> go.Scatter:
    return go.Scatter(
        x=[x0, x1], y=[y, y], mode="lines", line={"color": color, "width": width}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def _not_run(names: list[str]) -> go.Scatter:
    """Words where a dot would be, at the foot of the axis."""
    return go.Scatter(
        x=[0.004] * len(names), y=names, text=["not run"] * len(names), mode="text", name="not run",
        textposition="middle right", textfont={"size": 10, "color": style.GRAY}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip
