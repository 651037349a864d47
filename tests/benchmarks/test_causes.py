"""Looks into trainings: what a look counts, and that every arm leaves rows."""

import csv
import sys
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch", reason="every look is into a training")

from benchmarks import causes
from benchmarks.side_by_side import Bench
from dcviz.data import load

SHORT = {"pretrain_epochs": 2, "finetune_epochs": 2, "network": "mlp", "latent_dim": 3, "batch_size": 45}


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the command on a few digits with short phases; its rows."""
    data, plain = load("digits"), Bench.settings
    few = replace(data, x=data.x[:180], labels=data.labels[:180])
    monkeypatch.setattr(causes, "load", lambda name: few)

    def settings(self, method, **own):
        pairs = {"pair_epochs": 2} if method == "dcss" else {}
        return plain(self, method, **{**SHORT, "refresh_every": 2, **pairs, **own})

    monkeypatch.setattr(Bench, "settings", settings)

    def call(*arguments):
        out = tmp_path / "causes.csv"
        own = ["--device", "cpu", "--seeds", "0", "1", "--out", str(out), "--keep", str(tmp_path / "keep")]
        monkeypatch.setattr(sys, "argv", ["causes", *arguments, *own])
        causes.main()
        found = defaultdict(dict)
        with out.open() as file:
            for row in csv.DictReader(file):
                found[row["arm"], row["seed"], row["epoch"]][row["what"]] = float(row["value"])
        return found

    return call


def test_points_are_right_in_the_cluster_matched_to_their_class():
    labels = np.array([0, 0, 0, 1, 1, 2])
    assert causes.right(labels, np.array([2, 2, 0, 0, 0, 1])).tolist() == [
        True,
        True,
        False,
        True,
        True,
        True,
    ]


def test_the_two_halves_of_nmi_and_emptied_clusters():
    rng = np.random.default_rng(0)
    labels, assignments = rng.integers(0, 4, 500), rng.integers(0, 3, 500)
    assignments[labels == 1] = 1
    found = causes.clusters_of(assignments, labels, 5)
    assert found["nmi"] == pytest.approx(
        2 * found["homogeneity"] * found["completeness"] / (found["homogeneity"] + found["completeness"])
    )
    assert (found["smallest cluster"], found["emptied clusters"]) == (0, 2)
    finer = 2 * labels + rng.integers(0, 2, 500)
    assert causes.clusters_of(finer, labels, 8)["homogeneity"] == pytest.approx(1)
    assert causes.clusters_of(labels // 2, labels, 2)["completeness"] == pytest.approx(1)


def test_every_first_phase_is_followed_by_every_second_one(run):
    found = run("dynae", "digits", "--arms", "critic never trained", "DEC's")
    for first in ("critic never trained", "DEC's"):
        for seed in "01":
            assert {"acc", "nmi", "spread"} == set(found[first, seed, "2"])
            for epoch in "34":
                look = found[f"{first}, then DynAE", seed, epoch]
                assert {"beta1", "beta2", "conflicted", "acc", "confidence"} <= set(look)
                assert 0 <= look["conflicted"] <= 180
            assert "beta1" not in found[f"{first}, then DEC", seed, "4"]


def test_a_look_at_the_last_phase_compares_three_clusterings(run):
    arm = "published schedule, switch_epochs=1"
    found = run("dcss", "digits", "--set", "switch_epochs=1", "--points", "120")
    assert {key[2] for key in found} == set("0123456")
    for seed in "01":
        assert "p: acc" not in found[arm, seed, "4"]
        assert [found[arm, seed, epoch]["uses_q"] for epoch in "56"] == [1, 1]
        last = found[arm, seed, "6"]
        assert {"acc", "p: acc", "k-means: acc", "unpaired", "emptied clusters", "uses_q"} <= set(last)


def test_a_second_phase_without_clusters_of_its_own_is_scored_by_k_means(run):
    found = run("rdc", "digits", "--arms", "no critic", "--set", "finetune_epochs=1")
    for seed in "01":
        assert {"acc", "nmi", "spread"} == set(found["no critic, then R-DC", seed, "3"])
    assert {key[2] for key in found} == set("23")


def test_looks_may_begin_with_a_later_phase(run):
    found = run("dcss", "digits", "--set", "switch_epochs=1", "--from-phase", "3")
    assert {key[2] for key in found} == set("56")
