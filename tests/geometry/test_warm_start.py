"""Warm-started clusters follow latents that jump, and stay where latents stay."""

import numpy as np

from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.scores import live_scores


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
