"""Bringing latents of another program in: upload or path, a few words about them, done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dcviz.runs import Run, default_store
from dcviz.ui import address, exchange_actions, frame, mode, words
from dcviz.ui.links import link

_DONE = "arrived"
ENDINGS = ["npy", "npz", "csv", "tsv", "parquet", "txt", "zip"]
FORMATS = pd.DataFrame(
    [
        (".npy", "(n, d), or (epochs, n, d)", "a second .npy, .csv or .txt named labels"),
        (".npz", "z, (n, d) or (epochs, n, d)", "labels, clusters, epochs, inputs (n, 2) beside z"),
        (".csv .tsv .parquet", "one row a point, columns z0, z1, …", "columns label, cluster, epoch"),
        ("several .npy", "one an epoch: 00001.npy, 00002.npy, …", "labels.npy, labels.csv beside them"),
        ("projector folder", "TensorBoard's projector_config.pbtxt", "its metadata; by path only"),
        (".zip", "a run exported by this lab", "all of it"),
    ],
    columns=["File", "Holds", "Labels and more"],
)


def form() -> None:
    """The whole of "bring latents in"."""
    locked = not mode.may_change()
    left, right = st.columns([3, 2], gap="large")
    with left:
        files = st.file_uploader(
            "Files", type=ENDINGS, accept_multiple_files=True, key="in_files", disabled=locked,
            help="Several .npy files are the epochs of one training; one named labels holds the classes.",
        )  # fmt: skip
        path = st.text_input(
            "or a file or folder on this machine", key="in_path", disabled=locked, placeholder="~/latents/"
        )
        options = _options(locked)
        source = files or (Path(path).expanduser() if path else None)
        go = st.button(
            "Bring it in", type="primary", key="in_go", icon=":material/input:",
            disabled=locked or source is None,
        )  # fmt: skip
        if go and source is not None:
            _bring(source, options)
        _arrived()
    with right:
        st.table(FORMATS.set_index("File"))
        st.caption(
            "Rows are points and stay in order over the epochs. Values must be finite numbers; a file holds "
            "at most 1 GB. Nothing is unpickled, and nothing is kept if anything is wrong. In a terminal:"
        )
        st.code("python -m dcviz import latents.npz --name 'my method'", language="bash", wrap_lines=True)


def _options(locked: bool) -> dict[str, Any]:
    labels, clusters, name = st.columns(3)
    label = labels.text_input(
        "Labels", key="in_labels", disabled=locked, placeholder="found by name",
        help="A column, an array, or a file beside the latents; none leaves them out. Scores alone use them.",
    )  # fmt: skip
    count = clusters.number_input(
        "Clusters K", 0, 10_000, 0, key="in_clusters", disabled=locked,
        help="For the k-means that stands in where the files hold no clusters; 0: the number of classes.",
    )  # fmt: skip
    given = name.text_input("Name", key="in_name", disabled=locked, max_chars=120, placeholder="the file's")
    return {"labels": label or None, "clusters": int(count) or None, "name": given or ""}


def _bring(source: Any, options: dict[str, Any]) -> None:
    bar = st.progress(0.0, "Reading …")

    def told(done: int, total: int) -> None:
        bar.progress(done / max(total, 1), f"{done} of {total} epochs: neighbors, clusters, scores")

    def bring() -> None:
        run = exchange_actions.bring_in(source, progress=told, **options)
        st.session_state[_DONE] = run.id
        address.write(run=run.id, epoch=None)

    frame.attempt(bring)
    bar.empty()


def _arrived() -> None:
    run_id = st.session_state.get(_DONE)
    run = next((run for run in default_store().list() if run.id == run_id), None)
    if run is None:
        return
    with st.container(border=True, key="in_done"):
        st.markdown(f"**{words.literal(run.name)}** is a run now: {_about(run)}.")
        for told in (run.spec.get("source"), *(run.spec.get("notices") or [])):
            if told:
                st.caption(words.literal(told))
        with st.container(horizontal=True, key="in_links"):
            link("explore", "Explore it", run=run.id)
            link("geometry", "See its geometry", run=run.id)


def _about(run: Run) -> str:
    spec = run.spec
    classes = len(spec.get("class_names") or [])
    epochs = len(run.epochs())
    return (
        f"{epochs:,} epoch{'s' if epochs != 1 else ''} of {spec.get('n'):,} points "
        f"in {spec.get('latent_dim')} dimensions, " + (f"{classes} classes" if classes else "no labels")
    )
