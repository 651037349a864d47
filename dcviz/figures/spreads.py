"""How numbers are spread: at one epoch, over the epochs, and between clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from . import style

Array = np.ndarray
_BINS = 60
_MOST_NUMBERS = 12
_DASHES = ("solid", "dash", "dot")


def spread(values: Array, *, title: str) -> go.Figure:
    """Draw a histogram without a threshold.

    Args:
        values: any shape; values that are not finite are left out.
        title: name of the quantity with its unit.

    Returns:
        The figure.
    """
    flat = np.asarray(values, dtype=float).ravel()
    counts, edges = np.histogram(flat[np.isfinite(flat)], bins=_BINS)
    bars = go.Bar(
        x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges), marker={"color": style.BLUE},
        hovertemplate="%{y:,} at %{x:.3g}<extra></extra>",
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_xaxes(title_text=title)
    figure.update_yaxes(title_text="count")
    return style.lay_out(figure, legend=False)


def outlines(edges: Array, counts: Sequence[tuple[str, Array]], *, title: str, unit: str) -> go.Figure:
    """Draw several ready histograms over each other as steps, which differ in their dashes too.

    Args:
        edges: (bins + 1,) shared by all.
        counts: name and (bins,) counts of each.
        title: of the axis of the values, with the unit.
        unit: what is counted.

    Returns:
        The figure.
    """
    figure = go.Figure()
    for index, (name, heights) in enumerate(counts):
        figure.add_trace(
            go.Scatter(
                x=np.asarray(edges, float), y=np.append(heights, heights[-1]), name=name, mode="lines",
                line={"shape": "hv", "color": style.LINES[index % len(style.LINES)], "width": 2,
                      "dash": _DASHES[index % len(_DASHES)]},
                hovertemplate="%{y:,.0f}",
            )
        )  # fmt: skip
    used = np.flatnonzero(np.sum([heights for _, heights in counts], axis=0)) if counts else np.arange(1)
    reach = [float(edges[used[0]]), float(edges[used[-1] + 1])] if used.size else None
    figure.update_xaxes(title_text=title, range=reach)
    figure.update_yaxes(title_text=unit)
    return style.lay_out(figure)


def functions(
    x: Array,
    y: Sequence[tuple[str, Array]],
    *,
    titles: tuple[str, str],
    cuts: Sequence[float] = (),
) -> go.Figure:
    """Draw one function, or how it changed: from dark to bright in the order given.

    Args:
        x: (P,) places.
        y: name and (P,) values of each curve.
        titles: of both axes, with units.
        cuts: places marked by a dashed line, one a curve.

    Returns:
        The figure.
    """
    figure = go.Figure()
    for index, (name, values) in enumerate(y):
        share = index / max(len(y) - 1, 1)
        color = style.BLUE if len(y) == 1 else style.between(style.BLUE, style.PHASES[1], share)
        figure.add_trace(
            go.Scatter(
                x=np.asarray(x, float), y=np.asarray(values, float), name=name, mode="lines",
                line={"color": color, "width": 2}, hovertemplate="%{y:.3g}",
            )
        )  # fmt: skip
        if index < len(cuts):
            figure.add_vline(x=cuts[index], line={"color": color, "width": 1.5, "dash": "dash"})
    figure.update_xaxes(title_text=titles[0])
    figure.update_yaxes(title_text=titles[1])
    return style.lay_out(figure, legend=len(y) > 1)


def matrix(values: Array, *, titles: tuple[str, str], unit: str, digits: int = 2) -> go.Figure:
    """Draw a small matrix; its numbers are written in where there is room.

    Args:
        values: (rows, columns); NaN where there is nothing.
        titles: of the columns' axis and the rows' axis.
        unit: what the color shows.
        digits: behind the point.

    Returns:
        The figure.
    """
    rows, columns = values.shape
    few = max(rows, columns) <= _MOST_NUMBERS
    heat = go.Heatmap(
        z=values, colorscale=style.SEQUENTIAL, colorbar={"title": {"text": unit, "side": "right"}},
        texttemplate=f"%{{z:.{digits}f}}" if few else None, xgap=1, ygap=1,
        hovertemplate=f"{titles[1]} %{{y}}, {titles[0]} %{{x}}: %{{z:.4g}}<extra></extra>",
    )  # fmt: skip
    figure = go.Figure(heat)
    ticks = {"tickmode": "linear", "dtick": max(1, max(rows, columns) // 20)}
    figure.update_xaxes(title_text=titles[0], **ticks)
    figure.update_yaxes(title_text=titles[1], autorange="reversed", **ticks)
    return style.lay_out(figure, legend=False, height=min(620, 160 + 26 * rows)).update_layout(
        hovermode="closest"
    )


def over_time(
    epochs: Sequence[float], edges: Array, shares: Array, *, title: str, now: float | None = None
) -> go.Figure:
    """Draw histograms side by side, one column an epoch.

    Args:
        epochs: (E,) ascending.
        edges: (bins + 1,) of the values.
        shares: (E, bins), each row sums to 1.
        title: name of the quantity with its unit.
        now: epoch of the cursor.

    Returns:
        The figure.
    """
    heat = go.Heatmap(
        x=list(epochs), y=(edges[:-1] + edges[1:]) / 2, z=100 * shares.T, colorscale=style.SEQUENTIAL,
        # A quantile on top: one full bin must not leave all the others dark.
        zmin=0, zmax=max(1.0, float(np.quantile(100 * shares, 0.98))), colorbar={"title": {"text": "%"}},
        hovertemplate="epoch %{x}, %{y:.3g}: %{z:.2f} %<extra></extra>",
    )  # fmt: skip
    figure = go.Figure(heat)
    if now is not None:
        figure.add_vline(x=now, line={"color": style.VERMILLION, "width": 1.5})
    figure.update_xaxes(title_text="epoch")
    figure.update_yaxes(title_text=title)
    return style.lay_out(figure, legend=False).update_layout(hovermode="closest")


def bars(values: Array, *, titles: tuple[str, str]) -> go.Figure:
    """Draw one number a round as bars with the number on top."""
    heights = np.asarray(values)
    figure = go.Figure(
        go.Bar(
            x=np.arange(1, len(heights) + 1), y=heights, text=[f"{v:,.0f}" for v in heights],
            textposition="outside", textangle=0, cliponaxis=False,
            marker={"color": style.BLUE}, hovertemplate="%{x}: %{y:,}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title_text=titles[0], dtick=1)
    # From 1/2, so that a single one still has a bar; powers of ten alone, not plotly's bare 2 and 5 between.
    ends = [np.log10(0.5), np.log10(2 * max(1, heights.max()))]
    figure.update_yaxes(title_text=f"{titles[1]} (log scale)", type="log", dtick=1, range=ends)
    return style.lay_out(figure, legend=False)
