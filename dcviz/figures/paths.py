"""Damage against movement: how much a latent space was folded for how far it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from . import style

_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = ("circle", "square", "diamond", "x")


def damage_against_movement(
    paths: Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float]]], *, title: str
) -> go.Figure:
    """Draw one path a run: along it the epochs pass, upwards is damage.

    Against epochs a slow method looks harmless because it has hardly moved; against movement it does not.

    Args:
        paths: name -> movement, damage, epoch; all of one length, no units.
        title: what the damage is.

    Returns:
        The figure.
    """
    figure = go.Figure()
    for index, (name, (movement, damage, epochs)) in enumerate(paths.items()):
        color = style.PAIR[index % len(style.PAIR)]
        figure.add_trace(
            go.Scatter(
                x=list(movement),
                y=list(damage),
                customdata=list(epochs),
                name=name,
                mode="lines+markers",
                line={"color": color, "width": 2, "dash": _DASHES[index % len(_DASHES)]},
                marker={"size": 6, "symbol": _SYMBOLS[index % len(_SYMBOLS)]},
                hovertemplate="epoch %{customdata:.0f}: moved %{x:.3f}, damage %{y:.3f}",
            )
        )
    figure.update_xaxes(
        title_text="movement since the switch: Procrustes disparity (no unit)", rangemode="tozero"
    )
    figure.update_yaxes(title_text=title, rangemode="tozero")
    style.lay_out(figure, height=340)
    return figure.update_layout(hovermode="closest")
