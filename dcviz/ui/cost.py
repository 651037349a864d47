"""What a training will cost and how to start it by hand."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace

import streamlit as st

from dcviz.data.catalog import DATASETS
from dcviz.engine.estimate import ROUGH, TIMED, Cost, estimate
from dcviz.engine.place import Place
from dcviz.engine.request import Request
from dcviz.engine.trial import TRIALS
from dcviz.runs import Run, default_store
from dcviz.ui import mode, words
from dcviz.ui.wish_form import Chosen
from models.schedule import Schedule

FAR = 4.0
"""Between the timed and the counted time from here on both are told."""
LITTLE = 0.05
"""A worker's start is told from this share of the training's time on."""
LARGE = 2_000_000_000
"""Bytes of a run from which on keeping less is offered."""


def show(request: Request, runs: Sequence[Run], *, title: str = "This training") -> None:
    """Say what is trained, how long it takes and how much it keeps.

    Args:
        request: complete and checked.
        runs: earlier runs to learn the speed from.
        title: heading.
    """
    st.markdown(f"#### {title}")
    st.markdown(
        " → ".join(f"**{epochs:,}** epochs {name}" for name, epochs in request.phases)
        + f", preset **{request.preset}** on **{request.device}**"
    )
    known = trial_of(request, runs)
    if known is not None or not _may_try(request, runs):
        _times(request, runs, known)
    else:
        st.fragment(_trying, run_every=1.0)(request, runs)


def _trying(request: Request, runs: Sequence[Run]) -> None:
    """The rough time, until the batches that are being timed beside tell a better one."""
    known = trial_of(request, runs)
    if known is not None or not TRIALS.pending(request):
        st.rerun()
    _times(request, runs, None)
    st.caption(":material/timer: Two batches of each phase are being timed for a better estimate…")


def trial_of(request: Request, runs: Sequence[Run]) -> dict[str, float] | None:
    """Seconds a batch where they are known; elsewhere nothing is tried, nor where a run tells better."""
    return TRIALS.seconds(request) if _may_try(request, runs) else None


def _may_try(request: Request, runs: Sequence[Run]) -> bool:
    """Whether two batches would tell more, and this server may start a process for them."""
    from streamlit import runtime

    rough = estimate(request, runs=runs).basis == ROUGH
    return rough and runtime.exists() and mode.may_change() and TRIALS.pending(request)


def _times(request: Request, runs: Sequence[Run], trial: dict[str, float] | None) -> None:
    cost = estimate(request, runs=runs, trial=trial)
    # Beside each other where there is room; without a key, for a branch shows its cost on the same page.
    with st.container(horizontal=True):
        st.metric("Time", f"about {words.duration(cost.seconds)}", width="content")
        st.metric("Disk", words.size(cost.total_bytes), width="content")
    st.caption(
        f"Time: training alone, {cost.basis}; scores and files of the kept epochs come on top"
        f"{_start(request.device, beside=cost.seconds)}. "
        f"{cost.snapshots:,} kept epochs of {words.size(cost.snapshot_bytes)}, "
        f"{cost.checkpoints:,} checkpoints of {words.size(cost.checkpoint_bytes)}."
    )
    if said := doubt(cost, estimate(request)):
        st.caption(f":material/speed: {said}")


def _start(device: str, *, beside: float) -> str:
    """What the start of a worker adds, as measured here; nothing where a training takes far longer."""
    seconds = TRIALS.start_seconds(device)
    if seconds is None or seconds < LITTLE * beside:
        return ""
    return f", and up to {words.duration(seconds)} until a worker has started"


def doubt(timed: Cost, rough: Cost) -> str:
    """What to think of a timing that is far from the rough count; empty where both are near, or it is none.

    Args:
        timed: the estimate that is shown.
        rough: the one from a count of multiplications alone.
    """
    ratio = timed.seconds / rough.seconds
    if timed.basis != TIMED or 1 / FAR < ratio < FAR:
        return ""
    count = f"a rough count of multiplications gives about {words.duration(rough.seconds)}"
    if ratio > 1:
        return (
            f"The time above is the timed one; {count}. Programs that kept the machine busy while two "
            "batches were timed may be why: on an idle machine expect a time between the two."
        )
    return f"The time above is the timed one; {count}, which is too careful here."


def advise(request: Request) -> None:
    """Where a training keeps much, offer to keep less; say so if the disk is too small for it."""
    needed, free = estimate(request).total_bytes, _free_bytes()
    if needed <= LARGE and needed < free / 2:
        return
    tight = needed >= free / 2
    room = f" Only {words.size(free)} are free on that disk." if tight else ""
    less = thinner(request, limit=min(LARGE, free / 2))
    if less is None:
        st.warning(
            f"That is much.{room} Fewer points, epochs or latent dimensions take less.",
            icon=":material/hard_drive:",
        )
        return
    saved, kept = words.size(estimate(less).total_bytes), less.schedule
    st.warning(
        f"That is much.{room} With a snapshot every {kept.every} epochs, each of them near a switch, and a "
        f"checkpoint every {kept.checkpoint_every}, it is about {saved}; the training itself is the same.",
        icon=":material/hard_drive:",
    )
    st.button(
        f"Keep less: about {saved}", key="keep_less", icon=":material/compress:",
        on_click=st.session_state.update,
        kwargs={"keep_every": kept.every, "keep_dense": kept.dense_around_switch,
                "keep_checkpoints": kept.checkpoint_every},
    )  # fmt: skip


def thinner(request: Request, *, limit: float) -> Request | None:
    """The same training with as many kept epochs as fit, or as few as make sense.

    Args:
        request: complete and checked.
        limit: bytes that should be enough.

    Returns:
        The request with a thinner schedule; None if that would not save a quarter.
    """
    epochs, now = sum(length for _, length in request.phases), estimate(request).total_bytes
    found = request
    for times in (2, 5, 10, 20, 50):
        every = max(1, min(request.schedule.every * times, epochs // 10))
        rare = max(every, request.schedule.checkpoint_every, -(-epochs // 4))
        found = replace(request, schedule=Schedule(every, 2, rare))
        if estimate(found).total_bytes <= limit:
            break
    return found if estimate(found).total_bytes < 0.75 * now else None


def _free_bytes() -> int:
    """Free bytes where new runs go; the folder itself may not be there yet."""
    root = default_store().root
    return shutil.disk_usage(next(folder for folder in (root, *root.parents) if folder.exists())).free


def command(request: Request, chosen: Chosen) -> str:
    """The line for a terminal that trains the same."""
    line = ["python", "-m", "dcviz", "train", request.method, request.dataset]
    line += ["--preset", request.preset, "--seed", str(request.seed), "--device", request.device]
    line += ["--devices", str(request.devices)] if request.devices > 1 else []
    start = chosen.plan().settings
    changed = {
        name: value
        for name, value in asdict(request.settings).items()
        if name in chosen.given or value != getattr(start, name)
    }
    for name, value in changed.items():
        line += ["--set", f"{name}={value}"]
    for name, value in chosen.options.items():
        line += ["--data", f"{name}={value}"] if value != _default(request.dataset, name) else []
    usual = type(request.schedule)()
    for name, value in asdict(request.schedule).items():
        line += [f"--{name.replace('_', '-')}", str(value)] if value != getattr(usual, name) else []
    return shlex.join(line + place_arguments(chosen.place))


def place_arguments(place: Place) -> list[str]:
    """How a terminal names an engine; nothing for this machine."""
    if place == Place():
        return []
    line = ["--engine", place.engine, *(["--address", place.address] if place.address else [])]
    line += ["--gpus", f"{place.gpus:g}"] if place.gpus is not None else []
    line += ["--cpus", f"{place.cpus:g}"] if place.cpus != 1 else []
    line += ["--folder", place.folder] if place.folder else []
    for name, value in place.options.items():
        line += ["--option", f"{name}={value}"]
    return line


def _default(dataset: str, option: str) -> object:
    """What a data set's option is when nobody says anything."""
    entry = DATASETS.get(dataset)
    return next((each.default for each in entry.options if each.name == option), None) if entry else None
