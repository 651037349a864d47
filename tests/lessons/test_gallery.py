"""The shipped runs: whole, small, from one pretraining, and saying what the lessons say."""

import numpy as np
import pytest

from benchmarks.gallery import RECIPES
from benchmarks.shipping import ENCODER
from dcviz.geometry.reference import reference
from dcviz.geometry.twist import flipped_triangles
from dcviz.runs import Run, RunStore
from dcviz.runs.checkpoint import read_checkpoint
from dcviz.runs.metrics import epoch_key
from dcviz.runs.store import GALLERY, default_store

ONE_START = ("arcs-dec", "arcs-idec", "arcs-rdc", "arcs-autoencoder", "arcs-rdc-bare")


def shipped(run_id: str) -> Run:
    return default_store().by_id(run_id)


def score(run_id: str, epoch: int, name: str) -> float:
    value = shipped(run_id).epoch(epoch).scores[name]
    assert value is not None
    return value


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.id)
def test_a_shipped_run_is_whole_and_read_only(recipe) -> None:
    run = shipped(recipe.id)
    assert run.broken is None
    assert run.read_only
    assert run.status()["state"] == "finished"
    assert run.tags == recipe.tags
    assert [epoch.key for epoch in run.epochs()] == [epoch_key(key) for key in recipe.keys]
    assert len(recipe.keys) <= 20
    with_band = [epoch.position for epoch in run.epochs() if "acc_band_low" in epoch.scores]
    assert with_band == list(np.cumsum([length for _, length in run.spec["phases"]]))
    for epoch in run.epochs():
        assert run.latents(epoch.key).shape == (run.spec["n"], run.spec["latent_dim"])
        assert run.assignments(epoch.key).shape == (run.spec["n"],)
    assert run.neighbors(recipe.keys[-1]).width == 15
    assert set(run.checkpoints()) == {epoch_key(key) for key in recipe.checkpoints}


def test_the_last_encoder_of_fashionmnist_is_shipped_in_half_precision() -> None:
    run = shipped("fashionmnist-rdc")
    stored = read_checkpoint(run.path / ENCODER)
    weights = [value for name, value in stored.tensors.items() if name.endswith("weight")]
    assert [value.shape for value in weights] == [(128, 784), (64, 128), (10, 64)]
    assert all(value.dtype == np.float16 for value in stored.tensors.values())
    assert stored.meta["epoch"] == run.epochs()[-1].epoch


def test_fashionmnist_has_the_same_number_of_each_class() -> None:
    labels = shipped("fashionmnist-rdc").labels()
    assert labels is not None
    assert np.bincount(labels).tolist() == [500] * 10


def test_the_gallery_is_small() -> None:
    sizes = {run.id: run.size() for run in RunStore(GALLERY / "nowhere", also=(GALLERY,)).list()}
    first = [run_id for run_id, run in ((r.id, r) for r in RECIPES) if "first minute" in run.tags]
    assert sum(sizes[run_id] for run_id in first) <= 3_000_000
    assert sum(file.stat().st_size for file in GALLERY.rglob("*") if file.is_file()) <= 25_000_000


def test_nothing_of_the_machine_is_shipped() -> None:
    for run in RunStore(GALLERY / "nowhere", also=(GALLERY,)).list():
        assert not {"host", "pid", "pid_started"} & set(run.status())
        assert not (run.path / "log.txt").exists()


def test_the_arcs_share_one_pretraining_to_the_last_bit() -> None:
    first, *others = (shipped(run_id).checkpoint("00200").tensors for run_id in ONE_START)
    networks = [name for name in first if name.startswith("network.")]
    assert len(networks) == 8
    for other in others:
        assert all(np.array_equal(first[name], other[name]) for name in networks)
    seed_1 = shipped("arcs-dec-seed-1").checkpoint("00200").tensors
    assert not np.array_equal(first[networks[0]], seed_1[networks[0]])


def test_untrained_networks_fold_and_reconstruction_unfolds() -> None:
    for run_id in ("arcs-dec", "arcs-dec-seed-1"):
        assert score(run_id, 0, "flip_input") > 0.1
        assert score(run_id, 200, "flip_input") <= 0.02
    assert score("arcs-dec-linear", 0, "flip_input") == 0


def test_the_auto_encoder_alone_folds_nothing() -> None:
    assert score("arcs-autoencoder", 400, "flip") <= 0.01
    assert score("arcs-autoencoder", 400, "crossings") == 0


def test_the_first_minute_tells_the_truth() -> None:
    """What the opening page shows: DEC folds late but clearly, both others hold."""
    flips = [score("arcs-dec", epoch, "flip") for epoch in (200, 220, 240, 260, 300)]
    assert flips[0] == 0
    assert flips == sorted(flips)
    assert flips[-1] > 0.25
    for run_id in ("arcs-idec", "arcs-rdc"):
        assert score(run_id, 400, "flip") <= 0.05
        assert score(run_id, 400, "crossings") <= 0.02
    assert score("arcs-dec", 400, "acc") > score("arcs-dec", 200, "acc")
    assert score("arcs-dec", 400, "purity") < 0.95


def test_two_seeds_fold_as_much_but_elsewhere() -> None:
    assert score("arcs-dec", 400, "flip") > 0.25
    assert score("arcs-dec-seed-1", 400, "flip") > 0.25
    runs = [shipped(run_id) for run_id in ("arcs-dec", "arcs-dec-seed-1")]
    frozen = reference(runs[0].inputs())
    one, other = (flipped_triangles(frozen, run.latents(400)) for run in runs)
    assert (one & other).sum() < 0.4 * (one | other).sum()


def test_digits_of_one_pretraining() -> None:
    start = {score(run_id, 200, "purity") for run_id in ("digits-dec", "digits-rdc")}
    assert len(start) == 1
    assert score("digits-rdc", 300, "purity") > start.pop() > score("digits-dec", 300, "purity")
    assert score("digits-rdc", 300, "curvature") < score("digits-rdc", 200, "curvature")
    assert shipped("digits-dec").epoch(300).scores["flip"] is None
    assert "2-D" in shipped("digits-dec").epoch(300).reasons["flip"]
