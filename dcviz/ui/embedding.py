"""Putting data through stored weights: which data, how it goes, where the result is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from dcviz.data.catalog import DATASETS
from dcviz.engine.inspect.prepare import Target, from_file, from_foreign, from_graph, from_run, width_of
from dcviz.runs import Run, default_store
from dcviz.runs.status import ACTIVE
from dcviz.ui import exchange_actions, frame, mode, words
from dcviz.ui.data_form import data_form
from dcviz.ui.links import link
from dcviz.ui.matching import match_form
from dcviz.ui.weights import Chosen
from models.catalog import METHODS

_STARTED, _FOR = "embedding.started", "embedding.for"


def offer(chosen: Chosen) -> None:
    """The form, the button, and the progress of what was started."""
    st.subheader("Put data through it", anchor=False)
    st.caption(
        "The latents become a run like any other: neighbors, clusters and scores of these data, seen by this "
        "network. Nothing is trained."
    )
    _start_with_its_data(chosen)
    picked = data_form()
    if picked is None:
        return
    dataset, options = picked
    prepared: dict[str, Callable[[], Run]] = {}

    def plan() -> None:
        target = _target(dataset, options)
        make = _preparation(chosen, target)
        if make is not None:
            prepared["it"] = make

    frame.attempt(plan)
    go = st.button(
        "Embed", type="primary", icon=":material/arrow_forward:", key="embed_go",
        disabled=not mode.may_change() or not prepared,
    )  # fmt: skip
    if go and prepared:
        frame.attempt(lambda: st.session_state.update({_STARTED: exchange_actions.embed(prepared["it"]).id}))
    if _STARTED in st.session_state:
        _progress()


def _start_with_its_data(chosen: Chosen) -> None:
    """A checkpoint just chosen begins with the data its run was trained on."""
    if st.session_state.get(_FOR) == chosen.identity:
        return
    st.session_state[_FOR] = chosen.identity
    dataset = "" if chosen.run is None else str(chosen.run.spec.get("dataset"))
    if dataset in DATASETS:
        st.session_state["train_data"] = dataset


def _target(dataset: str, options: dict) -> Target:
    left, right = st.columns(2)
    clusters = left.number_input(
        "Clusters K for the scores", 0, 10_000, 0, key="embed_clusters", help="0: as the data or the run say."
    )
    name = right.text_input(
        "Name of the run", key="embed_name", max_chars=120, placeholder="made up from both"
    )
    if dataset not in DATASETS:
        mode.refuse_unless_solo("read paths of the server")
    return Target(dataset, options, int(clusters) or None, name or "")


def _preparation(chosen: Chosen, target: Target) -> Callable[[], Run] | None:
    if chosen.run is not None:
        every = st.toggle(
            f"Every checkpoint of the run ({len(chosen.run.checkpoints())}), one epoch each",
            key="embed_every",
        )
        return partial(from_run, chosen.run, target, keys=None if every else [chosen.key])
    if chosen.weights.origin is not None:
        return partial(from_file, chosen.weights, target)
    if chosen.weights.graph:
        st.caption("The graph runs as it is, in a process of its own with limits; its first output is z.")
        return partial(from_graph, chosen.weights, target)
    match = match_form(chosen.weights, width_of(target))
    if match is None:
        return None
    method = "autoencoder"
    if match.network and match.decoder:
        method = st.selectbox(
            "Training can go on from there with", list(METHODS), key="embed_method",
            format_func=lambda each: METHODS[each].title,
            help="Encoder and decoder fit a network of ours, so the run can be branched on Train.",
        )  # fmt: skip
    return partial(from_foreign, chosen.weights, match, target, method=str(method))


@st.fragment(run_every=1.0)
def _progress() -> None:
    run_id = st.session_state[_STARTED]
    run = next((run for run in default_store().list() if run.id == run_id), None)
    if run is None:
        return
    status = run.status()
    with st.container(border=True, key="embed_state"):
        st.markdown(f"**{words.literal(run.name)}**: {_words(run, status)}")
        if status.get("error"):
            st.error(words.literal(status["error"]["message"]), icon=":material/error:")
        if run.epochs() and status["state"] not in ACTIVE:
            with st.container(horizontal=True, key="embed_links"):
                link("explore", "Explore it", run=run.id)
                link("geometry", "See its geometry", run=run.id)
                if run.spec.get("method") in METHODS:
                    link("train", "Branch it", run=run.id)


def _words(run: Run, status: dict) -> str:
    if status["state"] == "finished":
        return f"finished, {len(run.epochs())} epoch{'s' if len(run.epochs()) != 1 else ''}"
    part = f", part {status['batch']} of {status['batches']}" if status.get("batches") else ""
    return words.state(status).replace("training", "embedding") + part
