"""Every way to find neighbors on a device finds those of the exact engine, on the CPU as well."""

import importlib.util
import os

import numpy as np
import pytest
import torch

from benchmarks.knn_variants import VARIANTS, halves
from benchmarks.shapes import clusters, manifolds
from dcviz.geometry.neighbors import neighbor_graph
from models import neighbors
from models.neighbors import device_search

CASES = {
    "sheets": manifolds(3000, d=10, dimension=5)[0],
    "as many as groups": manifolds(64 * 30, d=3, dimension=2)[0],
    "collapsed": clusters(2500, within=1e-4, d=10).astype(np.float32),
    "collapsed, far from 0": clusters(2500, within=1e-2, offset=100.0, d=10).astype(np.float32),
    "copies of all": np.repeat(manifolds(900, d=5, dimension=5)[0], 3, axis=0),
    "one point only": np.zeros((2000, 4), np.float32),
    "few": manifolds(70, d=10, dimension=5)[0],
}
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "fused kernel"])
def test_finds_the_exact_neighbors(name, case, monkeypatch):
    monkeypatch.setattr(neighbors, "CHUNK_ENTRIES", 3000 * 701)  # several chunks
    agrees(name, case)


@pytest.mark.skipif(not INTERPRETED or not importlib.util.find_spec("triton"),
                    reason="needs triton and TRITON_INTERPRET=1")  # fmt: skip
@pytest.mark.parametrize("case", ["sheets", "collapsed", "copies of all"])
def test_the_kernel_finds_them_too(case):
    agrees("fused kernel", case)


def agrees(name, case):
    z, m = CASES[case], 15
    indices, distances, collapsed = device_search(torch.from_numpy(z), m=m, candidates=VARIANTS[name])
    exact = neighbor_graph(z, m=m, exact=True)
    np.testing.assert_allclose(distances.numpy(), exact.distances, rtol=1e-5)
    # Equally far copies may come in any order; the distances above tell whether they are right.
    if case not in ("copies of all", "one point only"):
        assert (indices.numpy() == exact.indices).mean() > 0.999
    assert (indices.numpy() != np.arange(len(z))[:, None]).all()
    assert all(len(set(row)) == m for row in indices.tolist())
    assert collapsed == exact.collapsed


def test_halves_add_up_and_the_first_has_short_digits():
    x = torch.randn(1000) * torch.logspace(-20, 20, 1000)
    high, low = halves(x)
    assert torch.equal(high + low, x)
    assert (low.abs() <= x.abs() * 2**-10).all()
    assert (high.view(torch.int32) & 0x1FFF == 0).all()
