"""Damage against movement: how much a latent space was folded for how far it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

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
    looks = zip(style.PAIR, _DASHES, _SYMBOLS, strict=True)
    lines = [
        go.Scatter(
            x=list(movement),
            y=list(damage),
            customdata=list(epochs),
            name=name,
            mode="lines+markers",
            line={"color": color, "width": 2, "dash": dash},
            marker={"size": 6, "symbol": symbol},
            hovertemplate="epoch %{customdata:.0f}: moved %{x:.3f}, damage %{y:.3f}",
        )
        for (name, (movement, damage, epochs)), (color, dash, symbol) in zip(
            paths.items(), cycle(looks), strict=False
        )
    ]
    moved = "movement since the switch:<br>Procrustes disparity (no unit)"  # one line is wider than a phone
    own = {
        "hovermode": "closest",
        "xaxis": {"title": {"text": moved}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": title}, "rangemode": "tozero"},
    }
    return style.framed(lines, own, height=340)
