"""Latents of one epoch in several files: written in parts, read as one array, kept like one file."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcviz.engine.mirror import Folder, carry
from dcviz.exchange.latents_out import write_latents
from dcviz.geometry import cells, streamed
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.runs import Run, RunStore, shards
from dcviz.runs.errors import RunError
from dcviz.runs.export import export_run, import_run
from dcviz.runs.shards import Pieces, latent_files
from dcviz.runs.writer import RunWriter

ROOT = Path(__file__).parents[2]
LINE = {"key": "00001", "epoch": 1, "phase": "proximity", "phase_index": 1, "losses": {}, "scores": {}}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_ROWS", 100)


@pytest.fixture
def z() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(250, 3)).astype(np.float32)


@pytest.fixture
def cut(store: RunStore, spec: dict, z: np.ndarray) -> Run:
    """A run of 250 points whose epoch 1 lies in three files."""
    run = store.create({**spec, "n": 250})
    _list_epoch(RunWriter(run), z, latents=z)
    return run


def _list_epoch(writer: RunWriter, z: np.ndarray, *, latents: np.ndarray | None) -> None:
    writer.epoch(
        LINE, latents=latents, assigned={"assignments": np.zeros(len(z), np.int32)},
        graph=neighbor_graph(z, m=15),
    )  # fmt: skip


def _names(run: Run) -> list[str]:
    return [file.relative_to(run.path / "latents").as_posix() for file in latent_files(run.path, "00001")]


def test_many_rows_make_several_files_and_read_as_one(cut: Run, z: np.ndarray) -> None:
    assert _names(cut) == [f"00001/{number:05d}-of-00003.npy" for number in (1, 2, 3)]
    np.testing.assert_array_equal(cut.latents("00001"), z)
    assert type(cut.latents(1)) is np.ndarray
    pieces = cut.pieces("00001")
    assert isinstance(pieces, Pieces)
    assert all(isinstance(array, np.memmap) for array in pieces.arrays)
    assert (pieces.shape, pieces.dtype, len(pieces)) == (z.shape, z.dtype, 250)


def test_up_to_the_limit_it_is_one_file(store: RunStore, spec: dict, append_epoch) -> None:
    run = store.create(spec)
    append_epoch(RunWriter(run), "00001", n=100)
    assert _names(run) == ["00001.npy"]
    assert isinstance(run.pieces("00001"), np.ndarray)


@pytest.mark.parametrize(
    "rows",
    [0, -1, 249, np.int64(100), slice(None), slice(90, 210), slice(100, 200), slice(5, 5), slice(300, 400),
     slice(None, None, 7), slice(200, 90, -1), [99, 100, -1, 0, 100], np.array([[0, 249], [100, 99]]),
     np.arange(250) % 3 == 0, np.zeros(250, bool), np.array([], int)],
    ids=str,
)  # fmt: skip
def test_rows_are_those_of_one_array(cut: Run, z: np.ndarray, rows) -> None:
    np.testing.assert_array_equal(cut.pieces("00001")[rows], z[rows], strict=True)


@pytest.mark.parametrize("rows", [250, -251, [0, 250], np.ones(249, bool)], ids=["n", "-n-1", "list", "mask"])
def test_rows_that_are_not_there_are_refused(cut: Run, rows) -> None:
    with pytest.raises(IndexError, match=r"250|249"):
        cut.pieces("00001")[rows]


def test_a_missing_or_foreign_shard_is_named(cut: Run, z: np.ndarray) -> None:
    folder = cut.path / "latents" / "00001"
    np.save(folder / "00002-of-00003.npy", z[:100, :2])
    with pytest.raises(RunError, match="one number of columns"):
        cut.latents("00001")
    (folder / "00002-of-00003.npy").unlink()
    with pytest.raises(RunError, match=r"00001/00002-of-00003.npy is missing"):
        cut.latents("00001")
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(RunError, match=r"latents/00001.npy is missing"):
        cut.latents("00001")


WRITE_ONE = """
import sys, numpy as np
from dcviz.runs import Run
from dcviz.runs.writer import RunWriter
run, number, file = sys.argv[1:]
z = np.load(file, mmap_mode="r")
from pathlib import Path
RunWriter(Run(Path(run))).shard("00001", int(number), 3, z[100 * (int(number) - 1) : 100 * int(number)])
"""


def test_processes_write_one_epoch_side_by_side(store: RunStore, spec: dict, z: np.ndarray, tmp_path) -> None:
    run = store.create({**spec, "n": 250})
    np.save(tmp_path / "z.npy", z)
    writer = RunWriter(run)
    writer.shard("00001", 2, 3, z[100:200])
    with pytest.raises(RunError, match=r"00001-of-00003.npy is missing"):
        _list_epoch(writer, z, latents=None)
    assert not run.epochs()
    command = [sys.executable, "-c", WRITE_ONE, str(run.path)]
    both = [subprocess.Popen([*command, str(k), str(tmp_path / "z.npy")], cwd=ROOT) for k in (1, 3)]
    assert [process.wait(60) for process in both] == [0, 0]
    _list_epoch(writer, z, latents=None)
    np.testing.assert_array_equal(run.latents("00001"), z)
    assert [epoch.key for epoch in run.epochs()] == ["00001"]


@pytest.mark.parametrize(("number", "count"), [(0, 3), (4, 3), (1, 100_000)])
def test_numbers_beyond_the_count_are_refused(cut: Run, z: np.ndarray, number: int, count: int) -> None:
    with pytest.raises(ValueError, match=r"numbered 1 .. count"):
        RunWriter(cut).shard("00002", number, count, z[:1])


def test_it_travels_as_zip_and_through_fsspec(cut: Run, store: RunStore, z: np.ndarray, tmp_path) -> None:
    other = RunStore(tmp_path / "other")
    again = import_run(export_run(cut, tmp_path / "run.zip"), other)
    np.testing.assert_array_equal(again.latents("00001"), z)
    there = Folder(f"memory://shards/{tmp_path.name}")
    carry(Folder(str(cut.path)), there)
    (tmp_path / "home" / cut.id).mkdir(parents=True)
    carry(there, Folder(str(tmp_path / "home" / cut.id)))
    copy = Run(tmp_path / "home" / cut.id)
    np.testing.assert_array_equal(copy.latents(copy.epochs()[0].key), z)


def test_other_programs_get_one_array_and_nothing_stays(cut: Run, z: np.ndarray, tmp_path: Path) -> None:
    np.testing.assert_array_equal(np.load(write_latents(cut, tmp_path / "z.npy")), z)
    assert cut.size() > z.nbytes
    cut.delete()
    assert not cut.path.exists()


def test_the_search_of_large_sets_reads_pieces(cut: Run, z: np.ndarray, monkeypatch) -> None:
    monkeypatch.setattr(cells, "PART", 64)  # smaller than a shard and across their ends
    monkeypatch.setattr(streamed, "EXACT_PART", 64)
    found = streamed.streamed_neighbors(cut.pieces("00001"), m=5, recall=1.0)
    np.testing.assert_array_equal(found.indices, neighbor_graph(z, m=5).indices)
    assert found.recall == 1
