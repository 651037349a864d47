"""Large sets part by part: the same neighbors and counts as in memory, and a sample that weighs right."""

import numpy as np
import pytest

from dcviz.geometry import cells, search, streamed
from dcviz.geometry.cells import cells_of
from dcviz.geometry.filters import split
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.thresholds import Thresholds

EVERYTHING = 1.0


@pytest.fixture
def z() -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.normal(size=(3000, 6)) + 5 * np.eye(6)[np.arange(3000) % 6]).astype(np.float32)


@pytest.fixture(params=["faiss", "numpy"])
def engine(request, monkeypatch) -> None:
    if request.param == "faiss":
        pytest.importorskip("faiss")
    monkeypatch.setattr(cells, "has_faiss", lambda: request.param == "faiss")


def test_every_cell_searched_gives_the_exact_neighbors(tmp_path, monkeypatch, z, engine) -> None:
    monkeypatch.setattr(cells, "PART", 700)
    monkeypatch.setattr(streamed, "PROBES", (12,))
    np.save(tmp_path / "z.npy", z)
    mapped = np.load(tmp_path / "z.npy", mmap_mode="r")
    found = streamed.streamed_neighbors(mapped, tmp_path, m=8, recall=EVERYTHING)
    exact = neighbor_graph(z, m=8, exact=True)
    assert (found.lists, found.probes, found.recall, found.recall_low) == (12, 12, 1, 1)
    assert isinstance(found.indices, np.memmap)
    np.testing.assert_allclose(found.distances, exact.distances, rtol=1e-5)
    assert np.mean(np.asarray(found.indices) == exact.indices) > 0.999


def test_the_recall_told_is_the_recall_of_all(monkeypatch, z) -> None:
    """Measured on 300 rows; here all rows can be checked."""
    monkeypatch.setattr(cells, "POINTS_A_CELL", 30)
    monkeypatch.setattr(streamed, "PROBES", (2,))
    found = streamed.streamed_neighbors(z, m=8)
    exact = neighbor_graph(z, m=8, exact=True)
    truth = np.mean([np.isin(a, b).mean() for a, b in zip(exact.indices, found.indices, strict=True)])
    assert 0.2 < found.recall < 0.9
    assert found.recall == pytest.approx(truth, abs=2 * (found.recall - found.recall_low))


def test_cells_are_added_until_the_wanted_share_is_found(monkeypatch, z) -> None:
    monkeypatch.setattr(cells, "POINTS_A_CELL", 30)
    monkeypatch.setattr(streamed, "PROBES", (1, 2, 4, 8, 16, 32, 64))
    some, most = (streamed.streamed_neighbors(z, m=8, recall=wanted) for wanted in (0.6, 0.97))
    assert 0.6 <= some.recall < most.recall
    assert most.recall >= 0.97
    assert some.probes < most.probes < 64


def test_some_points_are_searched_among_all(z) -> None:
    rows = np.array([2999, 5, 1234])
    found = streamed.streamed_neighbors(z, m=8, rows=rows, recall=EVERYTHING)
    exact = neighbor_graph(z, m=8, exact=True)
    np.testing.assert_array_equal(found.indices, exact.indices[rows])
    assert found.rows is rows


def test_scale_and_offset_change_nothing(z) -> None:
    """Cells are moved to their own centers, so specks far from zero keep their neighbors."""
    cluster = np.arange(3000) % 6
    specks = 1e-4 * z.astype(np.float64) + 100 * np.eye(6)[cluster]
    found = streamed.streamed_neighbors(specks, m=8, recall=EVERYTHING)
    exact = neighbor_graph(specks, m=8, exact=True)
    assert np.mean(found.indices == exact.indices) > 0.999
    np.testing.assert_allclose(found.distances, exact.distances, rtol=1e-4)


def test_thousands_of_duplicates_do_not_swamp_the_search(monkeypatch, z) -> None:
    monkeypatch.setattr(cells, "CROWD", 400)
    monkeypatch.setattr(streamed, "CROWD", 400)
    z[:2000] = 7
    found = streamed.streamed_neighbors(z, m=8)
    assert (found.distances[:2000] == 0).all()
    assert (found.indices[:2000] < 2000).all()
    assert (found.indices != np.arange(3000)[:, None]).all()


@pytest.mark.parametrize("guarded", [True, False])
def test_distances_that_products_lose_are_measured_again(monkeypatch, guarded) -> None:
    """Specks a ten-thousandth as wide as the gaps between them; the same fails where nobody looks again."""
    faiss = pytest.importorskip("faiss")
    rng = np.random.default_rng(0)
    specks = rng.normal(size=(20, 4))[rng.integers(0, 20, 3000)] + 1e-4 * rng.normal(size=(3000, 4))
    if not guarded:
        monkeypatch.setattr(cells, "GUARD_RATIO", 0.0)
    usual = faiss.cvar.distance_compute_blas_threshold
    rows = specks.astype(np.float32)
    found = cells.nearest(rows[:500], rows, k=10)
    gaps = ((rows[:500, None].astype(np.float64) - rows.astype(np.float64)) ** 2).sum(2)
    reached = np.take_along_axis(gaps, found, 1).max(1) <= np.sort(gaps, 1)[:, 9] * (1 + 1e-5)
    assert reached.all() if guarded else reached.mean() < 0.5
    assert faiss.cvar.distance_compute_blas_threshold == usual


def test_cells_hold_every_point_once(z) -> None:
    found = cells_of(z, lists=40)
    assert sorted(found.order) == list(range(3000))
    np.testing.assert_array_equal(found.points, z[found.order])
    np.testing.assert_array_equal(found.near[:, 0], np.arange(40))
    assert all(len(set(row)) == len(row) for row in found.near)
    nearest = ((z[:, None] - found.centers) ** 2).sum(2).argmin(1)
    own = np.repeat(np.arange(40), np.diff(found.starts))
    assert np.mean(nearest[found.order] == own) > 0.999


def test_a_lonely_cell_looks_further_until_it_has_enough(monkeypatch, z) -> None:
    monkeypatch.setattr(streamed, "PROBES", (1,))
    monkeypatch.setattr(cells, "POINTS_A_CELL", 4)
    found = streamed.streamed_neighbors(z, m=8)
    assert (found.indices >= 0).all()
    assert np.isfinite(found.distances).all()


def test_a_bad_row_is_named(z) -> None:
    z[17, 2] = np.nan
    with pytest.raises(ValueError, match="Row 17"):
        streamed.streamed_neighbors(z)


def test_the_graph_of_a_large_set_comes_from_cells(monkeypatch, z) -> None:
    """Above the limit "auto" takes them where a tree is too slow, and says how much was found."""
    monkeypatch.setattr(search, "LARGE_SET", 2000)
    monkeypatch.setattr(search, "SMALL_SET", 0)
    monkeypatch.setattr(search, "QUICK_SECONDS", 0)
    monkeypatch.setattr(search, "has_faiss", lambda: False)
    found, exact = neighbor_graph(z, m=8), neighbor_graph(z, m=8, exact=True)
    assert found.backend.startswith("cells")
    assert found.recall >= streamed.RECALL_WANTED
    assert np.mean(found.indices == exact.indices) == pytest.approx(found.recall, abs=0.01)


def test_counts_over_parts_are_those_of_the_whole(monkeypatch, z) -> None:
    monkeypatch.setattr(cells, "PART", 700)
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
