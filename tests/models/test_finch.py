"""FINCH on six points of a line, its rounds, its K, and what the method shows."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from dcviz.geometry.agreement import agreement
from models.finch import _first_neighbors, _means, _pieces, finch_clusters, finch_partitions

# First neighbors: 0-1, 3-4 (3 from 4), 10-11. Means .5, 3.5, 10.5: the first two are nearest each other, and
# the third's nearest is the second, at 7; but the longest link of the first round is 1.
LINE = torch.tensor([[0.0], [1.0], [3.0], [4.0], [10.0], [11.0]])


def test_six_points_on_a_line():
    (first,) = finch_partitions(LINE, metric="euclidean")
    assert first.tolist() == [0, 0, 1, 1, 2, 2]


def test_later_rounds_join_what_is_near_enough():
    # One long link in the first round (5 to its pair at 9) lets the second round join 0.5 and 3.5.
    points = torch.tensor([[0.0], [1.0], [3.0], [4.0], [20.0], [24.0]])
    first, second = finch_partitions(points, metric="euclidean")
    assert first.tolist() == [0, 0, 1, 1, 2, 2]
    assert second.tolist() == [0, 0, 0, 0, 1, 1]


def test_exactly_k_clusters():
    assert finch_clusters(LINE, 3, metric="euclidean").tolist() == [0, 0, 1, 1, 2, 2]
    assert finch_clusters(LINE, 2, metric="euclidean").tolist() == [0, 0, 0, 0, 1, 1]
    # More than the first partition has: the closest points are joined one by one.
    assert len(set(finch_clusters(LINE, 5, metric="euclidean").tolist())) == 5
    assert len(set(finch_clusters(LINE, 6, metric="euclidean").tolist())) == 6


def test_cosine_goes_by_direction():
    points = torch.tensor([[1.0, 0.01], [9.0, 0.0], [0.0, 1.0], [0.01, 9.0]])
    assert finch_partitions(points, metric="cosine")[0].tolist() == [0, 0, 1, 1]
    assert finch_partitions(points, metric="euclidean")[0].tolist() != [0, 0, 1, 1]


def test_means_are_of_the_points_not_of_their_directions():
    # Pairs at -4.5, about 2 and 9 degrees. The long point at 4 degrees pulls the middle mean to 3.6, which is
    # nearer to 9; the mean of directions, 2, would be nearer to -4.5.
    angle = torch.tensor([-4.7, -4.3, 0.0, 4.0, 8.8, 9.2]).deg2rad()
    length = torch.tensor([1.0, 1.0, 1.0, 9.0, 1.0, 1.0])
    points = length[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
    assert finch_partitions(points)[0].tolist() == [0, 0, 1, 1, 2, 2]
    assert finch_clusters(points, 2).tolist() == [0, 0, 1, 1, 1, 1]


def test_partitions_are_nested():
    x = torch.randn(300, 4, generator=torch.Generator().manual_seed(0))
    rounds = finch_partitions(x)
    assert len(rounds) >= 2
    for fine, coarse in itertools.pairwise(rounds):
        assert len(np.unique(np.stack([fine, coarse], 1), axis=0)) == fine.max() + 1
        assert coarse.max() < fine.max()


def test_digits_differ_from_finch_clust_by_ties_and_the_limit_alone():
    x = load_digits().data
    squared = np.square(x).sum(1)[:, None] + np.square(x).sum(1) - 2 * x @ x.T  # whole numbers: exact
    np.fill_diagonal(squared, np.inf)
    nearest = squared.min(1)
    assert int(((squared == nearest[:, None]).sum(1) > 1).sum()) == 18
    points = torch.from_numpy(x).float()
    ours = _first_neighbors(points, "euclidean")[0]
    assert (squared[np.arange(len(x)), ours] == nearest).all()
    # What finch-clust 0.2.3 gives: ties go to the lowest row, no link is left out.
    own, sizes, neighbor = np.arange(len(x)), [], squared.argmin(1)
    while len(sizes) < 4:
        merged = _pieces(neighbor, np.ones(len(neighbor), bool))
        own = merged[own]
        sizes.append(int(merged.max()) + 1)
        neighbor = _first_neighbors(_means(points, own), "euclidean")[0]
    assert sizes == [397, 89, 21, 7]


def test_unknown_metric_is_refused():
    with pytest.raises(ValueError, match="metric must be one of cosine, euclidean, got 'l1'"):
        finch_partitions(LINE, metric="l1")


@pytest.mark.parametrize("features", ["input", "latents"])
def test_three_kinds_of_pictures_are_found(train, short, features):
    settings = short("finch", features=features, augment="off", pretrain_epochs=40, learning_rate=5e-3)
    last = train("finch", settings)[-1]
    assert agreement(np.arange(70) % 3, last.assignments).acc > 0.95
    assert last.extras["partitions"].shape == (70, len(last.extras["levels"]))
    expected = [last.latents[last.assignments == k].mean(0) for k in range(3)]
    np.testing.assert_allclose(last.centers, expected, rtol=1e-4)


def test_without_k_a_partition_is_taken(train, short):
    levels = train("finch", short("finch", clusters=0))[-1].extras["levels"]
    coarsest = train("finch", short("finch", clusters=0))[-1].assignments.max() + 1
    assert coarsest == [k for k in levels if k > 1][-1]
    assert train("finch", short("finch", level=1))[-1].assignments.max() + 1 == levels[0]
