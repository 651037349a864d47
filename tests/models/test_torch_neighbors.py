"""The torch engine finds what the numpy engine finds, also where float32 alone would not."""

import numpy as np
import pytest
import torch

from dcviz.geometry.neighbors import neighbor_graph
from models import neighbors
from models.neighbors import nearest, torch_neighbor_graph


def clouds(seed=0, n=300, d=5, width=1.0, gap=0.0, offset=0.0):
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(4, d)) * gap + offset
    return (centers[np.arange(n) % 4] + width * rng.normal(size=(n, d))).astype(np.float32)


CASES = {
    "plain": clouds(),
    "tight clusters far apart": clouds(width=1e-3, gap=10),
    "an offset of 100": clouds(offset=100.0),
    "one dimension": clouds(d=1),
    "squares that float32 does not hold": clouds() * np.float32(1e30),
    "squares that vanish in float32": clouds() * np.float32(1e-30),
}


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_the_numpy_engine(name, monkeypatch):
    monkeypatch.setattr(neighbors, "CHUNK_ENTRIES", 300 * 37)  # several chunks
    z = CASES[name]
    found, exact = torch_neighbor_graph(torch.from_numpy(z), m=6), neighbor_graph(z, m=6, exact=True)
    np.testing.assert_allclose(found.distances, exact.distances, rtol=1e-5)
    assert (found.indices == exact.indices).mean() > 0.999
    assert (found.indices != np.arange(len(z))[:, None]).all()
    assert found.collapsed == exact.collapsed
    assert (found.indices.dtype, found.distances.dtype) == (np.int32, np.float32)


def test_duplicates_leave_the_point_itself_out():
    z = torch.zeros(20, 3)
    graph = torch_neighbor_graph(z, m=4)
    assert (graph.distances == 0).all()
    assert (graph.indices != np.arange(20)[:, None]).all()
    assert graph.collapsed


def test_fewer_points_than_neighbors():
    indices, distances = nearest(torch.tensor([[0.0], [1.0], [3.0]]), m=5)
    assert indices.tolist() == [[1, 2], [0, 2], [1, 0]]
    assert distances.tolist() == [[1, 3], [1, 2], [2, 3]]


def test_the_kernel_is_used_only_where_it_runs_and_fits(monkeypatch):
    from models import neighbor_groups
    from models.neighbors import by_table

    class OnGpu(torch.Tensor):
        is_cuda = True

    small, wide = torch.zeros(1000, 10), torch.zeros(1000, 40)
    assert neighbor_groups.quickest(small) is by_table
    monkeypatch.setattr(neighbor_groups, "kernel_runs", lambda device: True)
    assert neighbor_groups.quickest(small.as_subclass(OnGpu)) is neighbor_groups.by_kernel
    assert neighbor_groups.quickest(wide.as_subclass(OnGpu)) is by_table
    assert neighbor_groups.quickest(small.double().as_subclass(OnGpu)) is by_table
    monkeypatch.setattr(neighbor_groups, "LARGEST", 1000)
    assert neighbor_groups.quickest(small.as_subclass(OnGpu)) is by_table


def test_a_kernel_that_fails_is_not_used(monkeypatch):
    from models import neighbor_groups

    def fails(points, wanted):
        raise RuntimeError("no compiler")

    monkeypatch.setattr(neighbor_groups.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(neighbor_groups, "by_kernel", fails)
    neighbor_groups.kernel_runs.cache_clear()
    with pytest.warns(UserWarning, match="no compiler"):
        assert not neighbor_groups.kernel_runs(torch.device("cpu"))
    neighbor_groups.kernel_runs.cache_clear()
