"""The loop itself: order of points, refreshes, divergence, threads, who may interrupt."""

import numpy as np
import pytest
import torch

from models.catalog import METHODS
from models.embed import embed
from models.loop import Training
from models.method import Data
from models.methods.rdc import Proximity
from models.schedule import Schedule
from models.settings import make
from models.shuffle import Shuffle
from models.snapshot import DivergenceError
from models.training import fit


def training(n, batch_size, seed=0):
    settings = make(METHODS["autoencoder"].settings, {"batch_size": batch_size, "network": "linear"})
    data = Data(torch.zeros(n, 4))
    return Training("autoencoder", data, settings=settings, seed=seed, capture="auto")


@pytest.mark.parametrize(("n", "size", "batches"), [(10, 4, 3), (8, 4, 2), (3, 4, 1), (5, 5, 1)])
def test_every_point_is_seen_and_batches_have_one_size(n, size, batches):
    order = list(training(n, size).order())
    assert len(order) == batches
    assert {len(rows) for rows in order} == {min(n, size)}
    assert set(torch.cat(order).tolist()) == set(range(n))
    counts = torch.cat(order).bincount()
    assert counts.max() <= 2
    assert (counts == 2).sum() == batches * min(n, size) - n


def test_order_changes_with_epoch_and_seed_only():
    one, other = training(50, 50), training(50, 50, seed=1)
    first = next(one.order())
    assert (first == next(training(50, 50).order())).all()
    assert (first != next(other.order())).any()
    one.epoch = 1
    assert (first != next(one.order())).any()


def test_the_next_order_is_made_before_the_losses_are_waited_for(train, short, monkeypatch):
    calls = []

    def watched(kind, name):
        plain = getattr(kind, name)

        def call(self, *args):
            calls.append((name, *args))
            return plain(self, *args)

        monkeypatch.setattr(kind, name, call)

    watched(Shuffle, "_made")
    watched(Training, "mean_losses")
    train("autoencoder", short("autoencoder", pretrain_epochs=2))
    assert calls[:4] == [("_made", 0), ("_made", 1), ("mean_losses",), ("_made", 2)]


def test_an_order_made_for_another_epoch_is_not_taken():
    shuffle = Shuffle(3, 20, batches=4, size=5)
    wanted = shuffle.rows(7)
    shuffle.prepare(6)
    assert (shuffle.rows(7) == wanted).all()
    shuffle.prepare(7)
    assert (shuffle.rows(7) == wanted).all()


def test_refreshes_come_at_their_interval(train, short, monkeypatch):
    seen = []
    refresh = Proximity.refresh
    monkeypatch.setattr(Proximity, "refresh", lambda self: (seen.append(self), refresh(self)))
    train("rdc", short("rdc", refresh_every=5))  # 12 iterations: at 0, 5, 10
    assert len(seen) == 3
    seen.clear()
    train("rdc", short("rdc", refresh_every=0))  # once an epoch
    assert len(seen) == 3


def test_divergence_names_epoch_and_loss_after_the_last_good_checkpoint(train, short):
    settings = short("autoencoder", learning_rate=10.0, optimizer="sgd", pretrain_epochs=50)
    x, schedule = np.full((40, 16), 9, np.float32), Schedule(checkpoint_every=1)
    seen = []
    with pytest.raises(DivergenceError, match="epoch") as caught:
        seen.extend(fit("autoencoder", x, settings=settings, schedule=schedule))
    assert caught.value.epoch == seen[-1].epoch + 1
    assert caught.value.loss_name in ("reconstruction", "latents")
    assert all(np.isfinite(v).all() for v in seen[-1].checkpoint.tensors.values())


@pytest.mark.parametrize("method_id", METHODS)
def test_broken_input_ends_in_divergence_not_in_a_crash(method_id, short, pictures):
    x = pictures.astype(np.float32)
    x[3, 2] = np.nan
    with pytest.raises(DivergenceError, match="diverged"):
        list(fit(method_id, x, settings=short(method_id, augment="off")))


def test_tiny_networks_train_on_one_thread_and_leave_the_setting_alone(pictures, short):
    torch.set_num_threads(2)
    try:
        snapshots = fit("autoencoder", pictures, settings=short("autoencoder"))
        next(snapshots)
        assert torch.get_num_threads() == 1
        list(snapshots)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_nothing_outside_is_seeded_or_drawn_from(train):
    torch.manual_seed(3)
    np.random.seed(3)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    one = train("rdc")[-1].latents
    assert (torch.get_rng_state() == before[0]).all()
    assert (np.random.get_state()[1] == before[1]).all()
    torch.manual_seed(4)
    np.testing.assert_array_equal(train("rdc")[-1].latents, one)


def test_stop_at_the_start_of_an_epoch_leaves_a_checkpoint(train):
    class Stop:
        def between_batches(self, epoch, batch, batches, iteration):
            return "stop" if (epoch, batch) == (2, 0) else "go"

    last = train("autoencoder", control=Stop(), schedule=Schedule(checkpoint_every=50))[-1]
    assert (last.epoch, last.batch) == (2, 0)
    assert last.checkpoint is not None
    assert last.losses


def test_an_unknown_way_to_capture_is_refused(train):
    with pytest.raises(ValueError, match="auto, off, got 'on'"):
        train("autoencoder", capture="on")


@pytest.mark.parametrize("method_id", METHODS)
def test_embedding_repeats_the_latents_of_the_snapshot(train, short, pictures, method_id):
    last = train(method_id)[-1]
    settings, tensors = short(method_id), last.checkpoint.tensors
    found = embed(method_id, settings, tensors, pictures[10:20], scale=1 / 255)
    np.testing.assert_allclose(found, last.latents[10:20], atol=1e-5)


def test_read_only_arrays_train_without_a_warning(pictures, short, recwarn):
    frozen = pictures.copy()
    frozen.flags.writeable = False
    list(fit("autoencoder", frozen, settings=short("autoencoder")))
    assert [str(w.message) for w in recwarn if "writable" in str(w.message)] == []


def test_pictures_that_are_not_flat_are_refused(pictures, short):
    with pytest.raises(ValueError, match="flatten"):
        next(fit("autoencoder", pictures.reshape(70, 4, 4), settings=short("autoencoder")))


def test_chances_of_values_beyond_the_unit_range_are_refused(pictures, short):
    wide = {"image_shape": (1, 4, 4), "seed": 1}
    with pytest.raises(ValueError, match=r"likelihood=bernoulli needs values in 0..1, got .*=gaussian"):
        next(fit("vade", pictures, settings=short("vade"), **wide))
    assert next(fit("vade", pictures, settings=short("vade", likelihood="gaussian"), **wide))
