"""Every color of the lab and the one layout all figures share.

The colors are Okabe and Ito's: people who see no red, no green or no blue tell them apart. The text, the
grid and the background are left to the page's theme, so a figure follows a change from light to dark
by itself; the marks keep one color, chosen to stand out (3:1) on both backgrounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.basedatatypes import BaseTraceType

# [Okabe and Ito 2008], then two of [Paul Tol 2021] so that ten clusters have ten colors.
CATEGORICAL = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
    "#000000",
    "#999999",
    "#882255",
)
# Two of them vanish on a dark page.
_ON_DARK = {"#000000": "#FFFFFF", "#882255": "#B5548A"}

# Curves: these reach a contrast of 3 on white and on the dark page. The order is the order of use.
BLUE, VERMILLION, GREEN, PURPLE, GRAY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7F7F7F"
LINES = (BLUE, VERMILLION, GREEN, PURPLE, GRAY)  # gray also for references, dashed

CORE, BORDER, NOW, SWITCH = BLUE, VERMILLION, GRAY, GRAY
PAIR = (VERMILLION, BLUE, GREEN, PURPLE)
PHASES = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7")
PHASE_OPACITY = 0.10
BAND_OPACITY = 0.18
PAPER, DARK_PAPER = "#FFFFFF", "#171614"
SEQUENTIAL = "Cividis"
HEIGHT = 300
_AXIS = {"automargin": True, "zeroline": False}
# Plotly writes the 2 and 5 between powers of ten as bare digits, which read as 2 and 5.
LOG = {"type": "log", "minorloglabels": "complete"}

# Plotly sets curves of different names 10 pixels apart; on a phone, where each has a row, plots lose that.
_ROWS = {"tracegroupgap": 0}


def cluster_color(cluster: int, *, dark: bool = False) -> str:
    """Give a cluster its color, the same on every page and at every epoch.

    Args:
        cluster: number from 0; beyond ten the colors begin again (the viewer then adds the number).
        dark: the page's background is dark.

    Returns:
        Hexadecimal color.
    """
    color = CATEGORICAL[int(cluster) % len(CATEGORICAL)]
    return _ON_DARK.get(color, color) if dark else color


def translucent(color: str, opacity: float) -> str:
    """Turn a hexadecimal color into the rgba() form that Plotly needs for a see-through fill."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def lay_out(figure: go.Figure, *, height: int = HEIGHT, legend: bool = True, above: int = 0) -> go.Figure:
    """Give a figure the shared frame: quiet margins, the legend above, one hover line for all curves.

    Args:
        figure: changed in place.
        height: in pixels.
        legend: show the legend.
        above: pixels kept free between the plot and the legend.

    Returns:
        The same figure.
    """
    axes = dict.fromkeys(_axes(figure), _AXIS)
    return figure.update_layout(**_frame(height=height, legend=legend, above=above), **axes)


def framed(
    traces: Sequence[BaseTraceType],
    own: Mapping[str, Any],
    *,
    height: int = HEIGHT,
    legend: bool = True,
    above: int = 0,
) -> go.Figure:
    """Make a figure in the shared frame at once.

    Plotly checks a figure again whenever it is changed: a histogram made at once takes a fifth of the time of
    one that is put together. For figures that many look at together.

    Args:
        traces: what is drawn.
        own: the figure's own layout; it stands before the frame where both say something.
        height: in pixels.
        legend: show the legend.
        above: pixels kept free between the plot and the legend.

    Returns:
        The figure.
    """
    names = {"xaxis", "yaxis", *(name for name in own if name.startswith(("xaxis", "yaxis")))}
    axes = {name: {**_AXIS, **own.get(name, {})} for name in names}
    return go.Figure(list(traces), {**_frame(height=height, legend=legend, above=above), **own, **axes})


def _frame(*, height: int, legend: bool, above: int) -> dict[str, Any]:
    top, bottom = 36 + above, 8
    # Plotly places the legend in shares of the plot's height, about 40 pixels of which the axis title takes.
    lift = 1 + above / max(height - top - bottom - 40, 1)
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": top, "b": bottom},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": lift, "yanchor": "bottom", **_ROWS},
        "showlegend": legend,
        "hovermode": "x unified",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": "zoom",
        "bargap": 0.02,
    }


def _axes(figure: go.Figure) -> set[str]:
    """Names of the axes; in one update they cost a tenth of update_xaxes and update_yaxes."""
    made = {name for name in figure.layout.to_plotly_json() if name.startswith(("xaxis", "yaxis"))}
    return made | {"xaxis", "yaxis"}


def between(start: str, end: str, share: float) -> str:
    """A color between two hexadecimal ones, by share from the first (0) to the second (1)."""
    pairs = [(int(start[i : i + 2], 16), int(end[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)
