"""Any data through stored weights: a run like any other, and training goes on from it."""

import itertools

import numpy as np
import pytest

from dcviz.data import load
from dcviz.data.dataset import DataError
from dcviz.engine.branch import branch, branch_wish
from dcviz.engine.inspect.matching import suggest
from dcviz.engine.inspect.prepare import Target, from_file, from_foreign, from_run
from dcviz.engine.inspect.weights import Weights, read_weights
from dcviz.engine.worker import work
from dcviz.runs.export import export_run, import_run
from dcviz.runs.writer import RunWriter

ARCS = Target("arcs", {"n": 120})


def autoencoder(*widths: int) -> Weights:
    """Random weights under names that are not ours."""
    rng, named = np.random.default_rng(0), {}
    there_and_back = [*widths, *widths[-2::-1]]
    for i, (a, b) in enumerate(itertools.pairwise(there_and_back)):
        named[f"blocks.{i}.weight"] = (rng.normal(size=(b, a)) / np.sqrt(a)).astype(np.float32)
        named[f"blocks.{i}.bias"] = np.zeros(b, np.float32)
    return Weights("theirs.pt", named)


def test_a_foreign_checkpoint_in_a_data_set(foreign, store) -> None:
    weights = read_weights(foreign[0])
    match = suggest(weights.tensors, input_dim=64, activation="tanh")
    run = from_foreign(weights, match, Target("digits"), store=store)
    assert work(run)["state"] == "finished"
    (epoch,) = run.epochs()
    assert run.spec["method"] == "re-embedded"
    assert run.latents(0).shape == (1797, 10)
    assert epoch.scores["acc"] > 0.1
    assert run.neighbors(0).width == 15
    assert "last.pth" in run.name
    assert "taken to have tanh between its layers" in run.spec["source"]


def test_training_goes_on_from_foreign_weights(store) -> None:
    weights = autoencoder(2, 64, 2)
    run = from_foreign(weights, suggest(weights.tensors), ARCS, method="rdc", store=store)
    assert work(run)["state"] == "finished"
    data = load("arcs", n=120)
    hidden = np.maximum(data.x @ weights.tensors["blocks.0.weight"].T, 0)
    np.testing.assert_allclose(
        run.latents(0), hidden @ weights.tensors["blocks.1.weight"].T, rtol=1e-4, atol=1e-5
    )
    request = branch_wish(run, 0, start_phase=1, settings={"finetune_epochs": 2})
    trained = branch(run, request, store=store)
    assert work(trained)["state"] == "finished"
    assert [epoch.phase for epoch in trained.epochs()] == ["pretraining", "proximity", "proximity"]
    np.testing.assert_array_equal(trained.latents(0), run.latents(0))


@pytest.fixture
def trained(store):
    """A run of ours of two epochs with all checkpoints."""
    weights = autoencoder(2, 64, 2)
    first = from_foreign(weights, suggest(weights.tensors), ARCS, store=store)
    work(first)
    settings = {"pretrain_epochs": 2}
    run = branch(
        first, branch_wish(first, 0, settings=settings, schedule={"checkpoint_every": 1}), store=store
    )
    assert work(run)["state"] == "finished"
    return run


def test_other_data_through_every_checkpoint_of_a_run(trained, store) -> None:
    run = from_run(trained, Target("moons", {"n": 90}, clusters=2), store=store)
    assert work(run)["state"] == "finished"
    assert [epoch.key for epoch in run.epochs()] == ["00000", "00001", "00002"]
    assert run.spec["n"] == 90
    assert run.spec["clusters"] == 2
    assert run.checkpoints() == trained.checkpoints()


def test_the_same_data_give_the_same_latents(trained, store) -> None:
    run = from_run(trained, ARCS, keys=["00002"], store=store)
    work(run)
    np.testing.assert_array_equal(run.latents(2), trained.latents(2))
    file = read_weights(trained.path / "checkpoints" / "00001.safetensors")
    assert file.origin["method"] == "autoencoder"
    alone = from_file(file, ARCS, store=store)
    work(alone)
    np.testing.assert_array_equal(alone.latents(1), trained.latents(1))


def test_such_a_run_travels_as_a_zip(trained, store, tmp_path) -> None:
    run = from_run(trained, ARCS, store=store)
    work(run)
    again = import_run(export_run(run, tmp_path / "r.zip"), store)
    assert [epoch.key for epoch in again.epochs()] == [epoch.key for epoch in run.epochs()]


def test_a_stopped_one_goes_on_where_it_was(trained, store) -> None:
    run = from_run(trained, ARCS, store=store)
    work(run)
    lines = (run.path / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (run.path / "metrics.jsonl").write_bytes(lines[0])
    RunWriter(run).status({"state": "stopped"})
    assert work(run, resume=True)["state"] == "finished"
    assert [epoch.key for epoch in run.epochs()] == ["00000", "00001", "00002"]


def test_data_that_do_not_fit_are_refused_before_a_run_is_made(trained, store) -> None:
    before = len(store.list())
    weights = autoencoder(2, 64, 2)
    with pytest.raises(DataError, match="takes 2 numbers a point, digits has 64"):
        from_foreign(weights, suggest(weights.tensors), Target("digits"), store=store)
    with pytest.raises(DataError, match="takes 2 numbers a point, digits has 64"):
        from_run(trained, Target("digits"), store=store)
    with pytest.raises(DataError, match="not written by this lab"):
        from_file(weights, ARCS, store=store)
    assert len(store.list()) == before


def test_a_run_without_checkpoints_says_so(store) -> None:
    bare = store.create({"method": "imported", "dataset": "mine", "phases": []})
    with pytest.raises(DataError, match="no checkpoint to embed with"):
        from_run(bare, ARCS, store=store)
