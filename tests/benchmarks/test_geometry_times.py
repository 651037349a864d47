"""The speed benchmark: rows are kept as they come, a second call goes on, and the GPU part runs on a CPU."""

import sys

import numpy as np
import pytest

from benchmarks import geometry, geometry_gpu, stopwatch
from benchmarks.geometry_report import predicted, print_against, print_growth, print_targets
from benchmarks.shapes import manifolds
from benchmarks.stopwatch import Record, latest, read


@pytest.fixture
def record(tmp_path):
    return Record(tmp_path / "new" / "times.csv", device="a chip", threads=2)


def test_rows_are_kept_and_not_measured_twice(record):
    record.add("graph, M 15 (kdtree)", 0.5, "recall 1", n=1000, d=10)
    assert record.has("graph, M 15", 1000, 10)
    assert not record.has("graph, M 15", 2000, 10)
    again = Record(record.path, device="a chip", threads=2)
    assert again.has("graph, M 15", 1000, 10)
    assert again.seconds("graph, M 15", 1000, 10) == 0.5
    assert not Record(record.path, device="another chip", threads=2).has("graph, M 15", 1000, 10)
    assert not Record(record.path, device="a chip", threads=2, again=True).has("graph, M 15", 1000, 10)
    again.add("graph, M 15", 0.25, "", n=1000, d=10)
    assert latest(read(record.path), "graph, M 15", 1000, 10) == 0.25
    assert read(record.path)[0]["versions"].startswith("python 3")


def test_missing_packages_are_left_out_of_the_versions(monkeypatch):
    monkeypatch.setattr(stopwatch, "PACKAGES", ("numpy", "no-such-package"))
    assert stopwatch.versions().endswith(f"numpy {np.__version__}")


def test_long_peers_are_foreseen(record, capsys):
    assert predicted(record, "dadapy default", 300_000, 10) is None
    record.add("dadapy default", 1.0, "", n=10_000, d=10)
    assert predicted(record, "dadapy default", 20_000, 10) == pytest.approx(4.0)
    record.add("dadapy default", 8.0, "", n=40_000, d=10)  # n^1.5
    assert predicted(record, "dadapy default", 160_000, 10) == pytest.approx(64.0)
    print_growth(record)
    assert "a =  1.50" in capsys.readouterr().out


def test_targets_are_called_held_or_not(record, capsys):
    record.add("TwoNN, exact k-d tree", 0.5, "", n=70_000, d=10)
    record.add("dadapy maxk=3", 1.4, "", n=70_000, d=10)
    record.add("live scores", 0.4, "", n=70_000, d=10)
    print_targets(record)
    said = capsys.readouterr().out
    assert "2.8 times dadapy maxk=3 (to reach 2.5): held" in said
    assert "live scores 400.00 ms (under 300): NOT held" in said
    gpu = Record(record.path.with_name("gpu.csv"), device="a GPU", threads=2)
    gpu.add("TwoNN end to end", 0.05, "", n=70_000, d=10)
    beside = [{"what": "dadapy default", "seconds": "8", "n": "70000", "d": "10", "device": "a chip",
               "threads": "2", "date": "today"}]  # fmt: skip
    print_against(gpu, beside, 70_000, 10)
    assert "8.00 s on a chip with 2 threads (today); a GPU is 160 times quicker" in capsys.readouterr().out


def test_the_command_measures_everything_of_a_small_array_once(tmp_path, monkeypatch, capsys):
    path = tmp_path / "times.csv"
    command = ["geometry", "--sizes", "600", "--dims", "10", "--out", str(path)]
    monkeypatch.setattr(sys, "argv", command)
    geometry.main()
    names = [row["what"] for row in read(path)]
    assert {"TwoNN, exact k-d tree", "TwoNN, auto", "LID", "graph, M 15", "live scores", "twist scores",
            "thresholds, exact counts", "TwoNN from the graph"} <= set(names)  # fmt: skip
    geometry.main()
    assert [row["what"] for row in read(path)] == names
    assert "live scores" in capsys.readouterr().out


def test_the_gpu_part_is_right_where_there_is_no_gpu():
    z = manifolds(1500, d=10, dimension=5)[0]
    rows = list(geometry_gpu.rows(z))
    assert [name for name, _, _ in rows] == [
        "exact k-NN, M 15", "graph, M 15, brought to the host", "TwoNN end to end",
    ]  # fmt: skip
    assert rows[0][2] == "300 of 300 rows as in float64"
    found = list(geometry_gpu.variants(z))
    assert len(found) >= 8
    searches = [note for name, _, note in found if name.startswith("k-NN")]
    assert set(searches) == {"300 of 300 rows as in float64"}
    estimates = {note for name, _, note in found if name.startswith("TwoNN end to end by")}
    assert estimates == {rows[2][2]}, "the ways to search differ in what TwoNN makes of them"
