import numpy as np
import pytest

from dcviz.data import DataError, check_request, usable_neighbors
from dcviz.data.checks import NO_LABELS

TWO = np.array([0, 1] * 50)


def test_nothing_to_say():
    assert check_request(100, 2, 5, TWO) == []


@pytest.mark.parametrize(("n", "clusters", "m", "labels", "says"), [
    (100, 101, 5, TWO, "K = 101 for n = 100; lower K"),
    (100, 1, 5, TWO, "at least 2, got 1"),
    (100, 0, 5, TWO, "at least 2, got 0"),
    (100, None, 5, None, "give clusters=K, or choose dbscan"),
    (100, 2, 0, TWO, "M must be at least 1 neighbor, got 0"),
    (2, 2, 1, None, "n must be at least 3 .* got 2"),
    (100, 2, 5, np.full(100, 7), r"All 100 labels are the same \(7\).*labels=none"),
])  # fmt: skip
def test_refused_with_value_and_way_out(n, clusters, m, labels, says):
    with pytest.raises(DataError, match=says):
        check_request(n, clusters, m, labels)


def test_as_many_clusters_as_points_are_allowed():
    assert check_request(100, 100, 5, TWO) == []


@pytest.mark.parametrize(("n", "m", "usable"), [(4, 5, 3), (5, 5, 4), (6, 5, 5), (100, 5, 5)])
def test_m_is_lowered_and_said(n, m, usable):
    assert usable_neighbors(n, m) == usable
    notices = check_request(n, 2, m, np.arange(n) % 2)
    assert len(notices) == (usable < m)
    assert all(f"from {m} to {usable}" in notice for notice in notices)


def test_without_labels_it_is_said_once_why_scores_are_absent():
    assert check_request(100, 3, 5, None) == [NO_LABELS]
    assert check_request(100, None, 5, None, clusterer="dbscan") == [NO_LABELS]
