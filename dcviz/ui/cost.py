"""What a training will cost and how to start it by hand."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict

import streamlit as st

from dcviz.data.catalog import DATASETS
from dcviz.engine.estimate import estimate
from dcviz.engine.request import Request
from dcviz.runs import Run
from dcviz.ui import words
from dcviz.ui.wish_form import Chosen


def show(request: Request, runs: Sequence[Run], *, title: str = "This training") -> None:
    """Say what is trained, how long it takes and how much it keeps.

    Args:
        request: complete and checked.
        runs: earlier runs to learn the speed from.
        title: heading.
    """
    cost = estimate(request, runs=runs)
    st.markdown(f"#### {title}")
    st.markdown(
        " → ".join(f"**{epochs:,}** epochs {name}" for name, epochs in request.phases)
        + f", preset **{request.preset}** on **{request.device}**"
    )
    left, right = st.columns(2)
    left.metric("Time", f"about {words.duration(cost.seconds)}")
    right.metric("Disk", words.size(cost.total_bytes))
    st.caption(
        f"Time {cost.basis}. {cost.snapshots:,} kept epochs of {words.size(cost.snapshot_bytes)}, "
        f"{cost.checkpoints:,} checkpoints of {words.size(cost.checkpoint_bytes)}."
    )


def command(request: Request, chosen: Chosen) -> str:
    """The line for a terminal that trains the same."""
    line = ["python", "-m", "dcviz", "train", request.method, request.dataset]
    line += ["--preset", request.preset, "--seed", str(request.seed), "--device", request.device]
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
    return shlex.join(line)


def _default(dataset: str, option: str) -> object:
    """What a data set's option is when nobody says anything."""
    entry = DATASETS.get(dataset)
    return next((each.default for each in entry.options if each.name == option), None) if entry else None
