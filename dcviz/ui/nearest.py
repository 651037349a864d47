"""How the neighbors of an epoch were found, how many are the true ones, and the exact ones on request."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dcviz.geometry.dimension import Estimate, two_nn
from dcviz.geometry.neighbors import NeighborGraph, neighbor_graph
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import words
from dcviz.ui.cached import identity

# Seconds of an exact search of 70,000 points by comparing all pairs, rounded up; a tree takes less.
_SECONDS, _POINTS = 20.0, 70_000


@dataclass(frozen=True)
class Compared:
    """Stored neighbors beside the exact ones: share that agrees, and the ID of the whole set from each."""

    same: float
    stored: Estimate
    exact: Estimate


def line(run: Run, now: Epoch) -> None:
    """Say how the stored neighbors were found; offer the exact ones where they are not."""
    graph = run.neighbors(now.key)
    st.caption(told(graph))
    if _is_exact(graph):
        return
    cost = words.duration(_SECONDS * (graph.n / _POINTS) ** 2)
    asked = st.session_state.setdefault("exact_asked", set())
    if (run.id, now.key) not in asked:
        st.button(
            f"Search exactly, at most about {cost}", key="exact_go", icon=":material/straighten:",
            on_click=asked.add, args=((run.id, now.key),),
            help="Compares the stored neighbors and the dimension of the whole set with the exact ones.",
        )  # fmt: skip
        return
    with st.spinner("Searching exactly …"):
        found = compare(run, now.key)
    st.caption(
        f"Of the stored neighbors {found.same:.3%} are the exact ones. ID of the whole set: "
        f"{words.number(found.stored.number, digits=4)} from the stored, "
        f"{words.number(found.exact.number, digits=4)} from the exact ones."
    )


def told(graph: NeighborGraph) -> str:
    """Number, engine, recall and collapse of a graph in one line."""
    text = f"Neighbors: {graph.width} for each of {graph.n:,} points, found by {graph.backend}"
    if graph.recall is None:
        text += "; nobody measured how many of them are the true ones."
    elif _is_exact(graph):
        text += ", exact."
    else:
        text += f"; recall {graph.recall:.4f}, measured on 300 exact rows."
    if graph.collapsed:
        text += (
            " :material/warning: The latents have **collapsed**: neighbors lie over 100 times closer than "
            "evenly spread points would."
        )
    return text


def _is_exact(graph: NeighborGraph) -> bool:
    """Not where all of 300 rows were found by a search that may miss some: that is a measured 1."""
    return graph.recall == 1.0 and not graph.backend.startswith(("cells", "faiss"))


def compare(run: Run, key: str) -> Compared:
    """Search an epoch exactly and hold the stored neighbors against it."""
    return _compare(run, identity(run), key)


@st.cache_data(show_spinner=False, max_entries=32)
def _compare(_run: Run, who: str, key: str) -> Compared:
    stored = _run.neighbors(key)
    exact = neighbor_graph(_run.latents(key), m=max(stored.width, 1), exact=True)
    # By distance, so that equally far neighbors count as the same; 1e-6 is float32 rounding.
    same = float(np.mean(stored.distances <= exact.distances * (1 + 1e-6))) if stored.n else 1.0
    return Compared(same, two_nn(stored), two_nn(exact))
