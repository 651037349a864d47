"""A part of a data set has the classes of the whole."""

import numpy as np

from dcviz.data.dataset import Dataset
from dcviz.data.subsets import stratified
from dcviz.engine.facts import facts_of


def pictures(counts: tuple[int, ...]) -> Dataset:
    labels = np.random.default_rng(3).permutation(np.repeat(np.arange(len(counts)), counts))
    x = np.arange(len(labels), dtype=np.uint8)[:, None]
    return Dataset("some", x, 1.0, labels, None, tuple("abc"), 3, None, "made here")


def test_classes_keep_their_shares_and_points_their_order() -> None:
    part = stratified(pictures((50, 30, 20)), 10)
    assert np.bincount(part.labels).tolist() == [5, 3, 2]
    assert (np.diff(part.x[:, 0].astype(int)) > 0).all()
    assert "10 of 100" in part.note


def test_shares_that_are_no_whole_numbers_still_add_up() -> None:
    part = stratified(pictures((34, 33, 33)), 10)
    assert sorted(np.bincount(part.labels).tolist()) == [3, 3, 4]


def test_the_same_points_every_time_with_their_labels() -> None:
    data = pictures((50, 30, 20))
    first, again = stratified(data, 17), stratified(data, 17)
    np.testing.assert_array_equal(first.x, again.x)
    np.testing.assert_array_equal(first.labels, data.labels[first.x[:, 0]])


def test_all_points_are_the_data_themselves() -> None:
    data = pictures((5, 5, 5))
    assert stratified(data, 15) is data
    assert stratified(data, 70_000) is data


def test_a_request_knows_how_many_points_it_will_have() -> None:
    facts, values = facts_of("fashionmnist", {"n": "5000"})
    assert (facts.n, values["n"]) == (5000, 5000)
