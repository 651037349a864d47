"""Large sets part by part: the same neighbors and counts as in memory, and a sample that weighs right."""

import numpy as np
import pytest

from dcviz.geometry import streamed
from dcviz.geometry.filters import split
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.thresholds import Thresholds

faiss = pytest.importorskip("faiss")


@pytest.fixture
def z() -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.normal(size=(3000, 6)) + 5 * np.eye(6)[np.arange(3000) % 6]).astype(np.float32)


def test_all_lists_probed_are_the_exact_neighbors(tmp_path, monkeypatch, z) -> None:
    monkeypatch.setattr(streamed, "PART", 700)
    monkeypatch.setattr(streamed.parts, "__defaults__", (700,))
    np.save(tmp_path / "z.npy", z)
    mapped = np.load(tmp_path / "z.npy", mmap_mode="r")
    found = streamed.streamed_neighbors(mapped, tmp_path, m=8, lists=20, probes=20)
    exact = neighbor_graph(z, m=8, exact=True)
    assert found.recall == 1
    np.testing.assert_allclose(found.distances, exact.distances, rtol=1e-5)
    assert np.mean(np.asarray(found.indices) == exact.indices) > 0.999


def test_few_probes_find_less_and_say_so(tmp_path, z) -> None:
    found = streamed.streamed_neighbors(z, tmp_path, m=8, lists=60, probes=1)
    assert 0.2 < found.recall < 1


def test_counts_over_parts_are_those_of_the_whole(monkeypatch, z) -> None:
    monkeypatch.setattr(streamed.parts, "__defaults__", (700,))
    distances = neighbor_graph(z, m=8).distances
    at = Thresholds(M=8, lambda_ratio=0.5, tau_distance=0.3)
    masks = split(distances, at)
    counts = streamed.streamed_split(distances, at)
    assert counts == {
        "points": 3000, "core": masks.core.sum(), "reliable": masks.reliable[masks.core].sum()
    }  # fmt: skip


def test_a_stratified_sample_stands_for_all() -> None:
    groups = np.repeat([0, 1, 2], [9000, 900, 9])
    rows, weights = streamed.stratified(groups, 500)
    assert len(np.unique(rows)) == len(rows)
    for group, size in enumerate((9000, 900, 9)):
        assert weights[groups[rows] == group].sum() == pytest.approx(size)
    assert (groups[rows] == 2).sum() >= 8  # the small group is seen
