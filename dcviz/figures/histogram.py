"""Histograms with a cut: which values a threshold keeps and how many there are on each side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from . import style

_BINS = 60
_FAR_TIMES = 4  # times the largest value
_FAR = {
    "x": 1, "y": 1, "xref": "x domain", "yref": "y domain", "xanchor": "right", "yanchor": "top",
    "showarrow": False,
}  # fmt: skip
_CUT = {
    "type": "line", "xref": "x", "yref": "y domain", "y0": 0, "y1": 1,
    "line": {"color": style.NOW, "width": 2, "dash": "dash"},
}  # fmt: skip


def histogram(
    values: Sequence[float],
    *,
    cut: float,
    title: str,
    kept: str,
    dropped: str,
    kept_above: bool = True,
) -> go.Figure:
    """Draw how a quantity is spread and where the threshold cuts it.

    The bars are filled where the value is kept and only outlined where it is not, so that the two
    sides differ without color.

    Args:
        values: any shape; values that are not finite are left out.
        cut: the threshold, in the unit of the values.
        title: name of the quantity with its unit.
        kept: what the kept side is called.
        dropped: what the other side is called.
        kept_above: values above the cut are kept; below it if False.

    Returns:
        The figure.
    """
    flat = np.asarray(values, dtype=float).ravel()
    flat = flat[np.isfinite(flat)]
    above = flat > cut
    keep = above if kept_above else flat < cut
    far = _is_far(flat, cut=cut)
    edges = _edges(flat, cut=float(np.quantile(flat, 0.995)) if far else cut)
    sides = ((kept, flat[keep], True), (dropped, flat[~keep], False))
    own: dict[str, Any] = {
        "barmode": "overlay",
        "xaxis": {"title": {"text": title}, "range": [edges[0], edges[-1]]},
        "yaxis": {"title": {"text": "count"}},
    }
    if far:
        own["annotations"] = [{**_FAR, "text": f"cut at {cut:.3g}, far to the right →"}]
    else:
        own["shapes"] = [{**_CUT, "x0": cut, "x1": cut}]
    return style.framed(
        [_bars(part, edges, name=f"{name}: {part.size:,}", filled=filled) for name, part, filled in sides],
        own,
    )


def spread(values: Sequence[float], *, title: str) -> go.Figure:
    """Draw how a quantity is spread where no threshold cuts it.

    Args:
        values: any shape; values that are not finite are left out.
        title: name of the quantity with its unit.

    Returns:
        The figure.
    """
    flat = np.asarray(values, dtype=float).ravel()
    flat = flat[np.isfinite(flat)]
    edges = _edges(flat, cut=float(flat.min()) if flat.size else 0.0)
    own = {"xaxis": {"title": {"text": title}}, "yaxis": {"title": {"text": "count"}}, "showlegend": False}
    return style.framed([_bars(flat, edges, name=f"{flat.size:,} points", filled=True)], own)


def _is_far(values: np.ndarray, *, cut: float) -> bool:
    """True for a cut so far above all values that drawing it would squeeze them into a few bars."""
    return bool(values.size and values.min() < np.quantile(values, 0.995) and cut > _FAR_TIMES * values.max())


def _edges(values: np.ndarray, *, cut: float) -> np.ndarray:
    """Edges of equal bins with the cut on one of them, so that no bar mixes the two sides."""
    if not values.size:
        return np.array([cut - 1.0, cut, cut + 1.0])
    low, high = min(float(values.min()), cut), max(float(np.quantile(values, 0.995)), cut)
    width = (high - low) / _BINS or 1.0
    left, right = np.ceil((cut - low) / width), max(np.ceil((high - cut) / width), 1.0)
    return cut + width * np.arange(-left, right + 1)


def _bars(values: np.ndarray, edges: np.ndarray, *, name: str, filled: bool) -> go.Bar:
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)
    color = style.CORE if filled else style.BORDER
    return go.Bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        name=name,
        marker={
            "color": color if filled else style.translucent(color, 0.12),
            "line": {"color": color, "width": 0 if filled else 1},
        },
        hovertemplate="%{y:,} at %{x:.3g}",
    )
