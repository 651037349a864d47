"""Benchmarks: train one more cell of the table, or of the surface over both thresholds."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dcviz.benchmarks.from_runs import sweep
from dcviz.benchmarks.reproduction import SENSITIVITY, branched
from dcviz.data.catalog import DATASETS
from dcviz.engine.branch import branch_wish
from dcviz.engine.errors import RequestError
from dcviz.engine.place import place_of
from dcviz.engine.sweeps.folder import sweeps as all_sweeps
from dcviz.engine.sweeps.origin import origin_of
from dcviz.engine.sweeps.plan import Axis, Plan, checked
from dcviz.exchange.calls import drawn
from dcviz.figures.standings import surface
from dcviz.runs import Run, default_store
from dcviz.runs.errors import RunError
from dcviz.ui import actions, address, cost, frame, mode, pick, standing, words
from dcviz.ui.chart import Caption, chart
from dcviz.ui.links import link
from dcviz.ui.shelf import data_title
from dcviz.ui.sweep_form import start
from models.catalog import METHODS
from models.plan import data_kind

RATIOS, GAPS = (0.1, 0.6, 0.8, 0.9, 1.0), (0.1, 0.3, 0.7, 1.0, 1.2)
"""The grid of R-DC's Fig. 17."""
SCORES = ["acc", "nmi", "ari", "f1_macro"]
NAMES = ("tau_distance", "lambda_ratio")


def one_cell(dataset: str) -> None:
    """Train a method on this data set right here; the finished run is a row of the table."""
    if dataset not in DATASETS:
        st.caption(
            f"{words.literal(dataset)} is not among the data sets of this lab: train on your own file of it "
            "(**Train**, My own file or folder), or import its latents."
        )
        return
    with st.expander("Run a cell", icon=":material/play_arrow:", key="run_cell"):
        left, middle, right = st.columns(3)
        method = left.selectbox(
            "Method", list(METHODS), key="cell_method", format_func=lambda m: METHODS[m].title
        )
        presets = ["auto", *METHODS[str(method)].presets_on(data_kind(DATASETS[dataset].input_dim))]
        preset = middle.selectbox("Preset", presets, key="cell_preset", help="paper: the full training.")
        seed = right.number_input("Seed", 0, 10_000, 0, key="cell_seed")

        def offer() -> None:
            request = actions.plan(str(method), dataset, preset=str(preset), seed=int(seed))
            cost.show(request, pick.runs(), title="This cell")
            if st.button(
                "Start it",
                type="primary",
                icon=":material/play_arrow:",
                key="cell_go",
                disabled=not mode.may_change(),
            ):
                address.write(run=actions.start(request).id)
                link("train", "Watch it train")

        frame.attempt(offer)


def sensitivity() -> None:
    """A score over both thresholds of R-DC: the committed grid, or the branches of a run."""
    committed = branched(SENSITIVITY)
    shelf = {run.id: run for run in pick.runs() if _can_branch(run)}
    grids = committed["dataset"].unique()
    names = {f"grid:{name}": f"{data_title(name)}, the committed grid" for name in grids}
    names |= {run_id: f"branches of {line}" for run_id, line in pick.labels(shelf).items()}
    if not names:
        st.caption(
            "Train R-DC once: branches from its switch, each with other thresholds, fill this surface."
        )
        link("train", "Train R-DC")
        return
    left, right = st.columns([3, 1])
    chosen = str(left.selectbox("Grid", list(names), key="sweep_of", format_func=names.__getitem__))
    metric = str(right.selectbox("Score", SCORES, key="sweep_metric", format_func=standing.score_title))
    if chosen.startswith("grid:"):
        rows = committed[committed["dataset"] == chosen.removeprefix("grid:")]
        _surface(chosen.removeprefix("grid:"), metric)
        st.caption(
            f"Measured on {', '.join(rows['device'].unique())} with "
            "`python -m benchmarks.branches sensitivity`; "
            f"the largest class alone scores {rows['majority'].iloc[0]:.3f}. "
            + ("Choose the branches of a run above for" if shelf else "Train R-DC once for")
            + " a surface of your own."
        )
        return
    run = shelf[chosen]
    found = sweep(pick.runs(), run.id, NAMES, metric)
    if found.empty:
        st.caption("No branch of this run has other thresholds yet. Each cell below is one branch.")
    else:
        _surface(run, metric)
    _next_cell(run, found)


def _can_branch(run: Run) -> bool:
    """Whether its second phase can be trained again from its own pretraining."""
    own = run.spec.get("method") == "rdc" and not run.spec.get("source") and not run.spec.get("parent")
    return own and run.switch is not None and bool(run.checkpoints())


def threshold_surface(source: Run | str, metric: str, *, solid: bool = False) -> go.Figure:
    """A score over both thresholds: of the branches of a run, or of the committed grid on a data set."""
    grid = _grid(_cells(source, metric), metric)
    return surface(
        list(grid.columns), list(grid.index), grid.to_numpy(),
        names=("tau_distance", "lambda_ratio", standing.TITLES[metric]), solid=solid and min(grid.shape) > 1,
    )  # fmt: skip


def _cells(source: Run | str, metric: str) -> pd.DataFrame:
    """One row a training: both thresholds and the score."""
    if isinstance(source, Run):
        return sweep(pick.runs(), source.id, NAMES, metric)
    committed = branched(SENSITIVITY)
    return committed[committed["dataset"] == source][[*NAMES, metric]].assign(run="")


def _grid(found: pd.DataFrame, metric: str) -> pd.DataFrame:
    return found.pivot_table(index=NAMES[1], columns=NAMES[0], values=metric)


def _surface(source: Run | str, metric: str) -> None:
    found, name = (
        _cells(source, metric),
        words.literal(source.name) if isinstance(source, Run) else data_title(source),
    )
    grid = _grid(found, metric)
    solid = st.toggle("In space", key="sweep_solid", disabled=min(grid.shape) < 2)
    best = found.loc[found[metric].idxmax()]
    chart(
        drawn(threshold_surface, source, metric, solid=solid),
        Caption(
            drawn=f"{standing.TITLES[metric]} at the last epoch of every branch; {name}.",
            formula=r"y(\lambda_{ratio}, \tau_{distance})",
            symbols="λ_ratio: no unit, at 1 no point is core; τ_distance: unit of the latents.",
            points=f"{len(found)} branches of one checkpoint, so that pretraining is the same in all.",
            settings="One seed; cells without a branch are empty.",
            not_shown=f"noise: one number a cell. The largest, {best[metric]:.3f}, may be luck.",
        ),
        key="sweep",
        alt=f"{standing.TITLES[metric]} over both thresholds, {len(found)} cells, largest {best[metric]:.3f}",
        table=found,
    )  # fmt: skip


def _next_cell(run: Run, found: pd.DataFrame) -> None:
    measured = (
        set(zip(found[NAMES[1]].round(6), found[NAMES[0]].round(6), strict=True)) if len(found) else set()
    )
    left = [(ratio, gap) for ratio in RATIOS for gap in GAPS if (ratio, gap) not in measured]
    if not left:
        st.caption("Every cell of the published grid is measured.")
        return
    busy = _under_way(run)
    with st.container(horizontal=True, vertical_alignment="bottom", key="sweep_next"):
        cell = st.selectbox(
            "Next cell",
            left,
            key="sweep_cell",
            format_func=lambda c: f"λ_ratio {c[0]:g}, τ_distance {c[1]:g}",
        )
        go = st.button(
            "Run this cell", icon=":material/play_arrow:", key="sweep_go", disabled=not mode.may_change()
        )
        every = st.button(
            f"Run all {len(RATIOS) * len(GAPS)}", icon=":material/grid_on:", key="sweep_all",
            disabled=busy is not None or not mode.may_change(),
            help="A sweep from the switch: one after the other, on a GPU of this machine all as one. "
            "The tab Sweeps shows how far it is.\n\n`python -m dcviz sweep --from RUN --over ...`",
        )  # fmt: skip
    if go:
        frame.attempt(_branch, run, *cell)
    if every and (begun := frame.done(lambda: start(whole_grid(run)))) is not None:
        st.toast(f"Started: {begun.plan.runs} trainings of {begun.id}")
    if busy is not None:
        st.caption(f"{busy} trains the whole grid right now; the tab **Sweeps** shows how far it is.")
    st.caption(
        f"{len(left)} of {len(RATIOS) * len(GAPS)} cells of R-DC's Fig. 17 are open. Each branches from the "
        f"switch of {words.literal(run.name)} and trains the second phase again."
    )


def _under_way(run: Run) -> str | None:
    """The sweep that trains the whole grid from this run right now: a second one would train all again."""
    try:
        wanted = whole_grid(run)
    except (RequestError, RunError):  # who asks for it is told why it cannot begin
        return None
    found = (each for each in all_sweeps(default_store()) if each.driven)
    return next(
        (each.id for each in found if (each.plan.origin, each.plan.axes) == (wanted.origin, wanted.axes)),
        None,
    )


def whole_grid(run: Run) -> Plan:
    """Every cell of the published grid as a sweep that branches from the switch of a run."""
    axes = (Axis(NAMES[1], RATIOS), Axis(NAMES[0], GAPS))
    spec = run.spec
    return checked(
        Plan(
            spec["method"], spec["dataset"], axes, (spec["seed"],), origin=origin_of(run), place=place_of(run)
        )
    )


def _branch(run: Run, ratio: float, gap: float) -> None:
    origin = origin_of(run)
    settings = {"lambda_ratio": ratio, "tau_distance": gap}
    request = branch_wish(run, origin.key, settings=settings, start_phase=origin.start_phase)
    request = replace(request, notices=(*request.notices, f"sensitivity of {run.id}"))
    actions.start_branch(run.id, request)
    st.toast(f"Started: λ_ratio {ratio:g}, τ_distance {gap:g}")
