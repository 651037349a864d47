"""Graphs of runs that ship without: found once, kept in the cache, never taken for those of other latents."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcviz.__main__ import main
from dcviz.engine.branch import branch, branch_wish
from dcviz.runs import Run, RunStore, graphs
from dcviz.runs.files import write_arrays
from dcviz.runs.graphs import graph_arrays, kept_path
from dcviz.runs.run import M_MAX

GALLERY = Path(__file__).resolve().parents[2] / "gallery"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def searches(monkeypatch) -> list[int]:
    """One entry a search for neighbors."""
    import dcviz.geometry.neighbors as geometry

    seen, plain = [], geometry.neighbor_graph
    monkeypatch.setattr(geometry, "neighbor_graph", lambda z, **how: seen.append(len(z)) or plain(z, **how))
    return seen


@pytest.fixture
def shipped(tmp_path) -> Run:
    shutil.copytree(GALLERY / "blobs-dec", tmp_path / "runs" / "blobs-dec")
    return Run(tmp_path / "runs" / "blobs-dec", read_only=True)


def test_a_graph_is_found_once_and_the_run_stays_as_it_is(shipped, searches, cache) -> None:
    key, before = shipped.epochs()[-1].key, sorted(shipped.path.rglob("*"))
    first = shipped.neighbors(key)
    second = Run(shipped.path).neighbors(key)
    assert len(searches) == 1
    np.testing.assert_array_equal(first.indices, second.indices)
    np.testing.assert_array_equal(first.distances, second.distances)
    assert sorted(shipped.path.rglob("*")) == before
    assert kept_path(shipped.path, key, M_MAX).is_relative_to(cache)


def test_other_latents_under_the_same_name_get_a_graph_of_their_own(shipped, searches) -> None:
    key = shipped.epochs()[-1].key
    shipped.neighbors(key)
    file = shipped.path / "latents" / f"{key}.npy"
    np.save(file, np.load(file)[::-1].copy())
    os.utime(file, ns=(1, 1))
    again = shipped.neighbors(key)
    assert len(searches) == 2
    assert again.indices.shape == (shipped.spec["n"], M_MAX)


def test_a_damaged_file_is_found_anew(shipped, searches) -> None:
    key = shipped.epochs()[-1].key
    shipped.neighbors(key)
    kept_path(shipped.path, key, M_MAX).write_bytes(b"PK not")
    shipped.neighbors(key)
    shipped.neighbors(key)
    assert len(searches) == 2


def test_a_cache_that_may_not_be_written_costs_only_time(shipped, searches, monkeypatch) -> None:
    def full(path, arrays):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(graphs, "write_arrays", full)
    key = shipped.epochs()[-1].key
    assert shipped.neighbors(key).n == shipped.neighbors(key).n
    assert len(searches) == 2


@pytest.fixture
def branched(shipped) -> Run:
    """A branch of a run without graphs that has trained an epoch and stored the graph of that one alone."""
    key = shipped.checkpoints()[1]
    run = branch(shipped, branch_wish(shipped, key), store=RunStore(shipped.path.parent))
    write_arrays(run.path / "neighbors" / f"{run.epochs()[-1].key}.npz", graph_arrays(shipped.neighbors(key)))
    return run


def test_a_branch_of_such_a_run_has_the_graphs_of_both(shipped, branched) -> None:
    assert len(branched.epochs()) > 1
    for epoch in branched.epochs():
        np.testing.assert_array_equal(
            branched.neighbors(epoch.key).indices, shipped.neighbors(epoch.key).indices
        )


def test_the_command_finds_those_that_a_branch_took_over(branched, capsys) -> None:
    assert main(["graphs", str(branched.path), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["epochs"], row["found"]) == (len(branched.epochs()), len(branched.epochs()) - 1)


def test_the_command_finds_all_without_torch(shipped, cache) -> None:
    code = (
        "import sys; from dcviz.__main__ import main\n"
        f"code = main(['graphs', {str(shipped.path)!r}, '--json'])\n"
        "assert 'torch' not in sys.modules; sys.exit(code)"
    )
    for expected in (len(shipped.epochs()), 0):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        (row,) = json.loads(done.stdout)
        assert (row["run"], row["epochs"], row["found"], row["damaged"]) == (
            "blobs-dec", len(shipped.epochs()), expected, 0
        )  # fmt: skip
        assert "blobs-dec" in done.stderr
    assert len(list(cache.rglob("*.npz"))) == len(shipped.epochs())


def test_all_means_every_run_that_ships_without(shipped, monkeypatch, capsys) -> None:
    monkeypatch.setattr("dcviz.cli.graphs.default_store", lambda: RunStore(shipped.path.parent))
    assert main(["graphs", "--all"]) == 0
    assert "blobs-dec" in capsys.readouterr().out
    assert main(["graphs"]) == 2
    assert "--all" in capsys.readouterr().err
