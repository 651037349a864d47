"""Bars a group and part, with whiskers over seeds where there are some."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from . import style


def grouped_bars(
    values: Mapping[str, Mapping[str, float]],
    *,
    title: str,
    spans: Mapping[str, Mapping[str, tuple[float, float]]] | None = None,
) -> go.Figure:
    """Draw one bar a group and part: an ablation, or run times of methods.

    Args:
        values: part -> group -> number; a missing one is no bar.
        title: of the axis, with the unit.
        spans: part -> group -> least and largest over seeds, drawn as whiskers where there are some.

    Returns:
        The figure.
    """
    figure = go.Figure()
    for number, (part, by_group) in enumerate(values.items()):
        known = (spans or {}).get(part, {})
        color = style.CATEGORICAL[number % len(style.CATEGORICAL)]
        plain = {group: y for group, y in by_group.items() if group not in known}
        # Bars of their own: in one trace Plotly draws a missing whisker as one of length 0, seeds that agree.
        with_span = {group: y for group, y in by_group.items() if group in known}
        for some in (plain, with_span):
            if some:
                figure.add_trace(_bars(some, known, name=part, color=color, named=some is plain or not plain))
    figure.update_yaxes(title_text=title, rangemode="tozero")
    # On a phone each part has a row of the legend, for which the bars would have to give way.
    style.lay_out(figure, height=340 + 16 * max(0, len(values) - 4))
    return figure.update_layout(barmode="group", bargap=0.3)


def _bars(
    values: Mapping[str, float],
    spans: Mapping[str, tuple[float, float]],
    *,
    name: str,
    color: str,
    named: bool,
) -> go.Bar:
    """Bars of one part, all with whiskers or all without."""
    known = [(spans[group], y) for group, y in values.items() if group in spans]
    whiskers = {"type": "data", "symmetric": False, "thickness": 1.5,
                "array": [high - y for (_, high), y in known],
                "arrayminus": [y - low for (low, _), y in known]} if known else None  # fmt: skip
    look = {"color": color, "line": {"width": 1, "color": style.GRAY}}  # black bars too are seen in the dark
    return go.Bar(
        x=list(values), y=list(values.values()), name=name, offsetgroup=name, legendgroup=name,
        showlegend=named, error_y=whiskers, marker=look, hovertemplate="%{y:.4g}",
    )  # fmt: skip
