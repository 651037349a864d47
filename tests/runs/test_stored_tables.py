"""The threshold table is stored with the neighbors, small, and never says more than what was counted."""

import zlib
from pathlib import Path

import numpy as np
import pytest

from dcviz.geometry import packed_table
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.packed_table import pack_table, unpack_table
from dcviz.geometry.table import ThresholdTable, threshold_table
from dcviz.runs import Run, RunStore, tables
from dcviz.runs.files import read_arrays, write_arrays
from dcviz.runs.writer import RunWriter, graph_arrays

FIELDS = ("m", "n", "reading", "lambda_axis", "tau_axis", "core", "reliable", "same_before", "same_after")


@pytest.fixture(autouse=True)
def small_sets_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "WORTH_STORING", 0)


def test_what_is_counted_quicker_than_read_is_not_stored(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tables, "WORTH_STORING", 301)
    run = stored_run(tmp_path)
    assert not [name for name in read_arrays(run.path / "neighbors" / "00000.npz") if "table" in name]
    assert same(run.table(0, 4), threshold_table(run.neighbors(0), labels=run.labels(), m=4))


def same(a: ThresholdTable, b: ThresholdTable) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in FIELDS)


def stored_run(root: Path, *, labels: bool = True, reading: str = "paper") -> Run:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, 3)).astype(np.float32)
    run = RunStore(root).create(
        {"method": "rdc", "dataset": "arcs", "seed": 0, "phases": [["pretraining", 1]],
         "thresholds": {"M": 4, "lambda_ratio": 0.5, "tau_distance": 0.6, "reading": reading}}
    )  # fmt: skip
    writer = RunWriter(run)
    if labels:
        writer.data(labels=rng.integers(0, 3, 300))
    line = {"key": "00000", "epoch": 0, "phase": "pretraining", "phase_index": 0, "scores": {}, "losses": {}}
    clusters = rng.integers(0, 5, 300).astype(np.int32)
    writer.epoch(line, latents=z, assigned={"assignments": clusters}, graph=neighbor_graph(z))
    return run


def no_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object, **named: object) -> None:
        raise AssertionError("counted although it is stored")

    monkeypatch.setattr("dcviz.geometry.table.threshold_table", refuse)
    monkeypatch.setattr(Run, "neighbors", refuse)


@pytest.mark.parametrize("reading", ["paper", "relative", "released code"])
def test_the_runs_own_table_is_read_and_equals_the_counted_one(tmp_path, monkeypatch, reading) -> None:
    run = stored_run(tmp_path, reading=reading)
    counted = threshold_table(run.neighbors(0), labels=run.labels(), m=4, reading=reading)
    no_counting(monkeypatch)
    assert same(run.table(0, 4, reading=reading), counted)


def test_other_thresholds_and_other_kinds_are_counted_when_asked(tmp_path) -> None:
    run = stored_run(tmp_path)
    graph = run.neighbors(0)
    assert same(run.table(0, 7), threshold_table(graph, labels=run.labels(), m=7))
    assert same(
        run.table(0, 4, reading="relative"),
        threshold_table(graph, labels=run.labels(), m=4, reading="relative"),
    )
    by_cluster = threshold_table(graph, labels=run.assignments(0), m=4)
    assert same(run.table(0, 4, by="cluster"), by_cluster)


def test_without_labels_only_clusters_are_pure_or_not(tmp_path, monkeypatch) -> None:
    run = stored_run(tmp_path, labels=False)
    by_cluster = threshold_table(run.neighbors(0), labels=run.assignments(0), m=4)
    no_counting(monkeypatch)
    assert same(run.table(0, 4, by="cluster"), by_cluster)
    unlabeled = run.table(0, 4)
    assert unlabeled.same_before is None
    assert unlabeled.same_after is None
    assert np.array_equal(unlabeled.reliable, by_cluster.reliable)


@pytest.mark.parametrize("damage", ["older", "newer", "cut", "no table", "bomb", "missing field"])
def test_what_is_not_a_table_of_this_version_is_counted_anew(tmp_path, monkeypatch, damage) -> None:
    run = stored_run(tmp_path)
    file = run.path / "neighbors" / "00000.npz"
    arrays = read_arrays(file)
    (name,) = [name for name in arrays if name.startswith("table")]
    packed = arrays[name]
    if damage == "newer":
        monkeypatch.setattr(packed_table, "VERSION", 2)
    elif damage == "older":
        del arrays[name]
    elif damage == "missing field":
        arrays[name] = pack_table(threshold_table(run.neighbors(0), m=4))[:200]
    else:
        arrays[name] = {
            "cut": packed[: len(packed) // 2],
            "no table": np.arange(9.0),
            "bomb": np.frombuffer(zlib.compress(b"\0" * 50_000_000), np.uint8),
        }[damage]
    write_arrays(file, arrays)
    found = run.table(0, 4)
    assert same(found, threshold_table(run.neighbors(0), labels=run.labels(), m=4))


def test_a_table_grows_a_run_by_little(tmp_path) -> None:
    rng = np.random.default_rng(1)
    z, labels = rng.normal(size=(5000, 5)).astype(np.float32), rng.integers(0, 10, 5000)
    graph = neighbor_graph(z)
    table = threshold_table(graph, labels=labels)
    packed = pack_table(table)
    assert same(unpack_table(packed), table)
    plain = sum(each.nbytes for each in graph_arrays(graph).values())
    assert packed.nbytes < 32_000 < 0.06 * plain


@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_hardly_any_points_are_packed_too(n: int) -> None:
    table = threshold_table(neighbor_graph(np.ones((n, 2), np.float32)), labels=np.zeros(n, int))
    assert same(unpack_table(pack_table(table)), table)


def test_thresholds_that_are_none_store_nothing() -> None:
    graph = neighbor_graph(np.eye(5, dtype=np.float32))
    assert tables.packed_arrays(graph, thresholds={"M": -1}, labels=None, clusters=None) == {}
    stored = tables.packed_arrays(graph, thresholds={}, labels=None, clusters=None)
    assert list(stored) == ["table_v1_m5_paper_none"]
