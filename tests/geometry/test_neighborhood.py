"""One point's neighborhood: neighbors, axes and spectrum by hand, the local dimension with its interval."""

import numpy as np
import pytest

from benchmarks.shapes import shape
from dcviz.geometry.neighborhood import Neighborhood, dimension_by_size, local_view, neighborhood
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.scales import local_dimension


def test_the_same_neighbors_and_dimension_as_the_graph():
    z = shape("ball 3", n=400)
    graph = neighbor_graph(z, m=12)
    local = local_dimension(graph.distances)
    for point in (0, 17, 399):
        hood = neighborhood(z, point, most=12)
        np.testing.assert_array_equal(hood.indices, graph.indices[point])
        np.testing.assert_allclose(hood.distances, graph.distances[point], rtol=1e-6)
        assert dimension_by_size(hood, sizes=[12])[0].id.value == pytest.approx(local[point], rel=1e-5)


def test_axes_and_spectrum_by_hand():
    """A cross with arms 3 and 1, turned by 45 degrees in the plane of the first two of three coordinates."""
    turn = np.array([[1, 1, 0], [-1, 1, 0]]) / np.sqrt(2)
    cross = np.array([[0.0, 0], [3, 0], [-3, 0], [0, 1], [0, -1]]) @ turn + 7
    view = local_view(cross, neighborhood(cross, 0), k=4)
    np.testing.assert_allclose(view.spectrum, [18 / 5, 2 / 5, 0], atol=1e-12)
    np.testing.assert_allclose(view.axes[0], turn[0])
    np.testing.assert_allclose(np.abs(view.axes[1] @ turn[1]), 1)
    assert view.components == 1  # 18 / 20 is 90 % already
    assert local_view(cross, neighborhood(cross, 0), k=4, threshold=0.91).components == 2
    assert view.participation == pytest.approx(4**2 / (3.6**2 + 0.4**2))
    np.testing.assert_allclose(view.coordinates(cross)[1], [3, 0], atol=1e-12)


def test_the_interval_holds_in_an_even_neighborhood():
    """Uniform in a ball around the point: r^d is uniform, so the law is exact."""
    rng = np.random.default_rng(0)
    for d in (1, 2, 5):
        for k in (5, 40):
            hits, values = 0, []
            for _ in range(600):
                distances = np.sort(rng.random(k)) ** (1 / d)
                found = dimension_by_size(Neighborhood(0, np.arange(k), distances), sizes=[k])[0].id
                hits += found.low <= d <= found.high
                values.append(found.value)
            assert 0.925 < hits / 600 < 0.975
            assert np.mean(values) == pytest.approx(d, rel=0.07 if k == 5 else 0.03)


def test_scale_rotation_and_shift_change_no_dimension():
    z = shape("ball 3", n=300)
    turned = 1e-3 * z @ np.linalg.qr(np.random.default_rng(0).standard_normal((10, 10)))[0] + 5
    here, there = neighborhood(z, 5), neighborhood(turned, 5)
    np.testing.assert_allclose(
        [at.id.value for at in dimension_by_size(here)],
        [at.id.value for at in dimension_by_size(there)],
        rtol=1e-6,
    )
    a, b = local_view(z, here, k=50), local_view(turned, there, k=50)
    assert a.components == b.components == 3
    assert a.participation == pytest.approx(b.participation, rel=1e-6)


def test_degenerate_neighborhoods_have_answers():
    z = np.zeros((6, 2))
    hood = neighborhood(z, 2)
    assert hood.size == 5
    assert dimension_by_size(hood)[0].id.reason == "Duplicates lie on this point."
    view = local_view(z, hood, k=5)
    assert view.components == 0
    assert np.isnan(view.participation)
    ring = np.array([[0.0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]])
    assert dimension_by_size(neighborhood(ring, 0))[0].id.reason == "All neighbors are equally far."
    line = neighborhood(np.arange(5.0)[:, None], 0)
    assert local_view(np.arange(5.0)[:, None], line, k=4).coordinates(np.zeros((3, 1))).shape == (3, 2)
    assert neighborhood(z[:1], 0).size == 0
    assert dimension_by_size(neighborhood(z[:1], 0)) == []


def test_what_cannot_be_asked_is_named():
    z = np.arange(10.0)[:, None]
    with pytest.raises(ValueError, match="no point 10: rows go from 0 to 9"):
        neighborhood(z, 10)
    with pytest.raises(ValueError, match=r"1 \.\. 9, .* got 10"):
        local_view(z, neighborhood(z, 0), k=10)
    with pytest.raises(ValueError, match=r"3 \.\. 9, .* got 2"):
        dimension_by_size(neighborhood(z, 0), sizes=[2])
