"""Warm-started clusters follow latents that jump, and stay where latents stay."""

import numpy as np

from dcviz.geometry.clusters import k_means
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.scores import COLD_STARTS, live_scores


def test_no_cluster_dies_when_all_latents_move_away() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 50)
    z = (rng.normal(size=(4, 2)) * 10)[labels] + rng.normal(size=(200, 2))
    scores, _, centers = live_scores(z, neighbor_graph(z), clusters=4, labels=labels)
    moved = z + 500
    after, assignments, _ = live_scores(
        moved, neighbor_graph(moved), clusters=4, labels=labels, previous_centers=centers
    )
    assert len(np.unique(assignments)) == 4
    assert after["nmi"] == scores["nmi"] > 0.9


def test_a_large_set_starts_by_a_draw_of_its_points(monkeypatch) -> None:
    """Nearly as good as starts on all of them, and every point is in the last word."""
    rng = np.random.default_rng(0)
    z = (6 * rng.normal(size=(8, 4))[np.arange(6000) % 8] + rng.normal(size=(6000, 4))).astype(np.float32)
    whole = k_means(z, 8, n_init=COLD_STARTS)
    _, small, _ = live_scores(z, neighbor_graph(z), clusters=8)
    np.testing.assert_array_equal(small, whole.assignments)
    monkeypatch.setattr("dcviz.geometry.scores.LARGE_SET", 5000)
    monkeypatch.setattr("dcviz.geometry.scores.STARTED_BY", 1000)
    _, found, centers = live_scores(z, neighbor_graph(z), clusters=8)
    assert len(found) == 6000
    for cluster in range(8):  # Lloyd has ended on all points: centers are the means of all of them
        np.testing.assert_allclose(centers[cluster], z[found == cluster].mean(0), atol=1e-2)
    inertia = float(((z - centers[found]) ** 2).sum())
    assert inertia <= 1.02 * whole.inertia


def test_a_draw_with_too_few_places_is_not_the_last_word(monkeypatch) -> None:
    """Centers that begin in one place stay there: the rest of the points would share too few clusters."""
    z = np.zeros((2000, 2), np.float32)
    z[:40] = np.random.default_rng(0).normal(size=(40, 2)) + 5
    monkeypatch.setattr("dcviz.geometry.scores.LARGE_SET", 500)
    monkeypatch.setattr("dcviz.geometry.scores.STARTED_BY", 20)
    rows = np.random.default_rng(0).choice(2000, 20, replace=False)
    assert len(np.unique(z[rows], axis=0)) < 4
    _, found, _ = live_scores(z, neighbor_graph(z), clusters=4)
    assert len(np.unique(found)) == 4
