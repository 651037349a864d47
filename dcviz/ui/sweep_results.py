"""Sweeps: what one has found so far, as a table, as parallel coordinates and as a surface."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dcviz.engine.sweeps.folder import Sweep, drive_apart, open_sweep, sweeps
from dcviz.engine.sweeps.plan import OBJECTIVES
from dcviz.engine.sweeps.results import SCORES, table
from dcviz.exchange.calls import drawn
from dcviz.figures.standings import surface
from dcviz.figures.sweeps import AXIS_WIDTH, parallel_coordinates
from dcviz.runs import default_store
from dcviz.ui import frame, mode
from dcviz.ui.chart import Caption, chart
from dcviz.ui.sweep_form import sweep_form

LIVE_SECONDS = 3.0


def resume(sweep_id: str) -> None:
    """Go on with a sweep."""
    mode.refuse_unless_solo("train")
    drive_apart(open_sweep(sweep_id, default_store()))


def stop(sweep_id: str) -> None:
    """Start no more of its trainings."""
    mode.refuse_unless_solo("steer a training")
    open_sweep(sweep_id, default_store()).stop()


def sweeps_tab() -> None:
    """The newest sweep, or the one chosen; below it the form of the next."""
    found = {sweep.id: sweep for sweep in sweeps(default_store())}
    if found:
        chosen = str(st.selectbox("Sweep", list(found), key="sweeps_chosen"))
        live = found[chosen].driven
        st.fragment(_results, run_every=LIVE_SECONDS if live else None)(chosen, live)
    with st.expander("A new sweep", icon=":material/add:", expanded=not found, key="sweeps_new"):
        sweep_form()


def _results(sweep_id: str, was_live: bool) -> None:
    sweep = open_sweep(sweep_id, default_store())
    if was_live and not sweep.driven:
        st.rerun()
    rows = table(sweep)
    done = int((rows["state"] == "finished").sum())
    plan = sweep.plan
    st.progress(
        min(1.0, done / plan.runs), text=f"{done} of {plan.runs} trainings finished, {plan.at_once} at once"
    )
    _buttons(sweep, over=done == plan.runs)
    if not done:
        return
    shown = rows.dropna(axis="columns", how="all")
    st.dataframe(
        shown, hide_index=True, key="sweeps_table", placeholder="–", alt="One row a training of the sweep"
    )
    finished = shown[shown["state"] == "finished"]
    _parallel(sweep, finished)
    _sensitivity(sweep, finished)


def _buttons(sweep: Sweep, *, over: bool) -> None:
    locked = not mode.may_change()
    if sweep.driven:
        if st.button("Start no more", icon=":material/stop:", key="sweeps_stop", disabled=locked):
            frame.attempt(stop, sweep.id)
    elif not over and st.button(
        "Go on", type="primary", icon=":material/play_arrow:", key="sweeps_resume", disabled=locked
    ):
        frame.attempt(resume, sweep.id) and st.rerun()


def sweep_lines(sweep_id: str) -> go.Figure:
    """A line a finished training of a sweep, through its settings and scores."""
    sweep = open_sweep(sweep_id, default_store())
    columns, color = _columns(sweep, _finished(sweep))
    return parallel_coordinates(columns, color=color)


def sweep_surface(sweep_id: str, x: str, y: str, metric: str, *, solid: bool = False) -> go.Figure:
    """The mean score of a sweep over two of its settings."""
    grid = _finished(open_sweep(sweep_id, default_store())).pivot_table(index=y, columns=x, values=metric)
    return surface(
        list(grid.columns), list(grid.index), grid.to_numpy(), names=(x, y, metric),
        solid=solid and min(grid.shape) > 1,
    )  # fmt: skip


def _finished(sweep: Sweep) -> pd.DataFrame:
    shown = table(sweep).dropna(axis="columns", how="all")
    return shown[shown["state"] == "finished"]


def _columns(sweep: Sweep, rows: pd.DataFrame) -> tuple[dict[str, list], str]:
    """What is drawn of each training, and which of it is the color."""
    wanted = [*(axis.name for axis in sweep.plan.axes), "seed", sweep.plan.objective, *SCORES]
    color = sweep.plan.objective if sweep.plan.objective in rows else "seed"
    columns = {name: list(rows[name]) for name in wanted if name in rows}
    told = {name: values for name, values in columns.items() if name == color or len(set(values)) > 1}
    return told if len(told) > 1 else columns, color


def _parallel(sweep: Sweep, rows: pd.DataFrame) -> None:
    columns, color = _columns(sweep, rows)
    same = [name for name in ("seed", *SCORES) if name in rows and name not in columns]
    left_out = f" Left out, the same in all: {', '.join(same)}." if same else ""
    chart(
        drawn(sweep_lines, sweep.id),
        Caption(
            drawn=f"One line a training, through its settings and scores; its color is {color}.",
            formula=r"\mathrm{ARI},\ s = \frac{b - a}{\max(a, b)}",
            symbols=f"{sweep.plan.objective}: {OBJECTIVES[sweep.plan.objective]}. No unit.",
            points=f"{len(rows)} finished trainings, {rows['combination'].nunique()} combinations.{left_out}",
            settings="Drag along an axis to keep a part of it; drag its title to move it.",
            not_shown="a choice by labels: acc, nmi and ari stand beside, and chose nothing.",
        ),
        key="sweeps_lines",
        alt=f"Parallel coordinates of {len(rows)} trainings over {', '.join(columns)}",
        table=rows,
        least_width=AXIS_WIDTH * (1 + len(columns)),
    )


def _sensitivity(sweep: Sweep, rows: pd.DataFrame) -> None:
    names = [axis.name for axis in sweep.plan.axes if pd.api.types.is_numeric_dtype(rows[axis.name])]
    metrics = [name for name in (sweep.plan.objective, *SCORES) if name in rows]
    if len(names) < 2 or not metrics:
        return
    one, two, three = st.columns(3)
    x = str(one.selectbox("Across", names, key="sweeps_x"))
    y = str(two.selectbox("Up", [name for name in names if name != x], key="sweeps_y"))
    metric = str(three.selectbox("Score", metrics, key="sweeps_metric"))
    grid = rows.pivot_table(index=y, columns=x, values=metric)
    if grid.empty:
        return
    solid = st.toggle("In space", key="sweeps_solid", disabled=min(grid.shape) < 2)
    chart(
        drawn(sweep_surface, sweep.id, x, y, metric, solid=solid),
        Caption(
            drawn=f"Mean {metric} at the last epoch over seeds and all other settings.",
            formula=rf"\bar y({x.replace('_', chr(92) + '_')}, {y.replace('_', chr(92) + '_')})",
            symbols=f"y: {metric}.",
            points=f"{int(rows[metric].notna().sum())} trainings in {int(grid.notna().sum().sum())} cells.",
            settings="Empty cells were not trained.",
            not_shown="the spread of the seeds: the table has each.",
        ),
        key="sweeps_surface",
        alt=f"Mean {metric} over {x} and {y}",
        table=rows[[x, y, "seed", metric]],
    )  # fmt: skip
