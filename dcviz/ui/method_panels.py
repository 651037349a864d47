"""The panels that only one method has: drawn from what its catalog entry says, by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.calls import Drawing, call_lines
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import cached, words
from dcviz.ui.chart import Caption, chart
from dcviz.ui.panel_kinds import KINDS, Drawn, Seen, can_be_drawn
from dcviz.ui.panel_trends import TRENDS, Course, leftovers
from models.catalog import METHODS, MethodEntry
from models.catalog.entry import Panel

WARNINGS = 5


def at_epoch(run: Run, key: str) -> None:
    """Show what only this run's method has at one epoch; nothing for methods without panels."""
    entry, epoch = METHODS.get(str(run.spec["method"])), run.epoch(key)
    panels = [panel for panel in (entry.panels if entry else ()) if panel.kind in KINDS]
    if entry is None or not panels:
        return
    st.subheader(f"{entry.title} from inside, epoch {words.epoch(epoch.position)}", anchor=False)
    told(run)
    extras = run.extras(key)
    arrays = {**run.assigned(key), **extras}
    ready = [panel for panel in panels if extras and can_be_drawn(panel, arrays)]
    _later(entry, [panel for panel in panels if panel not in ready])
    _in_columns(
        [
            (panel, _at_epoch(run, cached.identity(run), key, number), (panel_figure, run, key, number))
            for panel in ready
            for number in [entry.panels.index(panel)]
        ],
        run,
        epoch,
    )


def panel_figure(run: Run, key: str, number: int) -> go.Figure:
    """One of the panels that only this run's method has, at one epoch."""
    found = _at_epoch(run, cached.identity(run), key, number)
    return found.figure if found else go.Figure()


def trend_figure(run: Run, key: str, number: int) -> go.Figure:
    """One of the panels over the epochs that only this run's method has; `key` is the epoch marked."""
    found = _trend(run, run.epoch(key), number)
    return found.figure if found else go.Figure()


def _trend(run: Run, now: Epoch, number: int) -> Drawn | None:
    entry = METHODS[str(run.spec["method"])]
    panel = _trends(entry)[number]
    return TRENDS[panel.kind](Course(run, entry, panel, run.epochs(), now))


def _trends(entry: MethodEntry) -> list[Panel]:
    return [panel for panel in (*entry.panels, *leftovers(entry)) if panel.kind in TRENDS]


def over_epochs(run: Run, now: Epoch) -> None:
    """Show how what only this run's method has moved during training."""
    entry = METHODS.get(str(run.spec["method"]))
    panels = _trends(entry) if entry else []
    if entry is None or not panels:
        return
    st.subheader(f"{entry.title} from inside", anchor=False)
    told(run)
    with st.spinner("Reading what the epochs stored …"):
        found = [
            (panel, _trend(run, now, number), (trend_figure, run, now.key, number))
            for number, panel in enumerate(panels)
        ]
    _later(entry, [panel for panel, each, _ in found if each is None])
    _in_columns(found, run, now)


def told(run: Run) -> None:
    """Show what the method warned of while it was trained, the last ones first."""
    found = [event for event in run.events() if event.get("type") == "warning"]
    if not found:
        return
    last = [
        f"epoch {words.epoch(float(event['epoch']))}: {words.literal(event.get('text', ''))}"
        if event.get("epoch") is not None
        else words.literal(event.get("text", ""))
        for event in found[::-1][:WARNINGS]
    ]
    more = f"\n\n… and {len(found) - WARNINGS} before." if len(found) > WARNINGS else ""
    st.warning("\n\n".join(last) + more, icon=":material/warning:")


@st.cache_data(show_spinner=False, max_entries=128)
def _at_epoch(_run: Run, who: str, key: str, index: int) -> Drawn | None:
    entry = METHODS[str(_run.spec["method"])]
    panel, epoch = entry.panels[index], _run.epoch(key)
    arrays = {**_run.assigned(key), **_run.extras(key)}
    return KINDS[panel.kind](Seen(_run, entry, panel, epoch, arrays))


def _later(entry: MethodEntry, missing: Sequence[Panel]) -> None:
    """Say which panels have nothing to draw, and when they will."""
    if not missing:
        return
    names = dict.fromkeys(f"{panel.title}{_when(entry, panel)}" for panel in missing)
    st.caption(f"Nothing stored yet, or not with these data and settings: {'; '.join(names)}.")


def _when(entry: MethodEntry, panel: Panel) -> str:
    """The phases that store all a panel needs, where not every phase does."""
    limits = [set(entry.extras[name].phases) for name in panel.of if name in entry.extras]
    phases = set(entry.phases).intersection(*[limit for limit in limits if limit])
    ordered = [phase for phase in entry.phases if phase in phases]
    return "" if len(ordered) == len(entry.phases) else f" (in {' and '.join(ordered)})"


def _in_columns(panels: Sequence[tuple[Panel, Drawn | None, Any]], run: Run, epoch: Epoch) -> None:
    """Two panels beside each other; on a narrow screen one below the other."""
    shown = [(panel, found, call) for panel, found, call in panels if found is not None]
    for start in range(0, len(shown), 2):
        for place, (panel, found, call) in zip(
            st.columns(2, gap="large"), shown[start : start + 2], strict=False
        ):
            with place:
                st.markdown(f"##### {panel.title}")
                key = f"own_{panel.kind}_{'_'.join(panel.of)}"
                chart(
                    Drawing(found.figure, call_lines(*call)), caption(panel, found, run, epoch), key=key,
                    alt=found.alt, table=found.table,
                )  # fmt: skip


def caption(panel: Panel, found: Drawn, run: Run, epoch: Epoch) -> Caption:
    """What a panel says below its figure, with the numbers of the epoch put into its formula."""
    settings: Mapping[str, Any] = run.spec.get("settings") or {}
    numbers = {name: f"{value:.4g}" for name, value in epoch.extras.items() if value is not None}
    absent = dict.fromkeys(METHODS[str(run.spec["method"])].extras, r"\text{–}")
    values = {**absent, **{name: _tex(value) for name, value in settings.items()}, **numbers}
    used = [f"{name} = {settings[name]}" for name in panel.settings if name in settings]
    return Caption(
        drawn=panel.drawn,
        formula=Template(panel.formula).safe_substitute(values),
        symbols=Template(panel.symbols).safe_substitute(values),
        points=found.points,
        settings=", ".join(used) + "." if used else "None of its own.",
        not_shown=panel.not_shown,
    )


def _tex(value: Any) -> str:
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-") if 1e-4 <= abs(value) < 1e6 else f"{value:g}"
    return rf"\text{{{value}}}" if isinstance(value, str) else str(value)
