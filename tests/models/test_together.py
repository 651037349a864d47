"""Side by side, every training is the one it would be alone."""

import numpy as np
import pytest
import torch

from models import together
from models.dense import _Stack
from models.neighbors import smallest
from models.networks import stack
from models.pretraining import Reconstruction
from models.products import filled_up, padded_product
from models.snapshot import DivergenceError
from models.together import fit_together, groups_of

SHAPE = (1, 4, 4)


@pytest.mark.parametrize("method_id", ["rdc", "dec"])
def test_each_is_what_it_is_alone(method_id, pictures, short, train):
    trainings = [
        {"settings": short(method_id), "seed": 1},
        {"settings": short(method_id), "seed": 2},
        {"settings": short(method_id, finetune_epochs=1), "seed": 1},
    ]
    found = [[], [], []]
    for number, snapshot in fit_together(method_id, pictures, trainings, scale=1 / 255, image_shape=SHAPE):
        found[number].append(snapshot)
    for snapshots, own in zip(found, trainings, strict=True):
        alone = train(method_id, **own)
        assert [s.epoch for s in snapshots] == [s.epoch for s in alone]
        np.testing.assert_array_equal(snapshots[-1].latents, alone[-1].latents)


def test_a_grid_branches_from_one_checkpoint(pictures, short, train):
    start = train("rdc")[3].checkpoint
    ratios = (0.1, 0.9)
    trainings = [{"settings": short("rdc", lambda_ratio=r), "checkpoint": start} for r in ratios]
    last = dict(
        fit_together("rdc", pictures, trainings, scale=1 / 255, image_shape=SHAPE, seed=1, start_phase=1)
    )
    assert {s.epoch for s in last.values()} == {6}
    assert (last[0].latents != last[1].latents).any()


@pytest.mark.parametrize("as_one", [True, False])
def test_each_computes_with_its_own_precision_to_the_end(pictures, short, as_one, monkeypatch):
    seen, loss = [], Reconstruction.loss

    def watched(phase, index):
        seen.append((phase.method.settings.precision, torch.get_float32_matmul_precision()))
        return loss(phase, index)

    monkeypatch.setattr(Reconstruction, "loss", watched)
    trainings = [
        {"settings": short("autoencoder", precision=precision, pretrain_epochs=epochs)}
        for precision, epochs in (("tf32", 1), ("tf32", 3), ("float32", 3), ("float32", 2))
    ]
    before = torch.get_float32_matmul_precision()
    list(fit_together("autoencoder", pictures, trainings, scale=1 / 255, image_shape=SHAPE, as_one=as_one))
    assert set(seen) == {("tf32", "high"), ("float32", "highest")}
    assert torch.get_float32_matmul_precision() == before


def test_leaving_early_ends_all_and_puts_the_precision_back(pictures, short):
    before = torch.get_float32_matmul_precision()
    running = fit_together("autoencoder", pictures, [{"settings": short("autoencoder")}] * 2)
    next(running)
    running.close()
    assert torch.get_float32_matmul_precision() == before


@pytest.mark.parametrize("widths", [(5, 3), (5, 7, 4, 3)])
def test_a_stack_in_one_node_has_the_gradients_of_its_layers(widths):
    layers = stack(widths, torch.Generator().manual_seed(0)).double()
    x = torch.randn(6, 5, dtype=torch.float64, requires_grad=True)
    pull = torch.randn(6, 3, dtype=torch.float64)
    wanted = [x, *layers.parameters()]
    plain, merged = layers(x), _Stack.apply(x, *layers.parameters())[-1]
    torch.testing.assert_close(merged, plain)
    expected = torch.autograd.grad(plain, wanted, pull)
    found = torch.autograd.grad(merged, wanted, pull)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(("m", "k", "n"), [(10, 12, 16), (16, 10, 12), (12, 16, 10), (3, 5, 7), (8, 4, 12)])
def test_zeros_around_leave_a_product_as_it_is(m, k, n):
    a, b = torch.randn(2, m, k), torch.randn(2, k, n)
    torch.testing.assert_close(padded_product(a, b), a @ b)
    assert padded_product(a, b).shape == (2, m, n)


def test_what_matrix_units_take_is_not_copied():
    wide = torch.randn(2, 12, 2000)
    for table in (wide, wide.mT):
        assert filled_up(table).data_ptr() == wide.data_ptr()
    narrow = filled_up(wide[..., :10])
    assert narrow.shape == (2, 12, 16)
    assert torch.equal(narrow[..., :10], wide[..., :10])
    assert not narrow[..., 10:].any()


@pytest.mark.parametrize(("k", "groups"), [(3, 10), (3, 4), (7, 20), (1, 50)])
def test_two_stages_find_the_smallest(k, groups):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 30, (40, groups * 6)).astype(np.float32)  # many ties
    found = smallest(torch.from_numpy(values), k, groups=groups).numpy()
    picked = np.sort(np.take_along_axis(values, found, 1), 1)
    np.testing.assert_array_equal(picked, np.sort(values, 1)[:, :k])
    assert all(len(set(row)) == k for row in found)


class Waits:
    """A control that sits out some turns in the middle of an epoch."""

    def __init__(self, turns):
        self.left = turns

    def between_batches(self, epoch, batch, batches, iteration):
        if (epoch, batch) == (1, 2) and self.left:
            self.left -= 1
            return "wait"
        return "go"


@pytest.mark.parametrize("as_one", [False, True])
def test_who_waits_holds_nobody_up_and_loses_nothing(pictures, short, train, as_one):
    control, order, found = Waits(30), [], {}
    trainings = [
        {"settings": short("dec"), "seed": 1, "control": control},
        {"settings": short("dec"), "seed": 2},
    ]
    both = fit_together("dec", pictures, trainings, as_one=as_one, scale=1 / 255, image_shape=SHAPE,
                        ended=lambda number, error: order.append((number, error)))  # fmt: skip
    for number, snapshot in both:
        found[number] = snapshot
    assert control.left == 0
    assert order == [(1, None), (0, None)]
    for number, seed in enumerate((1, 2)):
        alone = train("dec", short("dec"), seed=seed)[-1]
        np.testing.assert_allclose(found[number].latents, alone.latents, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("as_one", [False, True])
def test_one_that_breaks_leaves_the_others_alone(short, as_one):
    x, ended, last = np.full((40, 16), 9, np.float32), {}, {}
    trainings = [
        {"settings": short("autoencoder", learning_rate=rate, optimizer="sgd", pretrain_epochs=50)}
        for rate in (1e-4, 10.0)
    ]
    going = fit_together("autoencoder", x, trainings, as_one=as_one, ended=ended.__setitem__)
    for number, snapshot in going:
        last[number] = snapshot.epoch
    assert isinstance(ended[1], DivergenceError)
    assert ended[0] is None
    assert last[0] == 50
    with pytest.raises(DivergenceError):
        list(fit_together("autoencoder", x, trainings, as_one=as_one))


def test_groups_are_for_a_gpu_and_for_many():
    gpu, cpu = torch.device("cuda"), torch.device("cpu")
    assert [groups_of(count, gpu) for count in (2, 9, 10, 25)] == [1, 1, 2, 2]
    assert groups_of(25, cpu) == 1


def test_in_groups_each_is_what_it_is_alone(pictures, short, train, monkeypatch):
    monkeypatch.setattr(together, "groups_of", lambda count, device: 2)
    trainings = [{"settings": short("dec"), "seed": seed} for seed in range(5)]
    found = {}
    shared = {"as_one": True, "scale": 1 / 255, "image_shape": SHAPE}
    for number, snapshot in fit_together("dec", pictures, trainings, **shared):
        found[number] = snapshot
    for number, own in enumerate(trainings):
        np.testing.assert_allclose(
            found[number].latents, train("dec", **own)[-1].latents, rtol=1e-4, atol=1e-5
        )
