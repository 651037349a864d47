"""A new run that goes on from an epoch of an old one, with other settings."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dcviz.engine.branch import FIXED, branch_wish
from dcviz.engine.place import place_of
from dcviz.runs import Run
from dcviz.runs.status import ACTIVE
from dcviz.ui import actions, address, cost, frame, mode, pick, words
from dcviz.ui.settings_form import settings_form
from models.catalog import METHODS
from models.settings import make


def offer(run: Run) -> None:
    """Show the form of a branch, folded away; nothing for a run without a checkpoint."""
    kept = run.checkpoints()
    entry = METHODS.get(str(run.spec.get("method")))
    if not kept or entry is None or run.status()["state"] in ACTIVE:
        return
    with st.expander(
        f"Branch: go on from an epoch of {words.literal(run.name)} with other settings",
        icon=":material/fork_right:",
        key="branch",
    ):
        positions = {epoch.key: epoch.position for epoch in run.epochs()}
        left, right = st.columns(2)
        key = left.selectbox(
            "From the checkpoint at epoch",
            kept,
            index=_start(run, kept),
            key=f"branch_key_{run.id}",
            format_func=lambda name: words.epoch(positions.get(name, float(int(name[:5])))),
            help="Weights, optimizer and random states are taken from there; the old run stays as it is.",
        )
        phases = ["the phase of the checkpoint", *(name for name, _ in run.spec["phases"])]
        phase = right.selectbox("Go on with", phases, key=f"branch_phase_{run.id}")
        old = make(entry.settings, run.spec["settings"])
        changed = settings_form(old, key=f"branch_{run.id}")
        for name in FIXED:
            changed.pop(name, None)
        start_phase = phases.index(phase) - 1
        _confirm(run, str(key), changed, start_phase if start_phase >= 0 else None)


def _confirm(run: Run, key: str, changed: dict[str, Any], start_phase: int | None) -> None:
    try:
        request = branch_wish(
            run, key, settings=changed, start_phase=start_phase, elsewhere=not place_of(run).here
        )
    except ValueError as error:
        frame.say(error)
        return
    cost.show(request, pick.runs(), title="This branch")
    clicked = st.button(
        "Start the branch",
        type="primary",
        icon=":material/fork_right:",
        key="branch_go",
        disabled=not mode.may_change(),
    )
    started = frame.done(lambda: actions.start_branch(run.id, request)) if clicked else None
    if started is not None:
        address.go(run=started.id)


def _start(run: Run, kept: tuple[str, ...]) -> int:
    """The checkpoint at the switch if there is one: that is where most branches begin.

    Else the newest one from which something is left, as the phases are.
    """
    positions = {epoch.key: epoch.position for epoch in run.epochs()}
    end = sum(int(length) for _, length in run.spec["phases"])
    left = [index for index, key in enumerate(kept) if positions[key] < end]
    return next((i for i in left if positions[kept[i]] == run.switch), left[-1] if left else len(kept) - 1)
