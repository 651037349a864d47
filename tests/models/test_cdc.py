"""CDC: pair distributions and their divergences on paper, who learns from which loss, and the presets."""

import math

import numpy as np
import pytest
import torch

from models import correlation
from models.catalog import METHODS, resolve_preset
from models.loop import Training
from models.method import Data
from models.settings import describe, make

# Points 0, 1, 3 on a line: squared distances 1, 9, 4, so kernels 1/2, 1/10, 1/5.
LINE = torch.tensor([[0.0], [1.0], [3.0]])
KERNEL = torch.tensor([[1, 1 / 2, 1 / 10], [1 / 2, 1, 1 / 5], [1 / 10, 1 / 5, 1]])
NORMS = next(info.choices for info in describe(METHODS["cdc"].settings) if info.name == "norm")


def clustering_phase(settings, n=12):
    x = torch.rand(n, 5, generator=torch.Generator().manual_seed(3))
    training = Training("cdc", Data(x), settings=settings, seed=0, capture="off")
    phase = training.method.phases[1]
    phase.prepare()
    phase.begin()
    phase.refresh()
    return phase


def test_global_distribution_by_hand():
    c = correlation.pair_distribution(LINE, norm="global")
    # Ordered pairs: the kernels of both directions sum to 2 (1/2 + 1/10 + 1/5) = 1.6.
    expected = torch.tensor([[0, 5, 1], [5, 0, 2], [1, 2, 0]]) / 16
    torch.testing.assert_close(c, expected)


def test_row_distribution_by_hand():
    c = correlation.pair_distribution(LINE, norm="row_code")
    torch.testing.assert_close(c, KERNEL / KERNEL.sum(1, keepdim=True))


def test_sharpening_by_hand():
    c = torch.tensor([[0, 5, 1], [5, 0, 2], [1, 2, 0]]) / 16
    weight = torch.tensor([[0, 25 / 7, 1 / 3], [25 / 6, 0, 4 / 3], [1 / 6, 4 / 7, 0]])
    torch.testing.assert_close(correlation.sharpened(c, norm="global"), weight / weight.sum())
    rows = correlation.sharpened(KERNEL, norm="row_code")
    torch.testing.assert_close(rows.sum(1), torch.ones(3))


def test_divergence_by_hand():
    p = torch.tensor([[0.0, 0.25], [0.75, 0.0]])
    c = torch.tensor([[0.0, 0.5], [0.5, 0.0]])
    expected = 0.25 * math.log(0.5) + 0.75 * math.log(1.5)
    torch.testing.assert_close(correlation.pair_divergence(p, c, norm="global"), torch.tensor(expected))


def test_both_norms_agree_where_rows_have_equal_mass():
    # Corners of a square: every row has the same mass, so C scaled by B is the row distribution.
    square = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    whole = [correlation.pair_distribution(a, norm="global") for a in (square, 3 * square)]
    rows = [4 * c + torch.eye(4) * 1e-12 for c in whole]
    by_row = sum((p * (p / c).log())[p > 1e-6].sum() for p, c in zip(rows[0], rows[1], strict=True)) / 4
    torch.testing.assert_close(correlation.pair_divergence(*whole, norm="global"), by_row)


@pytest.mark.parametrize("norm", NORMS)
def test_divergences_vanish_for_equal_distributions_and_have_finite_gradients(norm):
    z = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    c = correlation.pair_distribution(z, norm=norm)
    assert abs(float(correlation.pair_divergence(c, c, norm=norm).detach())) < 1e-6
    double = torch.cat([z[:3], z[:3]])  # duplicates, as a filled-up batch has them
    loss = correlation.correlation_loss(
        correlation.pair_distribution(double, norm=norm), torch.ones(6, 2) * 2, norm=norm
    )
    (gradient,) = torch.autograd.grad(loss, z)
    assert torch.isfinite(gradient).all()


def test_gradient_of_the_correlation_loss():
    z = torch.randn(5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    x = torch.randn(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    for norm in NORMS:

        def loss(a, norm=norm):
            return correlation.correlation_loss(correlation.pair_distribution(a, norm=norm), x, norm=norm)

        assert torch.autograd.gradcheck(loss, z.requires_grad_())


def test_centers_learn_from_the_affinity_through_assignments(short):
    phase = clustering_phase(short("cdc", eta=1.0))
    loss = phase.loss(torch.arange(12))["affinity"]
    (gradient,) = torch.autograd.grad(loss, [phase.centers])
    assert gradient.abs().sum() > 0


def test_decoder_learns_to_rebuild_in_the_paper_and_not_in_the_code(short):
    index = torch.arange(12)
    phase = clustering_phase(short("cdc", lambda_correlation=0.0))
    phase.gradients(index)
    decoder = list(phase.method.decoder.parameters())
    losses = phase.loss(index)
    for weight, expected in zip(decoder, torch.autograd.grad(losses["reconstruction"], decoder), strict=True):
        torch.testing.assert_close(weight.grad, expected)
    encoder = [*phase.method.encoder.parameters(), phase.centers]
    losses = phase.loss(index)
    for weight, expected in zip(encoder, torch.autograd.grad(losses["total"], encoder), strict=True):
        torch.testing.assert_close(weight.grad, expected)
    joint = clustering_phase(short("cdc", update_mode="code", beta=0.0))
    joint.gradients(index)
    assert all(float(weight.grad.abs().sum()) == 0 for weight in joint.method.decoder.parameters())


OPTIONS = [
    {"norm": "row_code"},
    {"update_mode": "code"},
    {"initial_weights": "glorot"},
    {"eta": 0},
    {"beta": 1},
]


@pytest.mark.parametrize("changes", OPTIONS)
def test_options_change_the_training(train, short, changes):
    few = {"pretrain_epochs": 1, "finetune_epochs": 1, "finetune_learning_rate": 0.01}
    plain, other = train("cdc", short("cdc", **few)), train("cdc", short("cdc", **few | changes))
    assert all(np.isfinite(list(s.losses.values())).all() for s in other)
    one, two = (s[-1].checkpoint.tensors for s in (plain, other))
    assert any((one[name] != two[name]).any() for name in one)


def test_histograms_count_every_pair_once(train):
    last = train("cdc")[-1].extras
    assert len(last["pair_edges"]) == len(last["pairs_z"]) + 1
    for name in ("pairs_x", "pairs_z", "pairs_q"):
        assert last[name].sum() == 70 * 69
    equal = correlation.pair_distribution(torch.eye(4), norm="global")
    counts = correlation.pair_histogram(equal, torch.tensor([-1.0, -0.5, 0.5, 1.0]))
    assert counts.tolist() == [0, 12, 0]


def test_presets_of_the_paper_are_valid_settings():
    for values in METHODS["cdc"].data_presets["paper"].values():
        assert make(METHODS["cdc"].settings, values).batch_size == 64
    _, chosen = resolve_preset("cdc", n=70_000, input_dim=784, clusters=10, preset="paper")
    assert chosen.finetune_epochs * math.ceil(70_000 / 64) >= 5_000
