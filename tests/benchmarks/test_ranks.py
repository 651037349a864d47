"""Friedman and Nemenyi: the tables of Demsar 2006, scipy's own test, and laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from dcviz.benchmarks.ranks import alike, critical_difference, friedman, nemenyi, pairs_apart
from dcviz.data.dataset import DataError


def test_the_critical_difference_of_demsar() -> None:
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    assert critical_difference(4, 14, alpha=0.1) == pytest.approx(1.12, abs=0.005)


@pytest.mark.parametrize(
    ("methods", "q"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (7, 2.949), (10, 3.164)]
)
def test_q_of_demsars_table_5(methods, q) -> None:
    factor = np.sqrt(methods * (methods + 1) / (6 * 10))
    assert critical_difference(methods, 10) / factor == pytest.approx(q, abs=0.001)


def test_without_ties_it_is_the_formula_of_the_book() -> None:
    scores = np.array([[4.0, 3, 2, 1], [4, 3, 1, 2], [3, 4, 2, 1]])
    ranks = np.array([4, 5, 10, 11]) / 3
    chi = 12 * 3 / 20 * ((ranks**2).sum() - 4 * 25 / 4)
    found = friedman(scores)
    np.testing.assert_allclose(found.mean_ranks, ranks)
    assert found.chi_square == pytest.approx(chi)
    assert found.f == pytest.approx(2 * chi / (3 * 3 - chi))


def test_methods_that_never_change_places_give_an_infinite_f() -> None:
    found = friedman(np.tile([3.0, 2, 1], (5, 1)))
    assert found.f == np.inf
    assert found.p_f == 0.0


def test_all_tied_is_no_evidence() -> None:
    found = friedman(np.ones((4, 3)))
    assert np.isnan(found.chi_square)
    assert found.mean_ranks.tolist() == [2, 2, 2]


tables = st.tuples(st.integers(2, 8), st.integers(3, 6)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(0, 5).map(float))
)


@settings(max_examples=80, deadline=None)
@given(tables)
def test_it_agrees_with_scipy_ties_included(scores) -> None:
    found = friedman(scores)
    assert found.mean_ranks.sum() == pytest.approx(scores.shape[1] * (scores.shape[1] + 1) / 2)
    if np.isfinite(found.chi_square):
        reference = stats.friedmanchisquare(*scores.T)
        assert found.chi_square == pytest.approx(reference.statistic)


@settings(max_examples=50, deadline=None)
@given(tables)
def test_only_the_order_counts(scores) -> None:
    np.testing.assert_array_equal(friedman(scores).mean_ranks, friedman(np.exp(scores) * 7 - 3).mean_ranks)


def test_nemenyi_agrees_with_scikit_posthocs() -> None:
    """Values of scikit-posthocs 0.17.1, posthoc_nemenyi_friedman, on these six data sets and five methods."""
    scores = np.array([
        [0.6, 0.2, 0.8, 0.6, 0.1], [0.9, 0.5, 0.2, 0.7, 0.1], [0.9, 0.5, 0.4, 0.6, 0.7],
        [1.5, 0.3, 0.6, 0.7, 0.3], [0.5, 1.0, 0.3, 0.3, 0.9], [1.1, 0.5, 0.8, 0.0, 0.7],
    ])  # fmt: skip
    p = nemenyi(friedman(scores).mean_ranks, 6)
    np.testing.assert_allclose(p[0], [1, 0.261858, 0.358566, 0.412662, 0.183042], atol=2e-6)
    np.testing.assert_allclose(p[3], [0.412662, 0.998769, 0.999984, 1, 0.991071], atol=2e-6)


def test_p_values_and_the_critical_difference_say_the_same() -> None:
    cd = critical_difference(5, 6)
    assert nemenyi(np.array([1.0, 1 + cd, 3, 3, 3]), 6)[0, 1] == pytest.approx(0.05, abs=1e-6)


def test_what_ccess_paper_prints_does_not_follow_from_its_formula() -> None:
    """20 methods, 4 data sets: printed 3.59; the formula gives 11.88 with the printed q, 14.82 with its q."""
    assert 2.84 * np.sqrt(20 * 21 / (6 * 4)) == pytest.approx(11.88, abs=0.005)
    assert critical_difference(20, 4) == pytest.approx(14.82, abs=0.01)


def test_bars_of_the_diagram() -> None:
    ranks = np.array([2.0, 1.0, 2.9, 4.5])
    assert alike(ranks, 1.0) == [(0, 1), (1, 2)]
    assert alike(ranks, 0.5) == []
    assert alike(ranks, 9.0) == [(0, 3)]


@pytest.mark.parametrize("scores", [np.ones((1, 4)), np.ones((4, 2)), np.ones(4), np.full((3, 3), np.nan)])
def test_too_little_or_missing(scores) -> None:
    with pytest.raises(DataError):
        friedman(scores)


@pytest.mark.parametrize("given_", [(1, 5, 0.05), (5, 1, 0.05), (5, 5, 0), (5, 5, 1)])
def test_differences_that_do_not_exist(given_) -> None:
    with pytest.raises(DataError, match="needed"):
        critical_difference(given_[0], given_[1], alpha=given_[2])


def test_pairs_that_differ_are_counted_once() -> None:
    ranks = np.array([1.0, 2.0, 4.5])
    assert [pairs_apart(ranks, d) for d in (0.5, 1.0, 2.0, 3.0, 5.0)] == [3, 2, 2, 1, 0]
