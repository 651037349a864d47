"""Weights of a layer: how they are distributed, how much of each direction they use, where they changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from . import style

Array = np.ndarray
MOST_CELLS = 256
"""Larger matrices are drawn as means of blocks: a screen has no room for more."""


def weight_histogram(edges: Array, counts: Sequence[tuple[str, Array]], *, title: str) -> go.Figure:
    """Draw the distribution of the numbers of a layer, of one checkpoint or of two over each other.

    Args:
        edges: (bins + 1,) shared by all.
        counts: name and (bins,) counts of each checkpoint, the present one first.
        title: of the axis, with the unit.

    Returns:
        The figure.
    """
    figure = go.Figure()
    middle, width = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    for (name, heights), color in zip(counts, style.LINES, strict=False):
        figure.add_trace(
            go.Bar(
                x=middle, y=heights, width=width, name=name, opacity=0.65 if len(counts) > 1 else 1,
                marker={"color": color, "line": {"width": 0}}, hovertemplate="%{x:.4g}: %{y:,} numbers",
            )
        )  # fmt: skip
    figure.update_xaxes(title_text=title)
    figure.update_yaxes(title_text="numbers")
    style.lay_out(figure, legend=len(counts) > 1)
    return figure.update_layout(barmode="overlay")


def singular_values(values: Sequence[tuple[str, Array]]) -> go.Figure:
    """Draw the singular values of a layer, largest first: a steep fall means few directions are used."""
    figure = go.Figure()
    for (name, found), color in zip(values, style.LINES, strict=False):
        figure.add_trace(
            go.Scatter(
                x=np.arange(1, len(found) + 1), y=found, name=name, mode="lines", line={"color": color},
                hovertemplate="number %{x}: %{y:.4g}",
            )
        )  # fmt: skip
    figure.update_xaxes(title_text="singular value, by size")
    figure.update_yaxes(title_text="size (unit of the weights)", rangemode="tozero")
    return style.lay_out(figure, legend=len(values) > 1)


def weight_map(matrix: Array, *, title: str) -> go.Figure:
    """Draw a layer as a matrix, outputs downwards, blue below and orange above zero.

    Args:
        matrix: (outputs, inputs); averaged in blocks where a side is larger than 256.
        title: beside the color bar.

    Returns:
        The figure.
    """
    shown = blocks(np.asarray(matrix, np.float64))
    reach = float(np.abs(shown).max(initial=0.0)) or 1.0
    heat = go.Heatmap(
        z=shown.astype(np.float32), zmin=-reach, zmax=reach,
        colorscale=[[0, style.BLUE], [0.5, "#F2F2F2"], [1, style.VERMILLION]],
        colorbar={"title": {"text": title, "side": "right"}, "thickness": 12, "tickformat": ".3g"},
        hovertemplate="output %{y}, input %{x}: %{z:.4g}<extra></extra>",
    )  # fmt: skip
    figure = go.Figure(heat)
    figure.update_xaxes(title_text=_axis("input", matrix.shape[1], shown.shape[1]))
    figure.update_yaxes(title_text=_axis("output", matrix.shape[0], shown.shape[0]), autorange="reversed")
    style.lay_out(figure, height=340, legend=False)
    return figure.update_layout(hovermode="closest")


def blocks(matrix: Array) -> Array:
    """Average a matrix in equal blocks so that no side is longer than MOST_CELLS."""
    for axis in (0, 1):
        side = matrix.shape[axis]
        if side > MOST_CELLS:
            edges = np.linspace(0, side, MOST_CELLS + 1).astype(int)
            sums = np.add.reduceat(matrix, edges[:-1], axis=axis)
            sizes = np.diff(edges)
            matrix = sums / (sizes[:, None] if axis == 0 else sizes[None, :])
    return matrix


def _axis(name: str, side: int, shown: int) -> str:
    return name if side == shown else f"{name} ({side:,} in {shown} blocks, means)"
