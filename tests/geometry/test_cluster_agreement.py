"""Agreement scores against scikit-learn and by hand; k-means, its seed band, and the density clusterings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.datasets import make_moons

from dcviz.geometry.agreement import agreement, match_clusters
from dcviz.geometry.clusters import dbscan, hdbscan, k_means, seed_band, silhouette
from dcviz.geometry.estimate import SMALLEST


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 80), st.integers(1, 6), st.integers(1, 8), st.integers(0, 1000))
def test_scores_equal_scikit_learn(n, classes, clusters, seed):
    rng = np.random.default_rng(seed)
    labels, assignments = rng.integers(0, classes, n), rng.integers(0, clusters, n)
    found = agreement(labels, assignments)
    assert found.nmi == pytest.approx(metrics.normalized_mutual_info_score(labels, assignments), abs=1e-9)
    assert found.ari == pytest.approx(metrics.adjusted_rand_score(labels, assignments), abs=1e-9)
    mapped = np.array([found.mapping.get(int(cluster), -9) for cluster in assignments])
    assert found.acc == pytest.approx((mapped == labels).mean())
    macro = metrics.f1_score(labels, mapped, labels=np.unique(labels), average="macro", zero_division=0)
    assert found.f1_macro == pytest.approx(macro)
    assert found.f1_micro == pytest.approx(found.acc)  # mapped first: micro-F1 is ACC
    assert found.majority == pytest.approx(np.bincount(labels).max() / n)


def test_a_renamed_partition_is_perfect():
    labels = np.array([0, 0, 1, 1, 2, 2, 2])
    found = agreement(labels, np.array([5, 5, 0, 0, 3, 3, 3]))
    assert (found.acc, found.nmi, found.ari, found.f1_macro) == (1, 1, 1, 1)
    assert found.mapping == {5: 0, 0: 1, 3: 2}
    assert found.majority == 3 / 7


def test_noise_counts_as_errors():
    labels = np.array([0, 0, 0, 1, 1, 1])
    found = agreement(labels, np.array([0, 0, -1, 1, 1, -1]))
    assert found.acc == pytest.approx(4 / 6)
    assert -1 not in found.mapping
    assert agreement(labels, np.full(6, -1)).acc == 0


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        agreement(np.zeros(3, int), np.zeros(2, int))
    with pytest.raises(ValueError, match="at least one"):
        agreement(np.zeros(0, int), np.zeros(0, int))


def test_clusters_keep_their_names_over_epochs():
    previous = np.repeat([0, 1, 2], 50)
    now = np.repeat([2, 0, 1], 50)
    now[:5] = 0
    renamed = match_clusters(now, previous)
    assert (renamed[5:] == previous[5:]).all()
    assert match_clusters(np.array([-1, 0, 1]), np.array([1, 1, 0])).tolist() == [-1, 1, 0]


def blobs(n=600, k=4, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % k
    return (10 * rng.standard_normal((k, 3))[labels] + rng.standard_normal((n, 3))).astype(np.float32), labels


def test_k_means_finds_blobs_and_is_reproducible():
    z, labels = blobs()
    a, b = k_means(z, 4, seed=3, n_init=5), k_means(z, 4, seed=3, n_init=5)
    assert agreement(labels, a.assignments).acc == 1
    np.testing.assert_array_equal(a.assignments, b.assignments)
    assert a.assignments.dtype == np.int32
    direct = sum(((z[a.assignments == k] - a.centers[k]) ** 2).sum() for k in range(4))
    assert a.inertia == pytest.approx(direct, rel=1e-4)


@pytest.mark.parametrize("n", [600, 6000])  # numpy below 5,000 points, scikit-learn above
def test_warm_start_continues_from_the_centers_given(n):
    z, _ = blobs(n)
    cold = k_means(z, 4, n_init=10)
    warm = k_means(z + 100, 4, init=cold.centers[::-1] + 100.1)
    np.testing.assert_allclose(warm.centers, cold.centers[::-1] + 100, atol=1e-3)
    np.testing.assert_array_equal(warm.assignments, 3 - cold.assignments)
    assert warm.inertia == pytest.approx(cold.inertia, rel=1e-3)


def test_k_means_on_collapsed_and_constant_latents():
    z, labels = blobs()
    collapsed = (100 + 1e-3 * z).astype(np.float32)
    assert agreement(labels, k_means(collapsed, 4, n_init=5).assignments).acc == 1
    same = k_means(np.ones((30, 2)), 3)
    assert same.inertia == 0
    assert k_means(np.ones((30, 2)), 3, init=np.ones((3, 2))).assignments.max() == 0
    with pytest.raises(ValueError, match=r"K must lie in 1 \.\. 5"):
        k_means(np.zeros((5, 2)), 6)
    with pytest.raises(ValueError, match=r"init must be \(2, 2\)"):
        k_means(np.zeros((5, 2)), 2, init=np.zeros((3, 2)))


def test_seed_band_holds_the_best_and_the_spread():
    rng = np.random.default_rng(0)
    z, labels = rng.standard_normal((300, 5)), rng.integers(0, 3, 300)
    band = seed_band(z, 3, labels=labels, seeds=4, n_init=1)
    assert band.best.inertia == band.inertia.min()
    low, high = band.spread("acc")
    assert low <= high
    assert seed_band(z, 3, seeds=2, n_init=1).spread("acc") is None


def test_silhouette():
    z, labels = blobs()
    assert silhouette(z, labels, rows=600) == pytest.approx(metrics.silhouette_score(z, labels), abs=1e-6)
    assert silhouette(z, np.zeros(600, int)) is None


def test_density_clusterings_find_moons_without_k():
    z, labels = make_moons(600, noise=0.04, random_state=0)
    found = dbscan(z)
    assert found.clusters == 2
    assert found.noise_share < 0.1
    assert agreement(labels, found.assignments).acc > 0.9
    assert found.min_samples == 10
    other = hdbscan(z)
    assert other.clusters == 2
    assert agreement(labels, other.assignments).acc > 0.9


@pytest.mark.parametrize("z", [np.zeros((1, 2)), np.zeros((30, 2)), np.random.default_rng(0).random((8, 2))])
def test_density_clusterings_of_tiny_sets(z):
    for found in (dbscan(z), hdbscan(z)):
        assert len(found.assignments) == len(z) < 2 * SMALLEST
        assert 0 <= found.noise_share <= 1


@pytest.mark.parametrize("size", [2.0**100, 2.0**-100])
@pytest.mark.parametrize("warm", [False, True])
def test_k_means_does_not_depend_on_the_size_of_the_latents(size, warm):
    """Squares of 1e30 are infinite in float32: all points came into one cluster."""
    z = (
        np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
        + 8 * np.eye(3, 2)[np.arange(300) % 3]
    )
    init = z[:3] if warm else None
    near = k_means(z, 3, init=init)
    scaled = k_means(z * size, 3, init=None if init is None else init * size)
    np.testing.assert_array_equal(scaled.assignments, near.assignments)
    np.testing.assert_allclose(scaled.centers, near.centers * size, rtol=1e-5)
    assert scaled.inertia == pytest.approx(near.inertia * size**2)
