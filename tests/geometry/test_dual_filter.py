"""The dual filter: small cases by hand, the three readings, the core-share law, numpy and torch alike."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from dcviz.geometry.filters import (
    Thresholds,
    core_border_split,
    core_share_law,
    density_core,
    distance_gaps,
    neighbor_centroids,
    neighbor_ratio,
    reliable_neighbors,
    split,
)
from dcviz.geometry.neighbors import neighbor_graph

THREE = np.array([[1.0, 1.5, 2.0], [3.0, 3.1, 4.0], [0.0, 2.0, 5.0], [0.0, 0.0, 0.0]])


def test_ratio_and_core_by_hand():
    np.testing.assert_allclose(neighbor_ratio(THREE), [0.5, 0.75, 0, 1], atol=1e-20)
    assert core_border_split(THREE, 0.6).tolist() == [False, True, False, True]
    assert core_border_split(THREE, 0.5).tolist() == [False, True, False, True]  # strict
    assert core_border_split(THREE, 0.0).all()
    assert not core_border_split(THREE, 1.0).any()


def test_a_point_without_neighbors_is_border():
    assert core_border_split(np.zeros((2, 0)), 0.5).tolist() == [False, False]
    assert reliable_neighbors(np.zeros((2, 0)), 0.5).shape == (2, 0)


def test_the_three_readings_by_hand():
    assert distance_gaps(THREE)[1].tolist() == pytest.approx([0, 0.1, 1.0])
    paper = reliable_neighbors(THREE, 0.6)
    assert paper.sum(1).tolist() == [2, 2, 1, 3]
    radius = reliable_neighbors(THREE, 1.2, reading="released code")  # smallest distance is 0
    assert radius.sum(1).tolist() == [1, 0, 1, 3]
    relative = reliable_neighbors(THREE, 2.0, reading="relative")  # median D_1 is 0.5: gaps below 1
    assert relative.sum(1).tolist() == [2, 2, 1, 3]


@pytest.mark.parametrize("reading", ["paper", "relative"])
def test_the_nearest_neighbor_is_always_reliable(reading):
    graph = neighbor_graph(np.repeat(np.random.default_rng(0).standard_normal((30, 2)), 3, 0), m=5)
    assert reliable_neighbors(graph.distances, 1e-9, reading=reading)[:, 0].all()
    assert not reliable_neighbors(graph.distances, 0.0, reading=reading).any()


def test_relative_reading_has_no_unit():
    graph = neighbor_graph(np.random.default_rng(0).standard_normal((300, 3)), m=5)
    kept = reliable_neighbors(graph.distances, 0.7, reading="relative")
    np.testing.assert_array_equal(kept, reliable_neighbors(graph.distances * 1024, 0.7, reading="relative"))


def test_paper_reading_depends_on_the_unit_as_it_says():
    graph = neighbor_graph(np.random.default_rng(0).standard_normal((300, 10)), m=5)
    shares = [reliable_neighbors(graph.distances * s, 0.6).mean() for s in (0.1, 1, 3, 10)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.99
    assert shares[-1] < 0.35


def test_centroids_by_hand():
    z = np.array([[0.0, 0], [2, 0], [0, 4], [9, 9]], np.float32)
    indices = np.array([[1, 2], [0, 2], [0, 1], [0, 1]])
    reliable = np.array([[True, True], [True, False], [False, True], [False, False]])
    centroids = neighbor_centroids(z, indices, reliable)
    assert centroids.tolist() == [[1, 2], [0, 0], [2, 0], [9, 9]]
    assert centroids.dtype == np.float32


def test_a_wide_threshold_gives_the_mean_of_all_neighbors():
    z = np.random.default_rng(0).standard_normal((200, 3))
    graph = neighbor_graph(z, m=5)
    masks = split(graph.distances, Thresholds(M=5, lambda_ratio=0, tau_distance=1e9))
    assert masks.core.all()
    np.testing.assert_allclose(
        neighbor_centroids(z, graph.indices, masks.reliable), z[graph.indices].mean(1), atol=1e-12
    )


def test_torch_gives_the_same_masks_and_centroids():
    torch = pytest.importorskip("torch")
    z = np.random.default_rng(0).standard_normal((500, 4)).astype(np.float32)
    z[:40] = z[40:80]
    graph = neighbor_graph(z, m=6)
    tensors = torch.from_numpy(graph.distances)
    for reading in ("paper", "released code", "relative"):
        thresholds = Thresholds(M=6, lambda_ratio=0.55, tau_distance=0.3, reading=reading)
        ours, theirs = split(graph.distances, thresholds), split(tensors, thresholds)
        np.testing.assert_array_equal(ours.core, theirs.core.numpy())
        np.testing.assert_array_equal(ours.reliable, theirs.reliable.numpy())
        moved = neighbor_centroids(torch.from_numpy(z), torch.from_numpy(graph.indices), theirs.reliable)
        assert moved.dtype == torch.float32
        np.testing.assert_allclose(
            neighbor_centroids(z, graph.indices, ours.reliable), moved.numpy(), rtol=1e-5, atol=1e-6
        )
    np.testing.assert_array_equal(density_core(graph.distances, 0.3), density_core(tensors, 0.3).numpy())


@pytest.mark.parametrize("m", [2, 3, 5, 8])
def test_core_share_law_on_the_flat_torus(m):
    """P(r > lambda) = (1 - lambda^m)^(M-1), where no edge disturbs."""
    z = np.random.default_rng(m).random((20_000, m))
    distances = cKDTree(z, boxsize=1).query(z[:3000], k=6)[0][:, 1:]
    for ratio in (0.4, 0.6, 0.8):
        seen = core_border_split(distances, ratio).mean()
        assert abs(seen - core_share_law(ratio, 5, m)) < 0.03  # 3 standard errors of 3,000 draws


def test_core_share_does_not_see_density():
    rng = np.random.default_rng(0)
    wide, tight = rng.standard_normal((4000, 5)), 0.01 * rng.standard_normal((4000, 5)) + 50
    core = core_border_split(neighbor_graph(np.concatenate([wide, tight]), m=5).distances, 0.6)
    assert abs(core[:4000].mean() - core[4000:].mean()) < 0.03
    dense = density_core(neighbor_graph(np.concatenate([wide, tight]), m=5).distances, 0.5)
    assert dense[4000:].mean() > 0.99
    assert dense[:4000].mean() < 0.01


def test_law_at_its_ends():
    assert core_share_law(0.0, 5, 3) == 1
    assert core_share_law(1.0, 5, 3) == 0
    assert core_share_law(0.6, 1, 3) == 1  # one neighbor: r is 1
    assert np.isnan(core_share_law(0.6, 5, float("nan")))
    assert core_share_law(0.6, 5, 2) == pytest.approx(0.16777, abs=1e-5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"M": 0}, "M must be at least 1"),
        ({"lambda_ratio": 1.2}, r"\[0, 1\], got 1.2"),
        ({"lambda_ratio": float("nan")}, "got nan"),
        ({"tau_distance": -1}, "0 or more"),
        ({"tau_distance": float("nan")}, "got nan"),
        ({"reading": "code"}, "'paper', 'released code', 'relative'"),
    ],
)
def test_bad_thresholds_say_what_is_allowed(settings, words):
    with pytest.raises(ValueError, match=words):
        Thresholds(**settings)
