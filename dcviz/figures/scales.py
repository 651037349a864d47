"""Intrinsic dimension against the scale at which it is measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from . import style


def dimension_by_scale(
    scales: Sequence[float],
    dimension: Sequence[float],
    *,
    low: Sequence[float],
    high: Sequence[float],
    orders: Sequence[int],
    told: str = "from neighbors %{customdata} and twice that",
) -> go.Figure:
    """Draw how the estimated dimension changes as the neighborhoods grow.

    A plateau is a dimension of the data; a rise towards small scales is noise.

    Args:
        scales: (S,) mean distance of the neighbors used, ascending, unit of the latents.
        dimension: (S,) estimates, no unit.
        low: (S,) lower ends of the 95 % intervals.
        high: (S,) upper ends.
        orders: (S,) the n1 of each estimate (n2 = 2 n1), or the number of blocks.
        told: what the mouse is told about the orders.

    Returns:
        The figure.
    """
    value = np.asarray(dimension, dtype=float)
    trace = go.Scatter(
        x=list(scales),
        y=value,
        mode="lines+markers",
        line={"color": style.BLUE, "width": 2},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": np.asarray(high, dtype=float) - value,
            "arrayminus": value - np.asarray(low, dtype=float),
            "thickness": 1,
        },
        customdata=list(orders),
        hovertemplate="%{y:.2f} " + told + "<extra></extra>",
    )
    figure = go.Figure(trace)
    figure.update_xaxes(title_text="scale: distance of the neighbors (unit of the latents)", **style.LOG)
    figure.update_yaxes(title_text="intrinsic dimension", rangemode="tozero")
    return style.lay_out(figure, legend=False)
