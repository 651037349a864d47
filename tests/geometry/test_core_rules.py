import numpy as np
import pytest

from dcviz.geometry.core_rules import core_rules
from dcviz.geometry.filters import Thresholds
from dcviz.geometry.neighbors import neighbor_graph


@pytest.fixture(scope="module")
def two_densities():
    """Two even squares, one 50 times smaller: to the ratio they are alike, to density they are not."""
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.random((600, 2)), 5 + rng.random((600, 2)) / 50])
    return neighbor_graph(z, m=5), np.repeat([0, 1], 600)


def test_density_chooses_the_dense_half_and_the_ratio_both(two_densities):
    graph, labels = two_densities
    found = core_rules(graph, Thresholds(M=5, lambda_ratio=0.4), labels=labels)
    assert found.ratio.total == found.density.total == 1200
    assert abs(found.ratio.hits - found.density.hits) <= 1
    assert found.ratio_purity.value == found.density_purity.value == 1
    # The dense square holds half of the even points.
    share = found.ratio.value
    in_dense_half = min(1.0, 2 * share)
    assert found.both.value == pytest.approx(0.5 * in_dense_half, abs=0.06)
    assert found.expected == pytest.approx(share, abs=1e-3)


def test_purity_counts_the_links_of_core_points(two_densities):
    graph, _ = two_densities
    labels = np.arange(1200) % 7
    found = core_rules(graph, Thresholds(M=3, lambda_ratio=0.5), labels=labels)
    assert found.ratio_purity.total == 3 * found.ratio.hits
    assert found.density_purity.total == 3 * found.density.hits
    assert found.ratio_purity.value == pytest.approx(1 / 7, abs=0.04)


@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_everyone_or_no_one(two_densities, ratio):
    found = core_rules(two_densities[0], Thresholds(M=5, lambda_ratio=ratio))
    assert found.ratio.hits == found.density.hits == (1200 if ratio == 0 else 0)
    assert found.both.value == (1 if ratio == 0 else None)
    assert found.ratio_purity is None


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_sets_have_an_answer(n):
    found = core_rules(neighbor_graph(np.zeros((n, 2))), Thresholds(), labels=np.zeros(n, int))
    assert found.ratio.total == n
