"""Neighbor purity before and after the filter, over core, border and all points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from . import style


def before_after(
    groups: Sequence[str],
    before: Sequence[float | None],
    after: Sequence[float | None],
    *,
    counts: Sequence[tuple[int, int]],
) -> go.Figure:
    """Draw how much purer the neighborhoods become when far neighbors are dropped.

    Args:
        groups: names of the groups of points, such as core, border, all.
        before: purity of each group over all M neighbors, in [0, 1]; None where it has no point.
        after: the same over the reliable neighbors only.
        counts: neighbor pairs counted before and after, for each group.

    Returns:
        The figure.
    """
    sides = (("all M neighbors", before, False, 0), ("reliable neighbors", after, True, 1))
    bars = [
        go.Bar(
            x=list(groups),
            y=list(values),
            name=name,
            text=[_percent(value) for value in values],
            textposition="outside",
            cliponaxis=False,
            customdata=[pair[side] for pair in counts],
            hovertemplate="%{y:.2%} of %{customdata:,} neighbor pairs",
            marker={
                "color": style.CORE if filled else style.translucent(style.CORE, 0.15),
                "line": {"color": style.CORE, "width": 1.5},
            },
        )
        for name, values, filled, side in sides
    ]
    axis = {"title": {"text": "purity (share)"}, "range": [0, 1.12], "tickformat": ".0%"}
    return style.framed(bars, {"barmode": "group", "bargap": 0.12, "yaxis": axis})


def _percent(value: float | None) -> str:
    """With one decimal, ties upwards as everywhere; a product just below a tie is one."""
    return "no point" if value is None else f"{math.floor(1000 * value + 0.5 + 1e-9) / 10:.1f}%"
