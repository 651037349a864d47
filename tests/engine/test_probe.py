"""Feature Randomness and Drift beside a training: scores of the run, no part of it."""

import json

import numpy as np
import pytest

from dcviz.engine.errors import RequestError
from dcviz.engine.probe import MOST_POINTS, probe_points, wanted_clusters
from dcviz.engine.request import wish
from dcviz.engine.worker import work
from dcviz.geometry.gradients import GRADIENT_SCORES

ANGLES = ("randomness", "randomness_pseudo", "drift")


def tensors(run, key):
    return {name: array.tobytes() for name, array in run.checkpoint(key).tensors.items()}


@pytest.mark.parametrize("method", ["dec", "idec", "rdc", "dynae"])
def test_training_is_bit_for_bit_the_same_with_and_without(new_run, method: str) -> None:
    runs = [new_run(method, probe_points=points) for points in (0, MOST_POINTS)]
    for run in runs:
        assert work(run)["state"] == "finished"
    off, on = runs
    assert off.checkpoints() == on.checkpoints()
    for key in on.checkpoints():
        assert tensors(off, key) == tensors(on, key)
        assert off.latents(key).tobytes() == on.latents(key).tobytes()
    assert not set(GRADIENT_SCORES) & set(off.epochs()[-1].scores)
    scores = on.epochs()[-1].scores
    assert set(GRADIENT_SCORES) <= set(scores)
    assert all(-1 <= scores[name] <= 1 for name in ANGLES if scores[name] is not None)
    assert scores["randomness"] is not None


def test_measured_where_a_checkpoint_is_kept_with_reasons_and_cost(new_run) -> None:
    run = new_run("dec", checkpoint_every=2)
    work(run)
    measured = [epoch for epoch in run.epochs() if "drift" in epoch.scores]
    assert [epoch.epoch for epoch in measured] == [0, 2, 3, 4, 6]
    first, last = measured[1], measured[-1]
    assert "pretraining makes no targets" in first.reasons["randomness"]
    assert last.scores["drift"] is None
    assert "nothing rebuilds the input" in last.reasons["drift"]
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines if line.get("probe_seconds", 0) > 0] == [0, 2, 3, 4, 6]


def test_without_labels_drift_stays(new_run, tmp_path) -> None:
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).normal(size=(90, 3)).astype(np.float32))
    run = new_run("idec", dataset=str(tmp_path / "x.npz"), dataset_options={}, settings={"clusters": 3})
    work(run)
    last = run.epochs()[-1]
    assert last.scores["drift"] is not None
    assert last.scores["randomness"] is None
    assert last.reasons["randomness"] == "No true labels."


def test_methods_without_pseudo_targets_pay_nothing(new_run) -> None:
    run = new_run("autoencoder")
    work(run)
    assert not any(set(GRADIENT_SCORES) & set(epoch.scores) for epoch in run.epochs())


def test_each_class_wants_its_own_cluster() -> None:
    labels = np.array([5, 5, 5, 7, 7, 9])
    assignments = np.array([1, 1, 0, 0, 0, -1])
    assert wanted_clusters(labels, assignments).tolist() == [1, 1, 1, 0, 0, -1]


def test_wide_networks_are_probed_on_fewer_points() -> None:
    assert probe_points(70_000, 3_330_794) == 2_048
    assert probe_points(500, 3_330_794) == 500
    assert probe_points(70_000, 50_000_000) == 140
    assert probe_points(70_000, 10**9) == 128
    with pytest.raises(RequestError, match="probe_points"):
        wish("dec", "arcs", probe_points=-1)
