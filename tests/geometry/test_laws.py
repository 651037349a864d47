"""Laws that hold for any data: scale, rotation, order, duplicates; checked on random sets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcviz.geometry.dimension import gride, linear_dimension, local_dimension, participation_ratio, two_nn
from dcviz.geometry.filters import Thresholds, core_border_split, split
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.purity import split_scores
from dcviz.geometry.scores import live_scores, measure
from dcviz.geometry.table import threshold_table

LAW = settings(max_examples=25, deadline=None, derandomize=True)
SETS = {"n": st.integers(30, 150), "d": st.integers(2, 6), "seed": st.integers(0, 10_000)}


def points(n, d, seed):
    return np.random.default_rng(seed).standard_normal((n, d))


def rotation(d, seed):
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]


def dimensions(z):
    graph = neighbor_graph(z)
    values = [two_nn(graph, method=method).value for method in ("linear", "ml", "censored")]
    return np.array([*values, *(at.id.value for at in gride(graph.distances)), participation_ratio(z).value])


@LAW
@given(**SETS, exponent=st.integers(-20, 20))
def test_scale_changes_no_dimension_and_no_core_point(n, d, seed, exponent):
    z = points(n, d, seed)
    np.testing.assert_allclose(dimensions(z), dimensions(z * 2.0**exponent), rtol=1e-6)
    near, far = neighbor_graph(z).distances, neighbor_graph(z * 2.0**exponent).distances
    np.testing.assert_array_equal(core_border_split(near, 0.6), core_border_split(far, 0.6))
    assert linear_dimension(z).value == linear_dimension(z * 2.0**exponent).value


@LAW
@given(**SETS, shift=st.floats(-1000, 1000))
def test_rotation_and_shift_change_no_dimension(n, d, seed, shift):
    z = points(n, d, seed)
    moved = z @ rotation(d, seed) + shift
    np.testing.assert_allclose(dimensions(z), dimensions(moved), rtol=1e-6)


@LAW
@given(**SETS)
def test_order_of_the_points_does_not_matter(n, d, seed):
    z, labels = points(n, d, seed), np.random.default_rng(seed).integers(0, 3, n)
    order = np.random.default_rng(seed).permutation(n)
    np.testing.assert_allclose(dimensions(z), dimensions(z[order]), rtol=1e-9)
    here = split_scores(neighbor_graph(z), Thresholds(), labels=labels)
    assert here == split_scores(neighbor_graph(z[order]), Thresholds(), labels=labels[order])


@LAW
@given(**SETS, copies=st.integers(1, 60))
def test_duplicates_change_no_intrinsic_dimension(n, d, seed, copies):
    z = points(n, d, seed)
    rows = np.random.default_rng(seed).integers(0, n, copies)
    rows = rows[np.argsort(rows)]
    rows = rows[np.concatenate([[True] * min(4, copies), rows[4:] != rows[:-4]])]  # at most 5 alike
    found = two_nn(neighbor_graph(np.concatenate([z, z[rows]]), m=15))
    assert found.value == pytest.approx(two_nn(neighbor_graph(z)).value, rel=1e-6)


@LAW
@given(**SETS, k=st.integers(2, 14))
def test_slicing_equals_recomputing(n, d, seed, k):
    z = points(n, d, seed)
    np.testing.assert_array_equal(
        neighbor_graph(z, m=15).first(k).distances, neighbor_graph(z, m=k).distances
    )


@LAW
@given(**SETS, low=st.floats(0, 1), high=st.floats(0, 1), tau=st.floats(0, 2))
def test_raising_a_threshold_is_monotone(n, d, seed, low, high, tau):
    low, high = sorted((low, high))
    distances = neighbor_graph(points(n, d, seed)).distances
    assert not (core_border_split(distances, high) & ~core_border_split(distances, low)).any()
    small, large = split(distances, Thresholds(5, 0.5, tau)), split(distances, Thresholds(5, 0.5, tau + 0.1))
    assert not (small.reliable & ~large.reliable).any()


@LAW
@given(
    n=st.integers(0, 40),
    d=st.integers(1, 4),
    seed=st.integers(0, 999),
    levels=st.integers(1, 4),
    spoil=st.sampled_from(["nothing", "nan", "constant column", "all equal", "two heaps"]),
)
def test_no_set_is_too_bad_for_an_answer(n, d, seed, levels, spoil):
    """Tiny, gridded (full of ties and copies), constant or broken sets: None with a reason, never a crash."""
    z = np.random.default_rng(seed).integers(0, levels, (n, d)).astype(np.float32)
    if n and spoil == "nan":
        z[seed % n] = np.nan
    if spoil == "constant column":
        z[:, 0] = 5
    if spoil == "all equal":
        z[:] = 1
    if spoil == "two heaps":
        z[: n // 2], z[n // 2 :] = 0, 1
    labels = np.arange(n) % 3
    broken = bool(n) and spoil == "nan"
    graph = None if broken else neighbor_graph(z)
    scores, _, _ = live_scores(z, graph, clusters=3, labels=labels)
    for key, value in scores.items():
        if value is None:
            assert scores[f"{key}_reason"]
        elif not key.endswith("_reason"):
            assert np.isfinite(value)
    if not broken:
        assert measure(z, labels=labels)["n"] == n
        threshold_table(graph, labels=labels)
        if graph.width >= 3:
            local_dimension(graph.distances)
