"""Adversarial interpolation: pairs, mixing shares, and who is moved by which loss."""

import numpy as np
import pytest
import torch

from models.method import Data
from models.methods.rdc import RDC
from models.networks import Critic
from models.pretraining import Interpolation, critic_regression, mixture


@pytest.fixture
def phase(pictures, short):
    def make(**changes) -> Interpolation:
        settings = short("rdc", augment="off", interpolation="on", **changes)
        method = RDC(settings, Data(torch.from_numpy(pictures), 1 / 255, (1, 4, 4)), seed=0)
        first = method.phases[0]
        assert isinstance(first, Interpolation)
        return first

    return make


INDEX = torch.arange(20)


def test_codes_are_mixed_with_the_reversed_batch():
    z = torch.tensor([[0.0], [1.0], [10.0]])
    mixed = mixture(z, torch.tensor([0.0, 0.5, 0.25]))
    np.testing.assert_allclose(mixed, [[10], [1], [2.5]])


def test_mixing_shares_lie_in_their_ranges(phase):
    alpha, beta = phase().draw(5000)
    assert 0 <= alpha.min() < 0.01
    assert 0.49 < alpha.max() <= 0.5
    assert beta == pytest.approx(0.2)
    assert phase(alpha_range="full").draw(5000)[0].max() > 0.99
    betas = [float(p.draw(1)[1]) for p in [phase(beta=-1.0)] for _ in range(50)]
    assert max(betas) <= 0.5
    assert np.std(betas) > 0.05


def test_a_critic_that_knows_alpha_is_perfect_unless_broadcast():
    alpha = torch.linspace(0, 0.5, 101)
    constant = torch.full_like(alpha, 0.25)
    assert critic_regression(alpha, alpha, broadcast=False) == 0
    assert critic_regression(constant, alpha, broadcast=False) > 0.02
    # The accident of the released code: knowing nothing is better than knowing alpha.
    known, unknown = (critic_regression(g, alpha, broadcast=True) for g in (alpha, constant))
    assert known == pytest.approx(2 * float(unknown), rel=1e-4)


def test_each_player_gets_the_gradient_of_its_own_loss(phase):
    acai = phase()
    state = acai.method.generator.get_state()
    acai.gradients(INDEX)
    together = [p.grad.clone() for p in acai.parameters()]
    acai.method.generator.set_state(state)
    losses = acai.loss(INDEX)
    autoencoder = torch.autograd.grad(losses["total"], acai.autoencoder_parameters(), retain_graph=True)
    critic = torch.autograd.grad(losses["critic"], list(acai.critic.parameters()))
    for found, expected in zip(together, [*autoencoder, *critic], strict=True):
        torch.testing.assert_close(found, expected)


def test_a_critic_that_is_right_to_the_last_bit_still_pulls_the_auto_encoder(phase, monkeypatch):
    """What its loss minds is then 0, and a gradient of 0 cannot be scaled to the other player's."""
    acai, plain = phase(adversarial_weight=3.0), Interpolation.judged

    def right(self, pictures):
        guess, down = plain(self, pictures)
        return torch.full_like(guess, 0.2), down

    monkeypatch.setattr(Interpolation, "judged", right)
    monkeypatch.setattr(acai, "draw", lambda size: (torch.full((size,), 0.2), torch.tensor(0.2)))
    descent = acai.descent(INDEX)
    mixed = descent.output[20:].detach().requires_grad_()
    (slope,) = torch.autograd.grad(acai.critic(mixed).sum(), mixed)
    torch.testing.assert_close(descent.pull[20:], 2 * 3.0 / 20 * 0.2 * slope)


def test_an_untrained_critic_still_pulls_and_stays_as_it_began(phase, train, short):
    acai = phase(critic="untrained")
    state = acai.method.generator.get_state()
    acai.gradients(INDEX)
    found = [p.grad.clone() for p in acai.parameters()]
    acai.method.generator.set_state(state)
    losses = acai.loss(INDEX)
    for one, expected in zip(
        found, torch.autograd.grad(losses["total"], acai.autoencoder_parameters()), strict=True
    ):
        torch.testing.assert_close(one, expected)
    first, *_, last = train("rdc", short("rdc", interpolation="on", critic="untrained"))
    before, after = first.checkpoint.tensors, last.checkpoint.tensors
    for name, value in before.items():
        moved = not np.array_equal(value, after[name])
        assert moved != name.startswith("network.critic") or name.startswith("random"), name


def test_merged_passes_equal_separate_ones(phase):
    acai = phase()
    state = acai.method.generator.get_state()
    losses = acai.loss(INDEX)
    acai.method.generator.set_state(state)
    method, (alpha, beta) = acai.method, acai.draw(len(INDEX))
    x = method.data.rows(INDEX)
    z = method.encoder(x)
    x_hat, x_mix = method.decoder(z), method.decoder(mixture(z, alpha))
    calm = acai.critic(beta * x + (1 - beta) * x_hat)
    guess = acai.critic(x_mix)
    critic = (guess - alpha).square().mean() + calm.square().mean()
    assert float(losses["critic"].detach()) == pytest.approx(float(critic.detach()), rel=1e-5)
    total = (x - x_hat).square().mean() + 0.5 * guess.square().mean()
    assert float(losses["total"].detach()) == pytest.approx(float(total.detach()), rel=1e-5)


def test_the_critic_learns_alpha(phase):
    acai = phase(network="linear", latent_dim=16)
    with torch.no_grad():
        for layer in (acai.method.encoder[0], acai.method.decoder[0]):
            layer.weight.copy_(torch.eye(16))
    acai.critic = Critic("mlp", input_dim=16, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(acai.critic.parameters(), lr=3e-3)
    losses = []
    for _ in range(1500):
        loss = acai.gradients(INDEX)["critic"]
        optimizer.step()
        losses.append(float(loss.detach()))
    # Always guessing 1/4 for mixtures and 0 for pictures costs the variance of U(0, 1/2): 1/48.
    assert np.mean(losses[-200:]) < 0.6 / 48
