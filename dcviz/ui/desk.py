"""The training desk: how far one training is, its losses as they come, and the buttons that steer it."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import streamlit as st

from dcviz.engine.keeper import ensure_keeper
from dcviz.engine.launchers import launcher_of
from dcviz.engine.place import place_of
from dcviz.runs import Run, default_store
from dcviz.runs.errors import RunError
from dcviz.runs.metrics import Epoch
from dcviz.runs.status import ACTIVE, RESUMABLE, is_unstarted
from dcviz.ui import actions, address, frame, method_panels, mode, queue, series, words
from dcviz.ui.chart import Caption, explain
from dcviz.ui.links import link
from dcviz.ui.loss_curves import loss_curves

LIVE_SECONDS = 1.0
_STEER = {
    "step_epoch": ("One epoch", ":material/skip_next:", "Train one more epoch, then pause again."),
    "step_batch": (
        "One batch",
        ":material/redo:",
        "Train one more batch, keep a snapshot of it, then pause again.",
    ),
    "snapshot": ("Snapshot now", ":material/photo_camera:", "Keep this very moment, also inside an epoch."),
    "stop": ("Stop", ":material/stop:", "End after this batch with a checkpoint; Resume goes on from there."),
}


def desk(run: Run) -> None:
    """Show a training; while it is active, again every second without the rest of the page."""
    active = is_active(run)
    if active and not place_of(run).here:
        ensure_keeper(run.path.parent)  # it may have gone down with its machine
    st.fragment(_desk, run_every=LIVE_SECONDS if active else None)(run.id, active)


def is_active(run: Run) -> bool:
    """True while a worker trains the run or waits to."""
    return _busy(run.status())


def _busy(status: dict) -> bool:
    return status["state"] in ACTIVE and not is_unstarted(status)


def _desk(run_id: str, was_active: bool) -> None:
    try:
        run = default_store().by_id(run_id)
    except RunError:  # deleted meanwhile, perhaps in another window
        st.rerun()
    status = run.status()
    if was_active and _ends_soon(run, status):
        status = _awaited(run)
    if was_active and not _busy(status):
        st.rerun()  # the whole page once more, so that the clock stops
    with st.container(border=True, key="desk"):
        _headline(run, status)
        _trouble(run, status)
        method_panels.told(run)
        _buttons(run, status)
        _losses(run)
        _command_and_log(run, status)


def _ends_soon(run: Run, status: dict) -> bool:
    """Whether a training is likely over before the next look at it."""
    pace, left = _pace(run.epochs()[-12:]), (status.get("epochs") or 0) - (status.get("epoch") or 0)
    return status["state"] == "running" and pace is not None and pace * left < LIVE_SECONDS


def _awaited(run: Run) -> dict:
    """Its status as soon as it is over, or at the time of the next look."""
    end = time.monotonic() + LIVE_SECONDS
    while _busy(status := run.status()) and time.monotonic() < end:
        time.sleep(0.03)
    return status


def _headline(run: Run, status: dict) -> None:
    text, icon, color = words.STATES.get(status["state"], words.STATES["broken"])
    st.markdown(f"#### {words.literal(run.name)} :{color}-badge[{icon} {text}]")
    epoch, epochs = status.get("epoch") or 0, status.get("epochs") or sum(n for _, n in series.phases(run))
    if epochs:
        st.progress(min(1.0, epoch / epochs), text=progress(run, status, epoch=epoch, epochs=epochs))
    if status.get("message") and status["state"] != "interrupted" and not status.get("error"):
        st.caption(words.sentence(status["message"]))
    if status.get("scoring") and status["state"] in ("running", "paused"):
        st.caption(words.sentence(status["scoring"]))
    queue.show(str(status.get("device") or run.spec.get("device") or ""), run.id)


def progress(run: Run, status: dict, *, epoch: int, epochs: int) -> str:
    """How far a training is, in one line; the time left goes by the last kept epochs."""
    parts = [f"epoch {epoch:,} of {epochs:,}"]
    if status["state"] == "paused" and status.get("batch"):
        parts.append(f"{status['batch']:,} of {status['batches']:,} batches of the next")
    if status.get("phase"):
        parts.insert(0, str(status["phase"]))
    pace = _pace(run.epochs()[-12:])
    if pace and status["state"] in ("running", "paused"):
        parts += [f"{words.duration(pace)} an epoch", f"about {words.duration(pace * (epochs - epoch))} left"]
    return " · ".join(parts)


def _pace(recent: Sequence[Epoch]) -> float | None:
    """Seconds an epoch takes by the clock, scoring and storing included; a pause is left out (median)."""
    stamped = [
        (one.time, one.position) for one in recent if one.time and one.phase_index == recent[-1].phase_index
    ]
    steps = [
        (now - earlier) / (position - before)
        for (earlier, before), (now, position) in pairwise(stamped)
        if position > before and now > earlier
    ]
    trained = [one.seconds for one in recent if one.seconds]
    return median(steps or trained) if steps or trained else None


def _trouble(run: Run, status: dict) -> None:
    error = status.get("error")
    if error:
        message, hint = (words.literal(error.get(name) or "") for name in ("message", "hint"))
        st.error(f"**{message}**\n\n{hint}", icon=":material/error:")
    elif status["state"] == "interrupted":
        kept = run.checkpoints()
        start = f"the last checkpoint, epoch {int(kept[-1][:5])}" if kept else "the start"
        st.warning(
            "The worker is gone: the machine went down or the process was killed. No stored epoch is lost; "
            f"**Resume** goes on from {start}.",
            icon=":material/power_off:",
        )


def _buttons(run: Run, status: dict) -> None:
    locked = run.read_only or not mode.may_change()
    with st.container(horizontal=True, vertical_alignment="center", key="desk_buttons"):
        if _busy(status):
            _steering(run, status["state"], locked=locked)
        elif status["state"] in RESUMABLE and not run.read_only:
            _go_on(run, locked=locked)
        if run.epochs():
            link("explore", "Explore it", run=run.id)
            link("geometry", "See its geometry", run=run.id)


def _go_on(run: Run, *, locked: bool) -> None:
    """Resume; where nothing is stored, throwing it away loses nothing, so it is offered here unasked."""
    if st.button("Resume", type="primary", icon=":material/play_arrow:", key="resume", disabled=locked):
        frame.attempt(actions.resume, run.id) and st.rerun()
    if run.epochs():
        return
    help_text = "Removes this run from the disk; it has no stored epoch yet."
    discarded = st.button("Discard", icon=":material/delete:", key="discard", disabled=locked, help=help_text)
    if discarded and frame.attempt(actions.delete, run.id):
        address.go(run=None)


def _steering(run: Run, state: str, *, locked: bool) -> None:
    paused = state == "paused"
    action, label, icon = ("continue", "Continue", "play_arrow") if paused else ("pause", "Pause", "pause")
    if st.button(label, type="primary", icon=f":material/{icon}:", key="pause", disabled=locked):
        frame.attempt(actions.control, run.id, action)
    for action, (label, icon, help_text) in _STEER.items():
        if st.button(label, icon=icon, key=action, help=help_text, disabled=locked):
            frame.attempt(actions.control, run.id, action)


def _losses(run: Run) -> None:
    epochs = run.epochs()
    named = {name: values for name, values in series.losses(epochs).items() if series.known(values)}
    if not named:
        return
    last = {name: values[-1] for name, values in named.items()}
    loss_curves(
        series.positions(epochs),
        named,
        phases=series.phases(run),
        alt="Losses over epochs; at the last one: " + ", ".join(f"{k} {v:.4g}" for k, v in last.items()),
        key="losses",
    )
    explain(_caption(run), key="losses")


def _command_and_log(run: Run, status: dict) -> None:
    if run.read_only:
        return
    folded = st.expander("Command and log", icon=":material/terminal:", key="desk_log", on_change="rerun")
    if not folded.open:  # colored anew each second otherwise, which takes a browser longer than the curves
        return
    with folded:
        engine = launcher_of(run)
        if _busy(status):
            st.caption(f"What trains it, on {engine.title}:")
            st.code(shlex.join(engine.command(run)), language="bash", wrap_lines=True)
        elif status["state"] in RESUMABLE:
            st.caption("Resume it from a terminal instead:")
            st.code(shlex.join(engine.command(run, resume=True)), language="bash", wrap_lines=True)
        st.code(engine.logs(run, lines=12) or "nothing written yet", language="text", wrap_lines=True)


def _caption(run: Run) -> Caption:
    batch = (run.spec.get("settings") or {}).get("batch_size")
    return Caption(
        drawn="Each part of the loss, averaged over the batches of an epoch, before its weight.",
        formula=r"\bar L_e = \frac{1}{B}\sum_{b=1}^{B} L(\text{batch } b)",
        symbols="B: batches of the epoch. `total` is what is minimized, weights included. No units.",
        points=f"{run.spec.get('n') or 0:,} points" + (f" in batches of {batch}." if batch else "."),
        settings="Vertical axis logarithmic where all losses are positive.",
        not_shown="quality. A lower loss is not a better clustering; losses of two phases do not compare.",
    )
