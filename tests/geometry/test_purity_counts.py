"""Purity counts by hand, and the threshold table against the exact counts."""

import numpy as np
import pytest

from benchmarks.shapes import manifolds
from dcviz.geometry.filters import READINGS, Thresholds
from dcviz.geometry.neighbors import NeighborGraph, neighbor_graph
from dcviz.geometry.purity import Share, neighbor_purity, same_label, split_scores
from dcviz.geometry.table import STEPS, threshold_table


def by_hand():
    indices = np.array([[1, 2], [0, 2], [1, 3], [2, 0]], np.int32)
    distances = np.array([[1, 1.2], [1, 4], [2, 2.1], [5, 9]], np.float32)
    return NeighborGraph(indices, distances), np.array([0, 0, 1, 1])


def test_counts_by_hand():
    graph, labels = by_hand()
    found = split_scores(graph, Thresholds(M=2, lambda_ratio=0.6, tau_distance=0.15), labels=labels)
    # ratios .83 .25 .95 .56: core are 0 and 2; gaps .2 3 .1 4: reliable links 1, 1, 2, 1.
    assert (found.core, found.border, found.reliable, found.reliable_all) == (2, 2, 3, 5)
    assert found.core_share == 0.5
    assert found.true.all == Share(4, 8)
    assert found.true.core == Share(2, 4)
    assert found.true.border == Share(2, 4)
    assert found.true.all_filtered == Share(4, 5)
    assert found.true.core_filtered == Share(2, 3)
    assert found.true.border_filtered == Share(2, 2)
    assert found.predicted is None


def test_point_purity_by_hand():
    graph, labels = by_hand()
    same = same_label(graph.indices, labels)
    assert neighbor_purity(same).tolist() == [0.5, 0.5, 0.5, 0.5]
    kept = np.array([[True, False], [False, True], [True, True], [False, False]])
    assert neighbor_purity(same, kept)[:3].tolist() == [1, 0, 0.5]
    assert np.isnan(neighbor_purity(same, kept)[3])


def test_nothing_to_count_is_none():
    assert Share(0, 0).value is None
    graph = neighbor_graph(np.zeros((1, 2)))
    found = split_scores(graph, Thresholds(), labels=np.zeros(1, int))
    assert found.true.all.value is None
    assert found.m == 0


def test_label_count_must_match():
    graph, _ = by_hand()
    with pytest.raises(ValueError, match="4 points"):
        same_label(graph.indices, np.zeros(3))


def messy():
    z, labels = manifolds(3000, d=6, dimension=3)
    z[:200] = z[200:400]  # pairs of duplicates
    z[500:530] = z[500]  # a dead latent
    return neighbor_graph(z), labels


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("m", [1, 5, 15])
def test_table_equals_exact_counts_at_its_grid_points(reading, m):
    graph, labels = messy()
    table = threshold_table(graph, labels=labels, m=m, reading=reading)
    rng = np.random.default_rng(m)
    cells = [(0, 0), (0, 255), (255, 255), (255, 0), (153, 1), (254, 254), *rng.integers(0, STEPS, (25, 2))]
    for row, column in cells:
        at = Thresholds(m, float(table.lambda_axis[row]), float(table.tau_axis[column]), reading)
        exact = split_scores(graph, at, labels=labels)
        assert table.core[row] == exact.core
        assert table.same_before[row] == exact.true.core.hits
        assert table.reliable[row, column] == exact.reliable
        assert table.same_after[row, column] == exact.true.core_filtered.hits


def test_table_between_grid_points_stays_close():
    graph, labels = messy()
    table = threshold_table(graph, labels=labels, m=5)
    rng = np.random.default_rng(0)
    for ratio, tau in zip(rng.random(20), rng.uniform(0, table.tau_axis[-2], 20), strict=True):
        row, column = table.cell(ratio, tau)
        exact = split_scores(graph, Thresholds(5, ratio, tau), labels=labels)
        assert abs(table.core[row] - exact.core) / graph.n < 0.01
        assert abs(table.reliable[row, column] - exact.reliable) / graph.indices[:, :5].size < 0.015


def test_table_axes_and_ends():
    graph, labels = messy()
    table = threshold_table(graph, labels=labels, m=5)
    assert table.lambda_axis[0] == 0
    assert table.lambda_axis[-1] == 1
    assert (np.diff(table.tau_axis) >= 0).all()
    assert table.core[0] == graph.n
    assert table.core[-1] == 0
    assert not table.reliable[:, 0].any()
    assert table.reliable[0, -1] == 5 * graph.n
    assert table.purity_after()[0, -1] == pytest.approx(table.same_before[0] / (5 * graph.n))
    assert np.isnan(table.purity_after()[-1, -1])
    assert table.core_share()[0] == 1
    unlabeled = threshold_table(graph, m=5)
    assert unlabeled.same_after is None
    assert unlabeled.purity_after() is None


@pytest.mark.parametrize(
    "z", [np.zeros((1, 2)), np.zeros((0, 2)), np.zeros((30, 2)), np.arange(3.0)[:, None]]
)
def test_table_of_tiny_and_constant_sets(z):
    table = threshold_table(neighbor_graph(z), labels=np.zeros(len(z), int), m=5)
    assert table.reliable.shape == (STEPS, STEPS)
    assert table.reliable.max(initial=0) <= len(z) * 5
