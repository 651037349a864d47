"""One layer of a checkpoint, seen: its numbers, its directions, its change."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dcviz.engine.inspect.layers import spectrum
from dcviz.figures.weights import singular_values, weight_histogram, weight_map
from dcviz.ui import weights, words
from dcviz.ui.chart import Caption, chart
from dcviz.ui.weights import Chosen

BINS = 60
LARGEST_SIDE = 2048


def show(name: str, now: Chosen, other: Chosen | None) -> None:
    """The figures of one array; with another checkpoint, both over each other and their difference."""
    array = now.weights.tensors[name]
    before = None if other is None else other.weights.tensors.get(name)
    if before is not None and before.shape != array.shape:
        before = None
    st.subheader(f"{name}, {' x '.join(map(str, array.shape))}", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        _distribution(name, array, before, now, other)
    matrix = array.ndim >= 2 and array.size > 0
    if matrix and np.isfinite(array).all():
        with right:
            _directions(name, array, before, now, other)
        _map(name, array, before)


def _distribution(
    name: str, array: np.ndarray, before: np.ndarray | None, now: Chosen, other: Chosen | None
) -> None:
    finite = [np.asarray(each, np.float64) for each in (array, before) if each is not None]
    finite = [each[np.isfinite(each)] for each in finite]
    if not finite[0].size:
        st.caption("There is no finite number in this array.")
        return
    edges = np.histogram_bin_edges(np.concatenate(finite), BINS)
    titles = [now.title, other.title if other else ""]
    counts = [(title, np.histogram(each, edges)[0]) for title, each in zip(titles, finite, strict=False)]
    low, high = float(finite[0].min()), float(finite[0].max())
    chart(
        weight_histogram(edges, counts, title="weight (no unit)"),
        Caption(
            drawn="How the numbers of this array are distributed.",
            formula=rf"\mu = {finite[0].mean():.4g},\quad \sigma = {finite[0].std():.4g}",
            symbols="μ: mean, σ: standard deviation of the numbers. No unit.",
            points=f"{array.size:,} numbers in {BINS} bars.",
            settings="Bars of equal width over the range of all checkpoints drawn.",
            not_shown="which weight is which: two layers that do different things can look the same.",
        ),
        key="weights_histogram",
        alt=f"Histogram of the numbers of {name}, from {low:.3g} to {high:.3g}",
    )


def _directions(
    name: str, array: np.ndarray, before: np.ndarray | None, now: Chosen, other: Chosen | None
) -> None:
    if min(len(array), array.size // len(array)) > LARGEST_SIDE:
        st.caption(f"Singular values are found up to {LARGEST_SIDE:,} outputs or inputs.")
        return
    found = [(now.title, weights.spectrum(now.identity, name, array))]
    if before is not None and other is not None and np.isfinite(before).all():
        found.append((other.title, weights.spectrum(other.identity, name, before)))
    largest, rank = spectrum(array)
    chart(
        singular_values(found),
        Caption(
            drawn="How strongly the layer stretches each direction, strongest first.",
            formula=r"\mathrm{erank}(W) = \exp\Big(-\sum_i p_i \log p_i\Big)"
            rf" = {rank or 0:.1f},\quad p_i = \sigma_i / \sum_j \sigma_j",
            symbols="σ: singular values of W (outputs, everything else). Effective rank: no unit.",
            points=f"{len(found[0][1]):,} singular values; the largest is {largest:.4g}.",
            settings="Exact decomposition in double precision.",
            not_shown="what the data use: a strong direction may meet no point.",
        ),
        key="weights_spectrum",
        alt=f"Singular values of {name}: largest {largest:.3g}, effective rank {rank or 0:.1f}",
    )


def _map(name: str, array: np.ndarray, before: np.ndarray | None) -> None:
    matrix = np.asarray(array, np.float64).reshape(len(array), -1)
    changed = before is not None and np.isfinite(before).all()
    if changed and before is not None:
        matrix = matrix - np.asarray(before, np.float64).reshape(matrix.shape)
    norm = float(np.linalg.norm(matrix))
    drawn = r"W - W^\prime" if changed else "W"
    chart(
        weight_map(matrix, title="W − W′" if changed else "W"),
        Caption(
            drawn="Where the layer changed since the other checkpoint."
            if changed
            else "The layer as a matrix.",
            formula=rf"\lVert {drawn} \rVert = {norm:.4g}",
            symbols="W: outputs downwards, inputs to the right; W′: the other checkpoint. No unit.",
            points=f"{matrix.size:,} numbers; sides longer than 256 are means of blocks.",
            settings="Colors symmetric around zero.",
            not_shown="small changes beside large ones: the color follows the largest.",
        ),
        key="weights_map",
        alt=f"Heat map of {'the change of ' if changed else ''}{words.literal(name)}, norm {norm:.3g}",
    )
