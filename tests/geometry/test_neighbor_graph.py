"""The neighbor graph: exact, self left out by index, right on collapsed latents, with and without faiss."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from benchmarks.shapes import clusters, manifolds, shape
from dcviz.geometry import search
from dcviz.geometry.dimension import two_nn
from dcviz.geometry.neighbors import float32_kernel_is_unsafe, is_collapsed, neighbor_graph


def exact(z, m):
    distances = cdist(np.asarray(z, np.float64), np.asarray(z, np.float64))
    np.fill_diagonal(distances, np.inf)
    order = np.argsort(distances, axis=1)[:, :m]
    return order, np.take_along_axis(distances, order, 1)


def flat_in_batch(z, k):
    """Squared distances of faiss.IndexFlatL2 by its matrix-product kernel, the one used for large batches."""
    faiss = pytest.importorskip("faiss")
    flat = faiss.IndexFlatL2(z.shape[1])
    flat.add(z)
    threshold = faiss.cvar.distance_compute_blas_threshold
    faiss.cvar.distance_compute_blas_threshold = 1
    try:
        return flat.search(z, k)[0].clip(0)
    finally:
        faiss.cvar.distance_compute_blas_threshold = threshold


@pytest.mark.parametrize("backend", ["auto", "kdtree", "brute", "faiss"])
@pytest.mark.parametrize("d", [1, 2, 7, 40])
def test_every_backend_finds_the_true_neighbors(backend, d):
    if backend == "faiss":
        pytest.importorskip("faiss")
    z = np.random.default_rng(d).standard_normal((600, d)).astype(np.float32)
    graph = neighbor_graph(z, m=9, backend=backend)
    indices, distances = exact(z, 9)
    assert graph.indices.dtype == np.int32
    assert graph.distances.dtype == np.float32
    np.testing.assert_allclose(graph.distances, distances, rtol=1e-6)
    assert (graph.indices == indices).mean() > 0.999  # two equal distances may change places
    assert graph.recall == pytest.approx(1.0, abs=1e-3)


def test_four_points_on_a_line():
    graph = neighbor_graph(np.array([[0.0], [1.0], [3.0], [7.0]]), m=2)
    assert graph.indices.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    assert graph.distances.tolist() == [[1, 3], [1, 2], [2, 3], [4, 6]]


@pytest.mark.parametrize("backend", ["kdtree", "brute", "faiss"])
def test_a_point_is_never_its_own_neighbor_among_duplicates(backend):
    if backend == "faiss":
        pytest.importorskip("faiss")
    z = np.repeat(np.random.default_rng(0).standard_normal((30, 3)), 20, axis=0)
    graph = neighbor_graph(z, m=10, backend=backend)
    assert not (graph.indices == np.arange(600)[:, None]).any()
    assert not graph.distances.any()
    assert all(len(set(row)) == 10 for row in graph.indices.tolist())


def test_all_points_equal():
    graph = neighbor_graph(np.ones((40, 3)), m=5)
    assert graph.distances.shape == (40, 5)
    assert not graph.distances.any()


@pytest.mark.parametrize(("n", "width"), [(0, 0), (1, 0), (2, 1), (6, 5), (16, 15), (17, 15)])
def test_fewer_points_than_neighbors_lower_the_width(n, width):
    graph = neighbor_graph(np.random.default_rng(0).standard_normal((n, 3)), m=15)
    assert graph.indices.shape == graph.distances.shape == (n, width)


def test_first_equals_searching_again_and_refuses_more():
    z = shape("ball 3", n=500)
    graph = neighbor_graph(z, m=15)
    np.testing.assert_array_equal(graph.first(4).indices, neighbor_graph(z, m=4).indices)
    with pytest.raises(ValueError, match="holds 15 neighbors a point, 16 were asked for"):
        graph.first(16)
    with pytest.raises(ValueError, match="0 were asked for"):
        graph.first(0)


def test_bad_rows_and_settings_are_named():
    z = np.zeros((5, 2))
    z[3, 1] = np.nan
    with pytest.raises(ValueError, match="Row 3"):
        neighbor_graph(z)
    with pytest.raises(ValueError, match=r"shape \(4,\)"):
        neighbor_graph(np.zeros(4))
    with pytest.raises(ValueError, match="'annoy'"):
        neighbor_graph(np.zeros((4, 2)), backend="annoy")
    with pytest.raises(ValueError, match="at least 1"):
        neighbor_graph(np.zeros((4, 2)), m=0)
    with pytest.raises(ValueError, match="approximate"):
        neighbor_graph(np.zeros((4, 2)), backend="faiss", exact=True)


@pytest.mark.parametrize(("within", "offset"), [(1e-3, 0.0), (1e-4, 0.0), (1e-2, 100.0)])
def test_collapsed_latents_guard(within, offset):
    """DEC shrinks clusters to specks; a float32 |x|^2 + |y|^2 - 2xy kernel then invents neighbors."""
    z = clusters(4000, within=within, offset=offset).astype(np.float32)
    _, distances = exact(z, 15)
    true_id = two_nn(distances).value
    wrong = two_nn(np.sqrt(flat_in_batch(z, 16)[:, 1:])).value
    assert not abs(wrong - true_id) < 0.3 * true_id  # NaN or far off: the trap is real
    for backend in ("auto", "kdtree", "brute", "faiss"):
        graph = neighbor_graph(z, m=15, backend=backend)
        hit = graph.distances <= distances[:, -1:] * (1 + 1e-6)
        assert hit.mean() >= 0.999
        np.testing.assert_allclose(np.sort(graph.distances[:, 0]), np.sort(distances[:, 0]), rtol=1e-3)
        assert two_nn(graph).value == pytest.approx(true_id, rel=2e-3)
    centered = z - z.mean(0, dtype=np.float64)
    sizes = {
        "median_nearest_squared": float(np.median(distances[:, 0] ** 2)),
        "mean_squared_norm": float((centered**2).sum(1).mean()),
    }
    assert float32_kernel_is_unsafe(**sizes)
    assert graph.collapsed == is_collapsed(**sizes, n=4000, d=10) == (within < 1e-2)


def test_guard_also_fires_on_the_kernels_own_wrong_distances():
    z = clusters(4000, within=1e-3).astype(np.float32)
    nearest = float(np.median(flat_in_batch(z, 2)[:, 1]))
    assert float32_kernel_is_unsafe(
        median_nearest_squared=nearest, mean_squared_norm=float((z**2).sum(1).mean())
    )


def test_healthy_latents_are_not_called_collapsed():
    for z in (shape("ball 5"), shape("arcs"), manifolds(2000, d=10, dimension=5)[0], np.eye(30)):
        assert not neighbor_graph(z).collapsed


def test_without_faiss_the_other_engines_take_over(monkeypatch):
    monkeypatch.setattr(search, "has_faiss", lambda: False)
    monkeypatch.setattr(search, "SMALL_SET", 500)
    monkeypatch.setattr(search, "PROBE_QUERIES", 300)
    for d in (3, 40):
        z = np.random.default_rng(0).standard_normal((800, d))
        graph = neighbor_graph(z, m=5)
        np.testing.assert_allclose(graph.distances, exact(z, 5)[1], rtol=1e-6)
    with pytest.raises(ValueError, match="faiss-cpu"):
        neighbor_graph(z, backend="faiss")


def test_slow_trees_hand_over_to_a_calibrated_index(monkeypatch):
    pytest.importorskip("faiss")
    monkeypatch.setattr(search, "QUICK_SECONDS", 0.0)
    z = manifolds(12_000, d=10, dimension=5)[0]
    graph = neighbor_graph(z, m=15)
    assert graph.backend.startswith("faiss ivf nprobe")
    assert graph.recall >= 0.999
    truth = neighbor_graph(z, m=15, exact=True)
    assert truth.backend in ("kdtree", "brute")
    assert (graph.distances <= truth.distances[:, -1:] * (1 + 1e-6)).mean() >= 0.998
    assert two_nn(graph).value == pytest.approx(two_nn(truth).value, rel=1e-3)


def test_threads_follow_the_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert search.thread_count() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert search.thread_count() >= 1


@pytest.mark.parametrize("within", [1.0, 1e-3, 1e-7])
def test_calibration_rows_are_exact_however_collapsed(within):
    """At 1e-7 float64 products lose the distances, so every pair is measured."""
    z = clusters(3000, within=within).astype(np.float64)
    z -= z.mean(0)
    rows, farthest = search._exact_rows(z, m=6, seed=0)
    np.testing.assert_allclose(farthest, exact(z, 6)[1][rows, -1], rtol=1e-6)


def test_large_sets_may_take_a_tree_as_long_as_the_index_would(monkeypatch):
    pytest.importorskip("faiss")
    monkeypatch.setattr(search, "_probe", lambda *_, **__: 3.0)
    z = manifolds(12_000, d=4, dimension=2)[0]
    assert neighbor_graph(z, m=2).backend.startswith("faiss")
    monkeypatch.setattr(search, "QUICK_POINTS", 6_000)
    monkeypatch.setattr(search, "SMALL_SET", 11_999)
    # Brute force is the other way out, for it takes little for few points.
    assert not neighbor_graph(z, m=2).backend.startswith("faiss")


@pytest.mark.skipif(not search.has_faiss(), reason="faiss is not installed")
def test_searching_in_the_order_of_the_lists_changes_no_row():
    z = clusters(6000, within=0.3, d=20)
    found = neighbor_graph(z, m=4, backend="faiss")
    exact = neighbor_graph(z, m=4, exact=True)
    assert found.backend.startswith("faiss")
    assert (found.indices == exact.indices).mean() > 0.998
    assert found.recall >= search.RECALL_WANTED


@pytest.mark.parametrize("backend", ["auto", "kdtree", "brute", "faiss"])
@pytest.mark.parametrize("size", [2.0**100, 2.0**-100])
def test_latents_beyond_float32_s_squares_have_their_neighbors(backend, size):
    """Infinite squares ended the process in faiss' k-means, and cells were compared by NaN."""
    if backend == "faiss":
        pytest.importorskip("faiss")
    z = np.random.default_rng(0).standard_normal((6000, 3)).astype(np.float32)
    near, scaled = (neighbor_graph(some, m=5, backend=backend) for some in (z, z * np.float32(size)))
    np.testing.assert_array_equal(scaled.indices, near.indices)
    np.testing.assert_allclose(scaled.distances, near.distances * np.float32(size), rtol=1e-6)


@pytest.mark.parametrize("size", [2.0**100, 2.0**-100])
def test_a_large_set_is_cut_into_cells_whatever_its_size(size, monkeypatch):
    for name, value in {"LARGE_SET": 1000, "SMALL_SET": 0, "QUICK_SECONDS": -1}.items():
        monkeypatch.setattr(search, name, value)
    z = np.random.default_rng(0).standard_normal((3000, 3)).astype(np.float32) * np.float32(size)
    graph = neighbor_graph(z, m=5)
    assert graph.backend.startswith("cells")
    exact = neighbor_graph(z, m=5, exact=True).distances
    assert (graph.distances <= exact * np.float32(1 + 1e-6)).mean() > 0.98
