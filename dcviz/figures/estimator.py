"""What an estimator sees around one point: its neighborhood, its spectrum, its dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from . import style

_POINT = {"color": style.VERMILLION, "size": 11, "line": {"color": "white", "width": 1.5}}
_EQUAL = {"scaleanchor": "x", "scaleratio": 1}


def close_up(
    around: np.ndarray,
    *,
    point: np.ndarray,
    spread: tuple[float, float],
    radii: Sequence[float],
    shown: float,
) -> go.Figure:
    """Draw a neighborhood along its own first two principal axes.

    Args:
        around: (k, 2) neighbors, unit of the latents.
        point: (2,) the point.
        spread: standard deviations along both axes.
        radii: distances to the first, second and last neighbor; circles around the point.
        shown: share of the neighborhood's variance that the two axes hold.

    Returns:
        The figure.
    """
    figure = go.Figure()
    figure.add_trace(_dots(around, "its neighbors", style.BLUE, 7))
    figure.add_trace(_dots(np.asarray(point)[None], "the point", style.VERMILLION, 11, marker=_POINT))
    for along, (length, name) in enumerate(zip(spread, ("first axis", "second axis"), strict=True)):
        ends = np.zeros((2, 2))
        ends[:, along] = -2 * length, 2 * length
        figure.add_trace(
            go.Scatter(
                x=ends[:, 0], y=ends[:, 1], mode="lines", name=f"{name}, ±2 sd", hoverinfo="skip",
                line={"color": (style.GREEN, style.PURPLE)[along], "width": 4},
            )
        )  # fmt: skip
    for radius, dash in zip(radii, ("dot", "dot", "solid"), strict=True):
        x, y = point
        figure.add_shape(
            type="circle", x0=x - radius, x1=x + radius, y0=y - radius, y1=y + radius,
            line={"color": style.GRAY, "width": 1, "dash": dash},
        )  # fmt: skip
    figure.update_xaxes(title_text="along the first axis (unit of the latents)")
    figure.update_yaxes(title_text=f"second axis; both hold {shown:.0%}", **_EQUAL)
    style.lay_out(figure, height=380)
    return figure.update_layout(hovermode="closest", dragmode="pan")


def spectrum(variances: Sequence[float], *, components: int) -> go.Figure:
    """Draw the share of the variance along each local axis; those that are counted are filled.

    Args:
        variances: (d,) descending, any unit.
        components: how many hold the wanted share.

    Returns:
        The figure.
    """
    total = float(np.sum(variances)) or 1.0
    colors = [
        style.BLUE if i < components else style.translucent(style.GRAY, 0.5) for i in range(len(variances))
    ]
    figure = go.Figure(
        go.Bar(
            x=list(range(1, len(variances) + 1)),
            y=[float(v) / total for v in variances],
            marker={"color": colors},
            hovertemplate="axis %{x}: %{y:.1%}<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="local principal axis", dtick=1 if len(variances) <= 20 else None)
    figure.update_yaxes(title_text="share of the variance", tickformat=".0%", range=[0, 1.02])
    return style.lay_out(figure, legend=False)


def dimension_by_size(
    sizes: Sequence[int],
    dimension: Sequence[float],
    *,
    low: Sequence[float],
    high: Sequence[float],
    components: Sequence[int],
    now: int,
) -> go.Figure:
    """Draw both dimensions as the neighborhood grows, with the present size marked.

    Args:
        sizes: (S,) number of neighbors k.
        dimension: (S,) local ID, NaN where there is none.
        low: (S,) lower ends of its 95 % intervals.
        high: (S,) upper ends.
        components: (S,) local LID.
        now: the present k.

    Returns:
        The figure.
    """
    x, bottom, top = (np.asarray(values, dtype=float) for values in (sizes, low, high))
    known = np.isfinite(bottom) & np.isfinite(top)
    figure = go.Figure(
        go.Scatter(
            x=np.concatenate([x[known], x[known][::-1]]),
            y=np.concatenate([top[known], bottom[known][::-1]]),
            fill="toself",
            fillcolor=style.translucent(style.BLUE, style.BAND_OPACITY),
            line={"width": 0},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.add_trace(_line(sizes, dimension, "ID of the k nearest", style.BLUE))
    figure.add_trace(_line(sizes, components, "LID of the k nearest", style.VERMILLION, shape="hv"))
    figure.add_vline(x=now, line={"color": style.NOW, "width": 1.5})
    figure.update_xaxes(title_text="neighbors k", **style.LOG)
    # The first few intervals reach far up and would press the rest flat.
    ceiling = np.nanmax([*np.asarray(dimension, float), *np.asarray(components, float), 1]) * 1.3
    figure.update_yaxes(title_text="dimension (no unit)", range=[0, ceiling])
    return style.lay_out(figure)


def _dots(xy: np.ndarray, name: str, color: str, size: int, **more: object) -> go.Scatter:
    xy = np.asarray(xy, dtype=float)
    look = {"marker": {"color": color, "size": size}, "hoverinfo": "skip", **more}
    return go.Scatter(x=xy[:, 0], y=xy[:, 1], mode="markers", name=name, **look)


def _line(
    x: Sequence[int], y: Sequence[float], name: str, color: str, *, shape: str = "linear"
) -> go.Scatter:
    return go.Scatter(
        x=list(x),
        y=np.asarray(y, dtype=float),
        mode="lines",
        name=name,
        line={"color": color, "width": 2, "shape": shape},
        hovertemplate="%{y:.3~g}",
    )
