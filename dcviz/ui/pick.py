"""Choosing a run, an epoch and thresholds; the address bar always agrees with the choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run, default_store
from dcviz.runs.metrics import Epoch
from dcviz.ui import address, words
from dcviz.ui.links import link

_RUN, _EPOCH = "pick_run", "pick_epoch"
EXAMPLE = "arcs-dec"  # of all shipped runs the one in which most happens


def runs() -> list[Run]:
    """Every run that can be read, newest first."""
    return [run for run in default_store().list() if not run.broken]


def pick_run(*, with_epochs: bool = True, example: str = EXAMPLE) -> Run:
    """Let the user choose a run; the page ends here with a way out if there is none.

    Args:
        with_epochs: a run without a stored epoch ends the page too.
        example: id of the shipped run that opens while the user has none.

    Returns:
        The run.
    """
    shelf = {run.id: run for run in runs()}
    if not shelf:
        no_run_yet()
        st.stop()
    chosen = _wanted(shelf, example)
    st.session_state[_RUN] = chosen
    st.selectbox(
        "Run",
        list(shelf),
        key=_RUN,
        format_func=labels(shelf).__getitem__,
        on_change=lambda: address.write(run=st.session_state[_RUN]),
        help="One training. The newest comes first; the shipped examples come last.",
    )
    address.write(run=chosen)
    run = shelf[chosen]
    if with_epochs and not run.epochs():
        nothing_stored_yet(run)
        st.stop()
    return run


def _wanted(shelf: dict[str, Run], example: str) -> str:
    """The run of the address if it is there; else the newest of the user's own, else the example."""
    asked = address.query().get("run")
    if asked in shelf:
        return str(asked)
    if asked:
        st.warning(
            f"The address asks for the run “{words.literal(asked[:60])}”, which is not here. "
            "It was deleted, renamed on the disk, or belongs to another machine.",
            icon=":material/search_off:",
        )
    known = [run_id for run_id, run in shelf.items() if run.epochs()] or list(shelf)
    own = next((run_id for run_id in known if not shelf[run_id].read_only), None)
    return own or (example if example in known else known[0])


def labels(shelf: Mapping[str, Run]) -> dict[str, str]:
    """One line for each run of a list, no two alike: those of one name and age are told apart by their ids.

    A list sends the browser its labels alone and gets the chosen one back, so of two runs with the same
    label only the last could ever be chosen.

    Args:
        shelf: the runs of the list by id.

    Returns:
        The labels by id, in the same order.
    """
    lines = {run_id: describe(run) for run_id, run in shelf.items()}
    often = Counter(lines.values())
    return {run_id: f"{line} · {run_id}" if often[line] > 1 else line for run_id, line in lines.items()}


def describe(run: Run) -> str:
    """One line for a list: name, state where it is not finished, age."""
    status = run.status()
    parts = [run.name]
    if status["state"] != "finished":
        parts.append(words.state(status))
    parts.append("example" if run.read_only else words.ago(str(run.spec.get("created", ""))))
    return " · ".join(parts)


def pick_epoch(epochs: Sequence[Epoch]) -> Epoch:
    """Let the user choose one of the stored epochs of a run.

    Args:
        epochs: at least one.

    Returns:
        The chosen one; at first the one nearest to the address's epoch, or the last.
    """
    if len(epochs) == 1:
        return epochs[0]
    by_key = {epoch.key: epoch for epoch in epochs}
    st.session_state[_EPOCH] = nearest(epochs, address.epoch()).key
    st.select_slider(
        "Epoch",
        list(by_key),
        key=_EPOCH,
        format_func=lambda key: words.epoch(by_key[key].position),
        on_change=lambda: address.write(epoch=by_key[st.session_state[_EPOCH]].position),
        help="Only stored epochs can be chosen; nothing is interpolated. 0 is the network before training.",
    )
    return by_key[st.session_state[_EPOCH]]


def nearest(epochs: Sequence[Epoch], position: float | None) -> Epoch:
    """The stored epoch nearest to a position; the last one for None."""
    if position is None:
        return epochs[-1]
    return min(epochs, key=lambda epoch: abs(epoch.position - position))


def thresholds(run: Run) -> Thresholds:
    """The thresholds of the address; where it has none, those the run was trained with."""
    stored = run.spec.get("thresholds") or {}
    known = {
        name: stored[name] for name in ("M", "lambda_ratio", "tau_distance", "reading") if name in stored
    }
    try:
        trained = Thresholds(**known)
    except (TypeError, ValueError):
        trained = Thresholds()
    return address.thresholds(trained)


def no_run_yet() -> None:
    """Say what to do when nothing has been trained."""
    with st.container(border=True, key="no_run"):
        st.markdown("#### No run yet")
        st.markdown(
            "A run is one training with every epoch it kept. The four arcs take some seconds to train "
            "on a laptop's processor, without a download."
        )
        link("train", "Train the four arcs")
        st.caption("Or from a terminal, in the folder of the lab:")
        st.code("python -m dcviz train rdc arcs", language="bash")


def nothing_stored_yet(run: Run) -> None:
    """Say why a chosen run has nothing to show, and where to do something about it."""
    status = run.status()
    error = status.get("error")
    why = [error.get("message"), error.get("hint")] if error else [status.get("message")]
    st.info(
        f"**{words.literal(run.name)}** has no stored epoch yet: "
        f"{'its training failed' if error else f'it is {words.state(status)}'}.\n\n"
        + " ".join(words.sentence(text) for text in why if text),
        icon=":material/hourglass_empty:",
    )
    link("train", "Resume or discard it" if error else "See how far it is", run=run.id)
