"""Sweeps: which settings over which values, what all of it costs, and the button that starts it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dcviz.data.catalog import DATASETS
from dcviz.engine.launchers import LAUNCHERS
from dcviz.engine.sweeps.folder import Sweep, create, drive_apart
from dcviz.engine.sweeps.plan import MOST_TOGETHER, OBJECTIVES, SEARCHES, Plan, axis, checked
from dcviz.engine.sweeps.results import total_cost
from dcviz.runs import default_store
from dcviz.ui import frame, mode, pick, words
from dcviz.ui.engine_form import place_form
from models.catalog import METHODS
from models.settings import describe

EXAMPLE = "gamma=0.1,0.5\nlambda_ratio=0.3,0.6,0.8"


def start(plan: Plan) -> Sweep:
    """Make a sweep and have it driven, apart from this process."""
    mode.refuse_unless_solo("train")
    sweep = create(plan, default_store())
    drive_apart(sweep)
    return sweep


def sweep_form() -> None:
    """Ask for a sweep, tell its cost, start it."""
    left, right = st.columns(2)
    method = left.selectbox(
        "Method", list(METHODS), index=list(METHODS).index("rdc"), key="sweeps_method",
        format_func=lambda name: METHODS[name].title,
    )  # fmt: skip
    dataset = right.selectbox(
        "Data", list(DATASETS), key="sweeps_data", format_func=lambda name: DATASETS[name].title
    )
    names = ", ".join(f"`{info.name}`" for info in describe(METHODS[str(method)].settings))
    over = st.text_area(
        "Settings to vary, one a line", EXAMPLE if method == "rdc" else "", key=f"sweeps_over_{method}",
        help="Values `gamma=0.1,0.5`, a range `gamma=0.1..1`, or `learning_rate=1e-4..1e-2:log`.\n\n"
        f"`--over`. Settings: {names}",
    )  # fmt: skip
    given = _search() | _numbers()
    place = place_form("sweeps")
    if lack := LAUNCHERS[place.engine].missing(place):
        st.caption(words.literal(lack))
        return
    try:
        axes = tuple(axis(line.strip(), str(method)) for line in over.splitlines() if line.strip())
        plan = checked(Plan(str(method), str(dataset), axes, place=place, **given))
        _offer(plan)
    except (ValueError, PermissionError) as error:
        frame.say(error)


def _search() -> dict[str, Any]:
    one, two, three = st.columns([2, 1, 2])
    search = one.segmented_control(
        "Search", SEARCHES, default="grid", required=True, key="sweeps_search",
        help="grid: every combination; random: drawn; tpe: drawn where the objective was high.\n\n`--search`",
    )  # fmt: skip
    trials = two.number_input(
        "Combinations", 1, 10_000, 16, key="sweeps_trials", disabled=search == "grid", help="`--trials`"
    )
    objective = three.selectbox(
        "Objective", ["", *OBJECTIVES], key="sweeps_objective",
        format_func=lambda name: f"{name}: {OBJECTIVES[name]}" if name else "by the number of seeds",
        help="Neither reads a label: labels never choose. Scores against labels stand beside it.",
    )  # fmt: skip
    return {"search": search, "trials": int(trials), "objective": objective}


def _numbers() -> dict[str, Any]:
    one, two, more, three = st.columns(4)
    count = one.number_input("Seeds", 1, 100, 2, key="sweeps_seeds", help="0, 1, … for each combination.")
    slots = two.number_input("At once", 1, 256, 1, key="sweeps_slots", help="Processes. `--at-once`")
    shared = more.number_input(
        "In one process", 0, MOST_TOGETHER, 0, key="sweeps_together",
        help="Trainings that share a process and, on a GPU, compute their batches as one; each has a folder "
        "of its own. 0 chooses: 25 on a GPU of this machine, else 1.\n\n`--together`",
    )  # fmt: skip
    preset = three.selectbox("Preset", ["auto", "quick", "standard"], key="sweeps_preset")
    return {"seeds": tuple(range(int(count))), "at_once": int(slots), "preset": str(preset),
            "together": int(shared)}  # fmt: skip


def _offer(plan: Plan) -> None:
    cost = total_cost(plan, runs=pick.runs())
    one, two, three, four = st.columns(4)
    one.metric("Trainings", f"{cost.runs:,}")
    two.metric("Training time", f"about {words.duration(cost.seconds)}")
    three.metric("By the clock, at least", words.duration(cost.wall_seconds))
    four.metric("Disk", words.size(cost.bytes))
    st.caption(
        f"{cost.combinations:,} combinations × {len(plan.seeds)} seeds, {plan.at_once} at once. Time: "
        f"{cost.basis}. Objective: {OBJECTIVES[plan.objective]}; no label chooses."
    )
    locked = not mode.may_change()
    if st.button(
        f"Start {cost.runs:,} trainings", type="primary", icon=":material/play_arrow:", key="sweeps_go",
        disabled=locked,
    ):  # fmt: skip
        sweep = frame.done(lambda: start(plan))
        if sweep is not None:
            st.session_state["sweeps_chosen"] = sweep.id
            st.rerun()
