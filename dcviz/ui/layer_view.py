"""One layer of a checkpoint, seen: its numbers, its directions, its change."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dcviz.engine.inspect.layers import spectrum
from dcviz.exchange.calls import drawn
from dcviz.figures.weights import singular_values, weight_histogram, weight_map
from dcviz.ui import weights, words
from dcviz.ui.chart import Caption, chart
from dcviz.ui.weights import Chosen

BINS = 60
LARGEST_SIDE = 2048


def show(name: str, now: Chosen, other: Chosen | None) -> None:
    """The figures of one array; with another checkpoint, both over each other and their difference."""
    array = now.weights.tensors[name]
    st.subheader(f"{name}, {' x '.join(map(str, array.shape))}", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        _distribution(name, array, now, other)
    matrix = array.ndim >= 2 and array.size > 0
    if matrix and np.isfinite(array).all():
        with right:
            _directions(name, array, now, other)
        _map(name, now, other)


def _before(name: str, now: Chosen, other: Chosen | None) -> np.ndarray | None:
    """The array of that name in the other checkpoint, where it has the same shape."""
    before = None if other is None else other.weights.tensors.get(name)
    return before if before is not None and before.shape == now.weights.tensors[name].shape else None


def _finite(array: np.ndarray) -> np.ndarray:
    numbers = np.asarray(array, np.float64)
    return numbers[np.isfinite(numbers)]


def layer_histogram(name: str, now: Chosen, other: Chosen | None = None) -> go.Figure:
    """How the numbers of one array are distributed, in one or two checkpoints."""
    before = _before(name, now, other)
    finite = [_finite(each) for each in (now.weights.tensors[name], before) if each is not None]
    edges = np.histogram_bin_edges(np.concatenate(finite), BINS)
    titles = [now.title, other.title if other else ""]
    counts = [(title, np.histogram(each, edges)[0]) for title, each in zip(titles, finite, strict=False)]
    return weight_histogram(edges, counts, title="weight (no unit)")


def layer_spectrum(name: str, now: Chosen, other: Chosen | None = None) -> go.Figure:
    """The singular values of one array as a matrix, in one or two checkpoints."""
    found = [(now.title, weights.spectrum(now.identity, name, now.weights.tensors[name]))]
    before = _before(name, now, other)
    if before is not None and other is not None and np.isfinite(before).all():
        found.append((other.title, weights.spectrum(other.identity, name, before)))
    return singular_values(found)


def layer_map(name: str, now: Chosen, other: Chosen | None = None) -> go.Figure:
    """One array as a matrix, or its change since the other checkpoint."""
    matrix, changed = _matrix(name, now, other)
    return weight_map(matrix, title="W − W′" if changed else "W")


def _matrix(name: str, now: Chosen, other: Chosen | None) -> tuple[np.ndarray, bool]:
    """The matrix drawn, and whether it is a difference."""
    array, before = now.weights.tensors[name], _before(name, now, other)
    matrix = np.asarray(array, np.float64).reshape(len(array), -1)
    if before is None or not np.isfinite(before).all():
        return matrix, False
    return matrix - np.asarray(before, np.float64).reshape(matrix.shape), True


def _distribution(name: str, array: np.ndarray, now: Chosen, other: Chosen | None) -> None:
    mine = _finite(array)
    if not mine.size:
        st.caption("There is no finite number in this array.")
        return
    low, high = float(mine.min()), float(mine.max())
    chart(
        drawn(layer_histogram, name, now, other),
        Caption(
            drawn="How the numbers of this array are distributed.",
            formula=rf"\mu = {mine.mean():.4g},\quad \sigma = {mine.std():.4g}",
            symbols="μ: mean, σ: standard deviation of the numbers. No unit.",
            points=f"{array.size:,} numbers in {BINS} bars.",
            settings="Bars of equal width over the range of all checkpoints drawn.",
            not_shown="which weight is which: two layers that do different things can look the same.",
        ),
        key="weights_histogram",
        alt=f"Histogram of the numbers of {name}, from {low:.3g} to {high:.3g}",
    )


def _directions(name: str, array: np.ndarray, now: Chosen, other: Chosen | None) -> None:
    if min(len(array), array.size // len(array)) > LARGEST_SIDE:
        st.caption(f"Singular values are found up to {LARGEST_SIDE:,} outputs or inputs.")
        return
    largest, rank = spectrum(array)
    chart(
        drawn(layer_spectrum, name, now, other),
        Caption(
            drawn="How strongly the layer stretches each direction, strongest first.",
            formula=r"\mathrm{erank}(W) = \exp\Big(-\sum_i p_i \log p_i\Big)"
            rf" = {rank or 0:.1f},\quad p_i = \sigma_i / \sum_j \sigma_j",
            symbols="σ: singular values of W (outputs, everything else). Effective rank: no unit.",
            points=f"{min(len(array), array.size // len(array)):,} singular values; "
            f"the largest is {largest:.4g}.",
            settings="Exact decomposition in double precision.",
            not_shown="what the data use: a strong direction may meet no point.",
        ),
        key="weights_spectrum",
        alt=f"Singular values of {name}: largest {largest:.3g}, effective rank {rank or 0:.1f}",
    )


def _map(name: str, now: Chosen, other: Chosen | None) -> None:
    matrix, changed = _matrix(name, now, other)
    norm = float(np.linalg.norm(matrix))
    what = r"W - W^\prime" if changed else "W"
    chart(
        drawn(layer_map, name, now, other),
        Caption(
            drawn="Where the layer changed since the other checkpoint."
            if changed
            else "The layer as a matrix.",
            formula=rf"\lVert {what} \rVert = {norm:.4g}",
            symbols="W: outputs downwards, inputs to the right; W′: the other checkpoint. No unit.",
            points=f"{matrix.size:,} numbers; sides longer than 256 are means of blocks.",
            settings="Colors symmetric around zero.",
            not_shown="small changes beside large ones: the color follows the largest.",
        ),
        key="weights_map",
        alt=f"Heat map of {'the change of ' if changed else ''}{words.literal(name)}, norm {norm:.3g}",
    )
