"""Choosing where to train: this machine, a Ray cluster, a Slurm cluster; and what each needs to know."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dcviz.engine.devices import cuda_count
from dcviz.engine.launchers import LAUNCHERS
from dcviz.engine.place import Place
from dcviz.ui import frame, words


def place_form(key: str = "train") -> Place:
    """Show the engines and what the chosen one needs.

    Args:
        key: prefix of the widgets.

    Returns:
        The place; what is still missing is said below the form, and again by the engine.
    """
    engine = st.segmented_control(
        "Engine", list(LAUNCHERS), default="local", required=True, key=f"{key}_engine",
        format_func=lambda name: LAUNCHERS[name].title, persist_state="session",
        help="Where the training runs. Curves, pause, step, stop, resume and branch are the same.\n\n"
        "`--engine`",
    )  # fmt: skip
    asked = {"local": _local, "ray": _ray, "slurm": _slurm}[str(engine)](key)
    try:
        place = Place(engine=str(engine), **asked)
    except ValueError as error:
        frame.say(error)
        return Place(engine=str(engine))
    if lack := LAUNCHERS[place.engine].missing(place):
        st.warning(f"{words.literal(lack)}.", icon=":material/power:")
    return place


def _local(key: str) -> dict[str, Any]:
    if not cuda_count():
        return {}
    share = st.number_input(
        "Share of a GPU", 0.05, 1.0, 1.0, 0.05, key=f"{key}_share",
        help="Trainings whose shares add up to 1 run side by side on one GPU; each keeps to its part of the "
        "memory.\n\n`--gpus`",
    )  # fmt: skip
    return {"gpus": share} if share < 1 else {}


def _ray(key: str) -> dict[str, Any]:
    left, middle, right = st.columns([3, 1, 1])
    address = left.text_input(
        "Address of the dashboard", "http://127.0.0.1:8265", key=f"{key}_address",
        help="Port 8265 of the head node.\n\n`--address`",
    )  # fmt: skip
    gpus = _gpus(middle, key, "A fraction shares one GPU.", step=0.25)
    cpus = _cpus(right, key)
    folder = st.text_input(
        "Folder in between, where the nodes do not share this disk", "", key=f"{key}_folder",
        placeholder="s3://bucket/runs, sftp://head/runs, …",
        help="The run travels through it and comes home by itself. Empty: nodes see this disk under the same "
        "path.\n\n`--folder`",
    )  # fmt: skip
    return {"address": address.strip(), "gpus": gpus, "cpus": cpus, "folder": folder.strip()}


def _slurm(key: str) -> dict[str, Any]:
    left, minutes, gpus, cpus = st.columns([2, 1, 1, 1])
    partition = left.text_input(
        "Partition", "", key=f"{key}_partition", help="Empty: Slurm's default.\n\n`--option partition=…`"
    )
    time = minutes.number_input(
        "Minutes", 5, 100_000, 1440, key=f"{key}_minutes",
        help="Out of time, the training goes back into the queue and goes on from a checkpoint.\n\n"
        "`--option time=…`",
    )  # fmt: skip
    options = {"time": str(int(time)), **({"partition": partition.strip()} if partition.strip() else {})}
    wanted = _gpus(gpus, key, "Whole ones.", step=1.0)
    return {"options": options, "gpus": wanted, "cpus": _cpus(cpus, key)}


def _gpus(where: Any, key: str, text: str, *, step: float) -> float | None:
    help_text = f"Empty: one if the training uses a GPU. {text}\n\n`--gpus`"
    value = where.number_input(
        "GPUs", 0.0, 64.0, None, step, key=f"{key}_gpus", placeholder="auto", help=help_text
    )
    return None if value is None else float(value)


def _cpus(where: Any, key: str) -> float:
    return float(where.number_input("Cores", 1, 256, 1, key=f"{key}_cpus", help="`--cpus`"))
