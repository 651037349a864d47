"""The threshold landscape: one number over every pair of thresholds, as a heat map."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from . import style

Array = np.ndarray


def landscape(
    values: Array,
    *,
    ratios: Array,
    gaps: Array,
    at: tuple[float, float],
    title: str,
    percent: bool = True,
) -> go.Figure:
    """Draw what every pair of thresholds would give, and where the present pair stands.

    Wide even regions are settings whose result hardly depends on the exact threshold; steep ones
    are settings to be careful with.

    Args:
        values: (ratios, gaps); NaN where nothing is left to count.
        ratios: (A,) values of lambda_ratio, ascending, no unit.
        gaps: (B,) values of tau_distance, ascending, unit of the latents; the last keeps every pair and is
            not drawn.
        at: the present (lambda_ratio, tau_distance), marked by a cross.
        title: name of the number, written beside the color bar.
        percent: values are shares in [0, 1].

    Returns:
        The figure.
    """
    # The axis of the gaps follows their quantiles: equal neighbors are one column, the last one is far off.
    gaps, columns = np.unique(np.asarray(gaps)[:-1], return_index=True)
    values = np.asarray(values, dtype=np.float32)[:, columns]
    form = ".1%" if percent else ",.0f"
    # Around a share that is the same everywhere Plotly draws colors for more than all of it.
    known = values[np.isfinite(values)]
    even = percent and known.size and known.min() == known.max()
    heat = go.Heatmap(
        x=gaps,
        y=ratios,
        z=values,
        colorscale=style.SEQUENTIAL,
        **({"zmin": 0, "zmax": 1} if even else {}),
        colorbar={"title": {"text": title, "side": "right"}, "tickformat": form, "thickness": 12},
        hovertemplate=f"λ_ratio %{{y:.2f}}, τ_distance %{{x:.3g}}: %{{z:{form}}}<extra></extra>",
    )
    own = {
        "hovermode": "closest",
        "xaxis": {"title": {"text": "τ_distance (unit of the latents)"}, "range": [gaps[0], gaps[-1]]},
        "yaxis": {"title": {"text": "λ_ratio (no unit)"}, "range": [ratios[0], ratios[-1]]},
    }
    return style.framed([heat, _cross(at, far=float(gaps[-1]))], own, height=380, legend=False)


def _cross(at: tuple[float, float], *, far: float) -> go.Scatter:
    """The present thresholds: a white cross with a dark rim; an arrow at the edge if they lie beyond it."""
    beyond = at[1] > far
    return go.Scatter(
        x=[min(at[1], far)],
        y=[at[0]],
        customdata=[at[1]],
        cliponaxis=False,
        mode="markers",
        marker={
            "symbol": "triangle-right" if beyond else "cross",
            "size": 14,
            "color": style.PAPER,
            "line": {"color": style.DARK_PAPER, "width": 2},
        },
        hovertemplate="now: λ_ratio %{y:.2f}, τ_distance %{customdata:.3g}<extra></extra>",
    )
