"""A first phase computed in several ways: rows of every look, and what the committed ones say of MNIST."""

import csv
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from benchmarks import ways
from dcviz.data import load
from models import together

GAP = (0.025, 0.03)
"""Reconstruction on MNIST after 30 epochs: no training ends here."""


@pytest.fixture(autouse=True)
def few(monkeypatch):
    data = load("digits")
    monkeypatch.setattr(ways, "load", lambda name: replace(data, x=data.x[:90], labels=data.labels[:90]))


def test_the_ways_of_computing_agree_on_a_cpu_and_every_look_has_rows(tmp_path, monkeypatch):
    out = tmp_path / "ways.csv"
    monkeypatch.setattr(sys, "argv", [
        "ways", "digits", "--device", "cpu", "--seeds", "0", "1", "--every", "1", "--scores", "last", "--out",
        str(out), "--ways", "as one", "alone", "--set", "pretrain_epochs=2", "batch_size=45", "network=mlp",
    ])  # fmt: skip
    ways.main()
    assert not hasattr(together.fit_together, "func"), "computed as ever after the command"
    found = defaultdict(dict)
    with out.open() as file:
        for row in csv.DictReader(file):
            found[row["way"].split(",")[0]][row["seed"], row["epoch"], row["what"]] = float(row["value"])
    assert set(found) == {"as one", "alone"}
    assert {key[1] for key in found["alone"]} == {"0", "1", "2"}
    assert {key[1] for key in found["alone"] if key[2] == "acc"} == {"2"}
    assert found["alone"].keys() == found["as one"].keys()
    for key, value in found["alone"].items():
        assert found["as one"][key] == pytest.approx(value, rel=1e-3, abs=1e-4), key


def test_participation_counts_the_directions_that_points_fill():
    z = np.random.default_rng(0).normal(size=(20_000, 5)) * (1, 1, 1, 1e-3, 1e-3)
    assert ways.participation_ratio(z) == pytest.approx(3, abs=0.02)


def test_the_committed_rows_show_two_ends_on_mnist_parted_by_rounding():
    with (Path(ways.__file__).parent / "results" / "ways.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] == "mnist"]
    at = {(r["way"], r["seed"]): float(r["value"]) for r in rows
          if r["what"] == "reconstruction" and "epochs=30" in r["way"] and r["epoch"] == "30"}  # fmt: skip
    poor = {key for key, value in at.items() if value > GAP[1]}
    assert len(at) == 16
    assert not [value for value in at.values() if GAP[0] < value < GAP[1]]
    assert sorted(sum(way.startswith(start) for way, _ in poor) for start in ("as one", "turn")) == [3, 5]
    sides = defaultdict(set)
    for key in at:
        sides[key[1]].add(key in poor)
    assert sum(len(each) == 2 for each in sides.values()) == 4, "seeds that rounding alone sends either way"
