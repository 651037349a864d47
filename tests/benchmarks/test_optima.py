"""The optima of k-means: nearly equal inertia, different accuracy; and a row for every start."""

import csv
import itertools
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the latents are those of trainings")

from benchmarks import optima
from benchmarks.side_by_side import Bench
from dcviz.data import load
from dcviz.data.dataset import Dataset

SHORT = {"pretrain_epochs": 2, "finetune_epochs": 1, "network": "mlp", "latent_dim": 3, "batch_size": 45}


def square(height):
    """Four blobs on the corners of a rectangle of width 2; the classes are its left and its right half."""
    rng = np.random.default_rng(0)
    corners = np.array([[-1, -height], [-1, height], [1, -height], [1, height]])
    z = np.repeat(corners, 50, 0) + rng.normal(0, 0.02, (200, 2))
    return z.astype(np.float32), np.repeat([0, 0, 1, 1], 50)


@pytest.mark.parametrize(("height", "right_one_first"), [(0.99, True), (1.01, False)])
def test_a_hundredth_of_the_latents_decides_which_solution_counts(height, right_one_first):
    z, labels = square(height)
    data = Dataset("square", z, labels=labels, clusters=2)
    with ThreadPoolExecutor(2) as pool:
        found = optima.solutions(Bench(data, "cpu", Path(), pool), z, 20)
    right = [float(row["inertia"]) for row in found if row["acc"] == 1]
    wrong = [float(row["inertia"]) for row in found if row["acc"] < 0.6]
    assert (found[0]["acc"] == 1) is right_one_first
    assert 0.01 < max(min(right), min(wrong)) < 0.05
    assert all(float(a["inertia"]) <= float(b["inertia"]) for a, b in itertools.pairwise(found))


def test_classes_that_no_cluster_has_most_of():
    labels = np.array([0, 0, 0, 1, 1, 2])
    assert optima.left_out(labels, np.array([0, 0, 0, 1, 1, 1])) == (2,)
    assert optima.left_out(labels, np.array([0, 0, 0, 0, 0, 1])) == (1,)
    assert optima.left_out(labels, labels) == ()


def test_every_start_of_every_look_leaves_a_row(monkeypatch, tmp_path, capsys):
    data, plain = load("digits"), Bench.settings
    few = replace(data, x=data.x[:180], labels=data.labels[:180])
    monkeypatch.setattr(optima, "load", lambda name: few)
    monkeypatch.setattr(
        Bench, "settings", lambda self, method, **own: plain(self, method, **{**SHORT, **own})
    )
    out = tmp_path / "optima.csv"
    monkeypatch.setattr(sys, "argv", [
        "optima", "digits", "--device", "cpu", "--seeds", "0", "1", "--starts", "3", "--set",
        "critic=untrained", "--out", str(out), "--keep", str(tmp_path / "keep"),
    ])  # fmt: skip
    optima.main()
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["seed"], row["phase"]) for row in rows[::3]] == [
        ("0", "phase 1"), ("1", "phase 1"), ("0", "phase 2"), ("1", "phase 2"),
    ]  # fmt: skip
    assert len(rows) == 12
    assert {row["arm"] for row in rows} == {"critic=untrained"}
    assert all(float(best["inertia"]) == 0 for best in rows[::3])
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 4
    assert f"ACC {float(rows[0]['acc']):.3f}" in told[0]
