"""What the lessons say about geometry and needs no training."""

import numpy as np
import pytest

from dcviz.data.toy import arcs
from dcviz.geometry.filters import core_border_split
from dcviz.geometry.linear import linear_dimension
from dcviz.geometry.movement import procrustes_disparity
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.reference import reference
from dcviz.geometry.twist import (
    flipped_share,
    frozen_crossings,
    rotation_dispersion,
    stretch_dispersion,
    tear_rate,
)
from dcviz.geometry.twonn import two_nn


def law(ratio: float, m: int, dimension: float) -> float:
    return float((1 - ratio**dimension) ** (m - 1))


@pytest.mark.parametrize("dimension", [2, 3, 6])
def test_core_share_follows_the_law_whatever_the_density(dimension: int) -> None:
    rng = np.random.default_rng(0)
    # The middle of a uniform box: the edge of the box is not uniform.
    z = rng.random((20_000, dimension))
    inside = (np.abs(z - 0.5) < 0.3).all(1)
    graph = neighbor_graph(z, m=5)
    core = core_border_split(graph.distances, 0.5)
    assert abs(core[inside].mean() - law(0.5, 5, dimension)) < 0.03
    # A power of two, so that floating point rounds alike.
    wide = neighbor_graph(z * 128, m=5)
    assert np.array_equal(core_border_split(wide.distances, 0.5), core)


def test_a_large_m_leaves_no_core() -> None:
    x = arcs().x
    few = core_border_split(neighbor_graph(x, m=15).distances, 0.6).mean()
    usual = core_border_split(neighbor_graph(x, m=5).distances, 0.5).mean()
    assert few < 0.03
    assert usual > 0.25


def test_noise_fills_the_plane_on_the_small_scale() -> None:
    noisy = two_nn(neighbor_graph(arcs(noise=0.06).x, m=2).distances).value
    clean = two_nn(neighbor_graph(arcs(noise=0.0).x, m=2).distances).value
    assert 1.7 < noisy < 2.3
    assert clean < 1.2


def test_dimension_cannot_see_which_point_came_from_where() -> None:
    z = arcs().x
    shuffled = z[np.random.default_rng(0).permutation(len(z))]
    assert two_nn(neighbor_graph(z, m=2).distances).value == pytest.approx(
        two_nn(neighbor_graph(shuffled, m=2).distances).value
    )
    assert linear_dimension(z).value == linear_dimension(shuffled).value
    # A measure that compares two states does see it.
    assert flipped_share(reference(z), shuffled) > 0.3


@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_turning_everything_is_no_twist(mirror: float) -> None:
    z = arcs().x.astype(np.float64)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]]) @ np.diag([1.0, mirror])
    moved, frozen = 3 * z @ turn + 7, reference(z)
    for score in (flipped_share, frozen_crossings, rotation_dispersion, stretch_dispersion, tear_rate):
        assert score(frozen, moved) == pytest.approx(0, abs=1e-6), score.__name__
    assert procrustes_disparity(z, moved) == pytest.approx(0, abs=1e-9)
