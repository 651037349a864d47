"""Brush an interval of epochs on a curve, see those epochs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.calls import drawn
from dcviz.figures.curves import Panel, over_epochs
from dcviz.geometry.registry import EPOCH_SCORES
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import frame, series, words
from dcviz.ui.chart import Caption, explain
from dcviz.viewer import latent_view

SHOWN, COLUMNS = 8, 4
CURVES = ("id", "curvature", "lid", "acc", "nmi", "purity", "core_share", "scale")
_STRIP, _SPAN, _CURVE, _HELD = "brush_strip", "brush_span", "brush_curve", "brush_held"


@st.fragment
def panel(run: Run, now: Epoch) -> None:
    """Show a curve to brush over, and the epochs of the interval below it."""
    frame.attempt(_show, run, now)


def _show(run: Run, now: Epoch) -> None:
    epochs = run.epochs()
    st.subheader("Epochs side by side", anchor=False)
    if len(epochs) < 2:
        st.caption("One epoch is stored; there is nothing to put beside it.")
        return
    _strip(run, epochs, now)
    inside = _chosen(run, epochs)
    shown = thinned(inside)
    latent_view(
        run, key="brush_pictures", height=128 + 250 * -(-len(shown) // COLUMNS), epoch=now.position,
        panels=[epoch.position for epoch in shown], controls=("color", "projection", "select", "export"),
    )  # fmt: skip
    table = series.table(shown, [name for name in CURVES if name in shown[-1].scores])
    explain(_caption(run, inside, shown), key="brush_pictures", table=table)


def _strip(run: Run, epochs: Sequence[Epoch], now: Epoch) -> None:
    """The curve that is brushed over."""
    names = [name for name in CURVES if series.known(series.score(epochs, name))]
    name = st.segmented_control(
        "Brush over", names, default=names[0], required=True, key=_CURVE,
        format_func=lambda key: EPOCH_SCORES[key].title,
    )  # fmt: skip
    entry, drawing = EPOCH_SCORES[str(name)], drawn(brushed_curve, run, str(name), now=now.position)
    st.plotly_chart(
        drawing.figure, key=_STRIP, on_select=lambda: _brushed(epochs), selection_mode="box",
        config={"displaylogo": False},
        alt=f"{entry.title} over the epochs; drag across it to choose an interval",
    )  # fmt: skip
    explain(_strip_caption(entry.title, entry.formula, len(epochs)), key="brush_over", drawing=drawing)


def brushed_curve(run: Run, name: str, *, now: float) -> go.Figure:
    """One score over the epochs, as the strip that is brushed over."""
    entry, epochs = EPOCH_SCORES[name], run.epochs()
    curve = series.curve(epochs, name, entry.title, band=entry.band is not None)
    unit = entry.unit or "no unit"
    figure = over_epochs(
        series.positions(epochs), [Panel(f"{entry.title.split(' (')[0]} ({unit})", (curve,))],
        phases=series.phases(run), now=now, height=230,
    )  # fmt: skip
    # Points must be there to be brushed over.
    figure.update_traces(mode="lines+markers", selector={"name": curve.name})
    figure.update_layout(dragmode="select", selectdirection="h", showlegend=False)
    return figure


def _brushed(epochs: Sequence[Epoch]) -> None:
    """Take the brushed interval over into the slider below."""
    chosen: Any = st.session_state.get(_STRIP) or {}
    boxes = (chosen.get("selection") or {}).get("box") or []
    if not boxes:
        return
    low, high = sorted(float(x) for x in boxes[0]["x"])
    inside = [epoch.key for epoch in epochs if low <= epoch.position <= high]
    if inside:
        _set(inside[0], inside[-1])


def _set(first: str, last: str) -> None:
    """Another interval, in a slider that starts there: one that exists keeps to what the hand did."""
    held = st.session_state.setdefault(_HELD, {"version": 0})
    held.update(span=(first, last), version=held["version"] + 1)


def _chosen(run: Run, epochs: Sequence[Epoch]) -> list[Epoch]:
    """The epochs of the interval; at first those around the switch, or all."""
    by_key = {epoch.key: epoch for epoch in epochs}
    held = st.session_state.get(_HELD) or {}
    if held.get("run") != run.id or not set(held.get("span", ("",))) <= set(by_key):
        _set(*around_switch(run, epochs))
        held = st.session_state[_HELD]
        held["run"] = run.id
    span = st.select_slider(
        "Epochs from … to …", list(by_key), value=held["span"], key=f"{_SPAN}_{held['version']}",
        format_func=lambda key: words.epoch(by_key[key].position),
        help="The same interval as the brush, for the keyboard.",
    )  # fmt: skip
    low, high = (by_key[key].position for key in span)
    return [epoch for epoch in epochs if low <= epoch.position <= high]


def around_switch(run: Run, epochs: Sequence[Epoch]) -> tuple[str, str]:
    """Keys of the first interval: from the switch on if there is one, else everything."""
    switch = run.switch
    late = [epoch for epoch in epochs if switch is not None and epoch.position >= switch]
    shown = late if len(late) > 1 else list(epochs)
    return shown[0].key, shown[-1].key


def thinned(epochs: Sequence[Epoch]) -> list[Epoch]:
    """At most SHOWN of them, evenly spread, the first and the last among them."""
    if len(epochs) <= SHOWN:
        return list(epochs)
    return [epochs[i] for i in np.linspace(0, len(epochs) - 1, SHOWN).round().astype(int)]


def _strip_caption(title: str, formula: str, stored: int) -> Caption:
    return Caption(
        drawn=f"{title} over the epochs. Drag across it to choose an interval.",
        formula=formula or r"\text{as in the section above}",
        symbols="See the section of this curve.",
        points=f"{stored:,} stored epochs.",
        settings="As measured when the epoch was stored.",
        not_shown="what lies between two stored epochs.",
    )


def _caption(run: Run, inside: Sequence[Epoch], shown: Sequence[Epoch]) -> Caption:
    n = int(run.spec.get("n") or 0)
    some = f" of the {len(inside)} stored" if len(shown) < len(inside) else ""
    names = ", ".join(words.epoch(epoch.position) for epoch in shown)
    return Caption(
        drawn=f"The same points at epochs {names}: {len(shown)}{some} epochs of the interval.",
        formula=r"x_t = (z_t - \bar z)\,B",
        symbols="z: latents of an epoch; B: one basis of two axes for all pictures; unit of the latents.",
        points=f"All {n:,} points in every picture.",
        settings="B: principal axes of the switch epoch (of the first where there is no switch), or the "
        "coordinates themselves; one scale and one origin for all.",
        not_shown="the other dimensions. What overlaps here may lie apart there.",
    )
