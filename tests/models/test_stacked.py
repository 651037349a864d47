"""Trainings whose batches are computed as one are what they are alone, up to rounding."""

import numpy as np
import pytest
import torch

from models.dense import _Stack
from models.method import Method
from models.networks import stack
from models.schedule import Schedule
from models.stacked import StackedStep
from models.together import fit_together
from models.training import fit

SHAPE = (1, 4, 4)
NEAR = {"rtol": 1e-4, "atol": 1e-5}
"""Rounding of other products, carried through some dozen steps of Adam; seen: 4e-7."""
CASES = [
    ("autoencoder", {}),
    ("dec", {}),
    ("dec", {"augment": "on", "tolerance": 0.01}),
    ("dec", {"optimizer": "sgd", "finetune_optimizer": "nesterov"}),
    ("idec", {}),
    ("rdc", {"interpolation": "on", "augment": "on"}),
    ("rdc", {"interpolation": "on", "critic": "broadcast", "beta": -1.0, "alpha_range": "full"}),
    ("rdc", {"interpolation": "on", "critic": "untrained"}),
    ("rdc", {"interpolation": "off", "border_latent": "own", "border_image": "own"}),
]

# A loss for which torch has no batched form would be computed model by model, with a warning.
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def counted(monkeypatch):
    """How many trainings each common step held."""
    sizes = []
    plain = StackedStep.__call__

    def call(self, index):
        sizes.append(len(self.steps))
        plain(self, index)

    monkeypatch.setattr(StackedStep, "__call__", call)
    return sizes


def together(method_id, pictures, trainings, **shared):
    found = [[] for _ in trainings]
    shared = {"scale": 1 / 255, "image_shape": SHAPE, "as_one": True, **shared}
    for number, snapshot in fit_together(method_id, pictures, trainings, **shared):
        found[number].append(snapshot)
    return found


def assert_same(found, alone):
    assert [s.epoch for s in found] == [s.epoch for s in alone]
    for one, other in zip(found, alone, strict=True):
        np.testing.assert_allclose(one.latents, other.latents, **NEAR)
        assert one.losses == pytest.approx(other.losses, rel=1e-4, abs=1e-6)
        if other.assignments is not None:
            np.testing.assert_array_equal(one.assignments, other.assignments)
            np.testing.assert_allclose(one.centers, other.centers, **NEAR)


@pytest.mark.parametrize(("method_id", "own"), CASES, ids=lambda value: str(value))
def test_three_together_are_three_alone(method_id, own, pictures, short, train, counted):
    trainings = [{"settings": short(method_id, **own), "seed": seed} for seed in (1, 2, 3)]
    found = together(method_id, pictures, trainings)
    assert set(counted) == {3}
    for snapshots, each in zip(found, trainings, strict=True):
        assert_same(snapshots, train(method_id, **each))


def test_a_grid_of_thresholds_branches_from_one_checkpoint(pictures, short, train, counted):
    start = train("rdc")[3].checkpoint
    grid = [(0.1, 0.2), (0.9, 0.2), (0.5, 1.0), (1.0, 0.6)]
    trainings = [
        {"settings": short("rdc", lambda_ratio=ratio, tau_distance=tau), "seed": 1, "checkpoint": start,
         "start_phase": 1}
        for ratio, tau in grid
    ]  # fmt: skip
    found = together("rdc", pictures, trainings)
    assert set(counted) == {4}
    for snapshots, each in zip(found, trainings, strict=True):
        assert_same(snapshots, train("rdc", **each))
    assert (found[0][-1].latents != found[1][-1].latents).any()


def test_who_ends_early_leaves_the_others_together(pictures, short, train, counted):
    trainings = [
        {"settings": short("autoencoder", pretrain_epochs=epochs), "seed": 1} for epochs in (2, 4, 4)
    ]
    found = together("autoencoder", pictures, trainings)
    assert set(counted) == {3, 2}
    for snapshots, each in zip(found, trainings, strict=True):
        assert_same(snapshots, train("autoencoder", **each))


def test_unlike_losses_are_computed_apart(pictures, short, train, counted):
    trainings = [{"settings": short("rdc", gamma=gamma), "seed": 1} for gamma in (1.0, 1.0, 9.0)]
    found = together("rdc", pictures, trainings)
    # One first phase for all three, for it does not read gamma; then two and one.
    assert set(counted) == {3, 2}
    for snapshots, each in zip(found, trainings, strict=True):
        assert_same(snapshots, train("rdc", **each))


def test_learning_rates_stay_each_training_s_own(pictures, short, train, counted):
    trainings = [{"settings": short("dec", learning_rate=rate), "seed": 1} for rate in (1e-2, 1e-4)]
    for snapshots, each in zip(together("dec", pictures, trainings), trainings, strict=True):
        assert_same(snapshots, train("dec", **each))
    assert set(counted) == {2}


def test_a_checkpoint_made_together_goes_on_alone(pictures, short, train):
    trainings = [{"settings": short("rdc"), "seed": seed} for seed in (1, 2)]
    every = Schedule(every=1, checkpoint_every=1)
    found = together("rdc", pictures, trainings, schedule=every)
    for snapshots, each in zip(found, trainings, strict=True):
        rest = train("rdc", **each, checkpoint=snapshots[4].checkpoint)
        assert_same(snapshots[5:], rest)


@pytest.fixture
def one_steps(monkeypatch):
    """Whether each common step moves all by one step of their optimizer."""
    found, plain = [], StackedStep.__init__

    def init(self, steps):
        plain(self, steps)
        found.append(self.one_step is not None)

    monkeypatch.setattr(StackedStep, "__init__", init)
    return found


@pytest.mark.parametrize("name", ["adam", "sgd", "nesterov"])
def test_checkpoints_go_on_together_by_one_step(name, pictures, short, train, one_steps):
    every, settings = Schedule(every=1, checkpoint_every=1), short("autoencoder", optimizer=name)
    starts = [train("autoencoder", settings, seed=seed, schedule=every)[1].checkpoint for seed in (1, 2, 3)]
    trainings = [
        {"settings": settings, "seed": seed, "checkpoint": start}
        for seed, start in zip((1, 2, 3), starts, strict=True)
    ]
    found = together("autoencoder", pictures, trainings, schedule=every)
    assert one_steps == [True]
    for snapshots, each in zip(found, trainings, strict=True):
        alone = train("autoencoder", **each, schedule=every)
        assert_same(snapshots, alone)
        for name, value in alone[-1].checkpoint.tensors.items():
            if name.startswith("optimizer"):
                np.testing.assert_allclose(snapshots[-1].checkpoint.tensors[name], value, **NEAR)


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_other_rates_or_beginnings_are_no_one_step(name, pictures, short, train, one_steps):
    own = {"optimizer": name}
    every = Schedule(every=1, checkpoint_every=1)
    later = train("autoencoder", short("autoencoder", **own), schedule=every)[2].checkpoint
    rates = [
        {"settings": short("autoencoder", learning_rate=rate, **own), "seed": 1} for rate in (1e-2, 1e-3)
    ]
    plain = {"settings": short("autoencoder", **own), "seed": 1}
    counts = [plain, {**plain, "checkpoint": later}]
    for trainings in (rates, counts):
        for snapshots, each in zip(together("autoencoder", pictures, trainings), trainings, strict=True):
            assert_same(snapshots, train("autoencoder", **each))
    assert one_steps == [False, False]


def test_who_ends_early_takes_its_moments_along(pictures, short, train, one_steps):
    trainings = [
        {"settings": short("autoencoder", pretrain_epochs=epochs), "seed": seed}
        for seed, epochs in ((1, 1), (2, 3), (3, 3))
    ]
    found = together("autoencoder", pictures, trainings)
    assert one_steps == [True, True]
    for snapshots, each in zip(found, trainings, strict=True):
        assert_same(snapshots, train("autoencoder", **each))


@pytest.mark.parametrize("rates", [(1e-2, 1e-2), (1e-2, 1e-3)], ids=["one step", "one by one"])
def test_channels_may_lie_innermost(rates, short, one_steps, monkeypatch):
    """As on a GPU: the gradients of all have to lie as the tables of weights do."""
    plain = Method.to

    def innermost(self, *args, **options):
        return plain(plain(self, *args, **options), memory_format=torch.channels_last)

    monkeypatch.setattr(Method, "to", innermost)
    x = np.random.default_rng(0).integers(0, 255, (40, 256)).astype(np.uint8)
    own = {"network": "conv", "latent_dim": 20, "finetune_epochs": 0}
    trainings = [
        {"settings": short("pssc", learning_rate=rate, **own), "seed": seed}
        for seed, rate in enumerate(rates)
    ]
    shared = {"scale": 1 / 255, "image_shape": (1, 16, 16)}
    found = together("pssc", x, trainings, **shared)
    assert one_steps == [rates[0] == rates[1]]
    for snapshots, each in zip(found, trainings, strict=True):
        assert_same(snapshots, list(fit("pssc", x, **shared, **each)))


def test_a_phase_that_cannot_is_trained_as_ever(pictures, short, train, counted):
    trainings = [{"settings": short("dkm"), "seed": seed} for seed in (1, 2)]
    for snapshots, each in zip(together("dkm", pictures, trainings), trainings, strict=True):
        assert_same(snapshots, train("dkm", **each))
    assert counted == [2] * 12  # the batches of the first phase, which is plain reconstruction


@pytest.mark.parametrize("widths", [(5, 3), (5, 7, 4, 3)])
def test_one_node_of_many_stacks_has_the_gradients_of_each(widths):
    stacks = [stack(widths, torch.Generator().manual_seed(seed)).double() for seed in range(3)]
    x = torch.randn(3, 6, 5, dtype=torch.float64, requires_grad=True)
    pull = torch.randn(3, 6, 3, dtype=torch.float64)
    each = zip(*(layers.parameters() for layers in stacks), strict=True)
    tables = [torch.stack(parameters).detach().requires_grad_() for parameters in each]
    merged = torch.vmap(lambda rows, *parameters: _Stack.apply(rows, *parameters)[-1])(x, *tables)
    found = torch.autograd.grad(merged, [x, *tables], pull)
    for number, layers in enumerate(stacks):
        plain = layers(x[number])
        torch.testing.assert_close(merged[number], plain)
        expected = torch.autograd.grad(plain, [*layers.parameters()], pull[number], retain_graph=True)
        below = torch.autograd.grad(plain, x, pull[number])[0]
        torch.testing.assert_close(found[0][number], below[number])
        for one, other in zip(found[1:], expected, strict=True):
            torch.testing.assert_close(one[number], other)
