"""A first look: true neighbors of some points among all, and numbers that hold the whole set's."""

import numpy as np
import pytest

from dcviz.geometry import cells
from dcviz.geometry.filters import split
from dcviz.geometry.glance import distances_among, glance
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.thresholds import Thresholds
from dcviz.geometry.twonn import two_nn


@pytest.fixture
def z() -> np.ndarray:
    return np.random.default_rng(0).normal(3, 2, size=(4000, 6)).astype(np.float32)


@pytest.fixture(params=["faiss", "numpy"], autouse=True)
def engine(request, monkeypatch) -> None:
    if request.param == "faiss":
        pytest.importorskip("faiss")
    monkeypatch.setattr(cells, "has_faiss", lambda: request.param == "faiss")


@pytest.mark.parametrize("part", [10, 700, 5000])
def test_the_neighbors_are_the_true_ones_whatever_the_parts(monkeypatch, z, part) -> None:
    """Also where a part holds fewer points than neighbors are wanted."""
    monkeypatch.setattr(cells, "PART", part)
    rows = np.array([3999, 0, 17, 1234])
    exact = neighbor_graph(z, m=12, exact=True).distances
    np.testing.assert_allclose(distances_among(z, rows, m=12), exact[rows], rtol=1e-6)


def test_a_point_is_not_its_own_neighbor_among_duplicates(z) -> None:
    z[:100] = z[0]
    found = distances_among(z, np.arange(50), m=5)
    assert (found == 0).all()
    z[100] = z[200]
    assert (distances_among(z, np.array([100]), m=3)[0] > 0).tolist() == [False, True, True]


def test_its_intervals_hold_the_numbers_of_all(z) -> None:
    """Of 40 draws about 38 do; a draw that always gave the same rows, or no error, would not pass."""
    at = Thresholds()
    graph = neighbor_graph(z, m=5, exact=True)
    share, dimension = float(split(graph.distances, at).core.mean()), two_nn(graph.distances).value
    found = [glance(z, thresholds=at, rows=300, seed=seed) for seed in range(40)]
    assert sum(abs(one.core_share - share) <= one.error for one in found) >= 34
    assert sum(one.dimension.low <= dimension <= one.dimension.high for one in found) >= 34
    assert len({one.core_share for one in found}) > 5
    assert all((one.points, one.rows) == (4000, 300) for one in found)


def test_a_look_at_every_point_gives_the_numbers_themselves(z) -> None:
    at = Thresholds(M=7)
    graph = neighbor_graph(z, m=7, exact=True)
    found = glance(z, thresholds=at, rows=10_000)
    assert found.rows == 4000
    assert found.core_share == pytest.approx(float(split(graph.distances, at).core.mean()), abs=1e-9)
    assert found.dimension.value == pytest.approx(two_nn(graph.distances).value, rel=1e-6)
    assert str(found).startswith(f"ID of the whole {found.dimension.value:.2f} (")


@pytest.mark.parametrize("size", [2.0**100, 2.0**-100])
def test_the_size_of_the_latents_changes_nothing(z, size) -> None:
    """Squares of 1e30 are infinite in float32, and those of 1e-30 are zero."""
    z -= z.mean(0)
    near, scaled = (glance(some, thresholds=Thresholds(), rows=300) for some in (z, z * np.float32(size)))
    assert str(scaled) == str(near)


def test_few_points_have_no_dimension(z) -> None:
    assert str(glance(z, thresholds=Thresholds(), rows=10)).startswith("core ")
