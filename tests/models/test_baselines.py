"""IDEC, DynAE, VaDE, DCN and DKM against paper-sized cases and formulas."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from torch.distributions import Categorical, MixtureSameFamily, Normal, kl_divergence

from dcviz.geometry.agreement import agreement
from models.loop import implementation
from models.losses import soft_assignments
from models.method import Data
from models.methods import dcn

INDEX = torch.arange(20)


@pytest.fixture
def second_phase(pictures, short):
    """A method's second phase, begun and refreshed on the untrained network."""

    def make(method_id, **changes):
        settings = short(method_id, **{"augment": "off", **changes})
        data = Data(torch.from_numpy(pictures), 1 / 255, (1, 4, 4))
        phase = implementation(method_id)(settings, data, seed=0).phases[1]
        phase.prepare()
        phase.begin()
        if phase.refresh_every is not None:
            phase.refresh()
        return phase

    return make


@pytest.mark.parametrize("method_id", ["dec", "idec", "dynae", "vade", "dcn", "dkm"])
def test_three_plain_clusters_are_found(train, short, method_id):
    changes = {"pretrain_epochs": 60, "finetune_epochs": 30, "learning_rate": 5e-3, "augment": "off"}
    last = train(method_id, short(method_id, finetune_learning_rate=1e-4, **changes))[-1]
    assert agreement(np.arange(70) % 3, last.assignments).acc == 1.0


def test_idec_weighs_reconstruction_and_clustering(second_phase):
    losses = second_phase("idec", gamma=0.5).loss(INDEX)
    total = losses["reconstruction"] + 0.5 * losses["clustering"]
    assert losses["total"].item() == pytest.approx(total.item())
    summed = second_phase("idec", reconstruction_reduction="sum").loss(INDEX)["reconstruction"]
    assert summed.item() == pytest.approx(16 * losses["reconstruction"].item(), rel=1e-5)


def test_idec_without_clustering_weight_is_an_autoencoder(second_phase):
    phase = second_phase("idec", gamma=0.0)
    phase.gradients(INDEX)
    assert phase.centers.grad.abs().max() == 0
    assert all(p.grad.abs().max() > 0 for p in phase.method.decoder.parameters())


def test_dynae_centers_are_codes_of_data_and_images_their_decodings(second_phase):
    phase = second_phase("dynae")
    z, centers = phase.method.latents(), phase.tensors["centers"]
    assert all((z == center).all(1).any() for center in centers)
    torch.testing.assert_close(phase.tensors["images"], phase.method.decode(centers).detach())


def test_dynae_thresholds_sink_geometrically(second_phase):
    phase = second_phase("dynae", kappa=3.0, decay=0.3)
    phase.numbers.update(beta1=1.0, beta2=0.5, kappa=3.0, delta=0.9)
    seen = []
    for _ in range(4):
        before = phase.numbers["beta1"]
        phase.lower_thresholds()
        seen.append((before - phase.numbers["beta1"]) * 3)  # K = 3
    np.testing.assert_allclose(seen, [0.9, 0.9, 0.27, 0.081], rtol=1e-9)
    assert phase.numbers["beta1"] - phase.numbers["beta2"] == pytest.approx(0.5)


def test_dynae_as_published_ends_with_the_second_renewal(second_phase):
    phase = second_phase("dynae", kappa=3.0, decay=0.3)
    phase.numbers.update(beta1=0.3, beta2=0.15, kappa=3.0, delta=0.9)  # K = 10
    phase.method.settings = dataclasses.replace(phase.method.settings, clusters=10)
    phase.lower_thresholds()
    assert (phase.numbers["beta1"], phase.numbers["beta2"]) == pytest.approx((0.21, 0.06))
    phase.lower_thresholds()
    assert (phase.numbers["beta1"], phase.numbers["beta2"]) == pytest.approx((0.12, -0.03))


def test_dynae_keeps_half_the_threshold_as_the_margin_if_asked(second_phase):
    phase = second_phase("dynae", margin="half")
    for _ in range(5):
        phase.lower_thresholds()
        assert phase.numbers["beta2"] == pytest.approx(phase.numbers["beta1"] / 2)


def test_dynae_targets_of_confident_and_conflicted_points(second_phase):
    phase = second_phase("dynae", gamma=10.0)
    tensors, method = phase.tensors, phase.method
    largest = soft_assignments(method.latents(), tensors["centers"]).max(1).values
    phase.numbers.update(beta1=largest.median().item(), beta2=0.0)
    phase.mark(method.latents())
    confident = tensors["confident"] > 0
    assert 0 < confident.sum() < 70
    z, centers = method.latents(), tensors["centers"]
    torch.testing.assert_close(tensors["targets"][~confident], z[~confident])
    torch.testing.assert_close(tensors["targets"][confident], centers[tensors["assigned"][confident]])
    everyone = torch.arange(70)
    centered = tensors["images"][tensors["assigned"]]
    images = torch.where(confident[:, None], centered, method.data.rows(everyone))
    loss = phase.loss(everyone)
    expected = (method.decode(z) - images).square().mean()
    assert loss["reconstruction"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert loss["total"].item() == pytest.approx((loss["latent"] + 10 * expected).item(), rel=1e-5)


def test_dynae_renews_its_centers_only_when_stuck(second_phase):
    phase = second_phase("dynae")
    phase.numbers.update(renewals=1, conflicted=71, beta1=0.5, beta2=0.2)
    phase.refresh()  # 70 conflicted points: fewer than 71
    assert (phase.numbers["renewals"], phase.numbers["conflicted"]) == (1, 70)
    phase.refresh()  # 70 again
    assert phase.numbers["renewals"] == 2
    assert phase.numbers["beta1"] < 0.5


def test_vade_stays_finite_where_variances_run_away(second_phase):
    phase = second_phase("vade")
    with torch.no_grad():
        phase.log_variances.fill_(-500.0)
        list(phase.method.log_variance_head.parameters())[-1].fill_(500.0)
    losses = phase.loss(INDEX)
    assert all(torch.isfinite(value) for value in losses.values())
    gradients = torch.autograd.grad(losses["total"], [phase.means, phase.logits])
    assert all(torch.isfinite(gradient).all() for gradient in gradients)


def test_vade_chances_are_those_of_a_gaussian_mixture(second_phase):
    phase = second_phase("vade")
    z = phase.method.latents()[:5]
    weights = phase.logits.softmax(0).detach().numpy()
    means, variances = phase.means.detach().numpy(), phase.log_variances.exp().detach().numpy()
    density = [
        w * multivariate_normal(m, np.diag(v)).pdf(z.numpy())
        for w, m, v in zip(weights, means, variances, strict=True)
    ]
    expected = np.array(density).T
    expected /= expected.sum(1, keepdims=True)
    np.testing.assert_allclose(phase.log_chances(z).exp().detach(), expected, rtol=1e-3, atol=1e-6)


def test_vade_divergence_with_one_sure_component_is_the_gaussian_kl(second_phase):
    phase = second_phase("vade")
    mean, log_variance = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(1))
    sure = torch.full((6, 3), -torch.inf)
    sure[:, 1] = 0.0
    sure = sure.clamp(min=-80)
    found = phase.divergence(mean, log_variance, log_chances=sure)
    posterior = Normal(mean, (log_variance / 2).exp())
    prior = Normal(phase.means[1], (phase.log_variances[1] / 2).exp())
    expected = kl_divergence(posterior, prior).sum(1).mean() - phase.logits.log_softmax(0)[1]
    assert found.item() == pytest.approx(expected.item(), rel=1e-4)


def test_vade_bound_is_below_the_evidence(second_phase):
    # E_q[log p(z) - log q(z)] over draws can only be as large as minus the divergence allows.
    phase = second_phase("vade")
    mean, log_variance = phase.method.heads(phase.method.data.rows(INDEX))
    posterior = Normal(mean, (log_variance / 2).exp())
    z = posterior.sample((2000,))
    prior = MixtureSameFamily(
        Categorical(logits=phase.logits),
        torch.distributions.Independent(Normal(phase.means, (phase.log_variances / 2).exp()), 1),
    )
    exact = (posterior.log_prob(z).sum(2) - prior.log_prob(z)).mean()
    bound = phase.divergence(mean, log_variance, log_chances=phase.log_chances(mean))
    assert bound.item() >= exact.item() - 0.05


def test_vade_learning_rate_decays_to_its_floor(second_phase):
    phase = second_phase("vade", finetune_learning_rate=0.002, decay_epochs=2, rate_floor=0.0017)
    optimizer = phase.optimizer()
    rates = []
    for _ in range(6):
        phase.end_epoch()
        rates.append(optimizer.param_groups[0]["lr"])
    np.testing.assert_allclose(rates, [0.002, 0.0018, 0.0018, 0.0017, 0.0017, 0.0017])


def test_vade_likelihoods(second_phase):
    bernoulli, gaussian = (second_phase("vade", likelihood=k, noise=0.5) for k in ("bernoulli", "gaussian"))
    output, x = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    assert bernoulli.method.negative_log_likelihood(output, x).item() == pytest.approx(2 * np.log(2))
    assert gaussian.method.negative_log_likelihood(output, x).item() == pytest.approx(1 / (2 * 0.25))
    assert bernoulli.method.decode(torch.zeros(1, 3)).min() > 0


def test_dcn_centers_follow_by_running_means():
    centers, counts = torch.tensor([[0.0], [5.0]]), torch.tensor([2.0, 3.0])
    z, assigned = torch.tensor([[3.0], [9.0], [6.0]]), torch.tensor([0, 1, 0])
    expected, seen = centers.clone(), counts.clone()
    for point, k in zip(z, assigned, strict=True):
        seen[k] += 1
        expected[k] += (point - expected[k]) / seen[k]
    dcn.follow(centers, counts, z, assigned)
    torch.testing.assert_close(centers, expected)
    assert counts.tolist() == [4, 4]


def test_dcn_pulls_toward_the_assigned_center(second_phase):
    phase = second_phase("dcn", beta=3.0)
    losses = phase.loss(INDEX)
    z = phase.method.latents()[:20]
    center = phase.tensors["centers"][phase.tensors["assigned"][:20]]
    assert losses["clustering"].item() == pytest.approx((z - center).square().sum(1).mean().item(), rel=1e-5)
    total = losses["reconstruction"] + 3 * losses["clustering"]
    assert losses["total"].item() == pytest.approx(total.item())


def test_dcn_restarts_k_means_at_its_interval(second_phase):
    phase = second_phase("dcn", restart_epochs=2, first_count=7.0)
    phase.tensors["counts"].fill_(50.0)
    phase.end_epoch()
    assert phase.tensors["counts"].tolist() == [50] * 3
    phase.end_epoch()
    assert phase.tensors["counts"].tolist() == [7] * 3
    z, assigned = phase.method.latents(), phase.tensors["assigned"]
    for k, center in enumerate(phase.tensors["centers"]):
        torch.testing.assert_close(center, z[assigned == k].mean(0), rtol=1e-3, atol=1e-5)


def test_dkm_annealing_grows_by_round(second_phase):
    phase = second_phase("dkm", annealing=True, round_epochs=2)
    seen = []
    for _ in range(4):
        seen.append(phase.tensors["sharpness"].item())
        phase.end_epoch()
    growth = 2 ** (1 / np.log(2) ** 2)
    np.testing.assert_allclose(seen, [0.1, 0.1, 0.1 * growth, 0.1 * growth], rtol=1e-6)
    assert second_phase("dkm").tensors["sharpness"] == 1000


def test_clearness_of_the_nearest_center():
    z, centers = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([[0.0], [2.0]])
    assignments, clear = dcn.nearest_center(z, centers)
    assert assignments.tolist()[::2] == [0, 1]
    np.testing.assert_allclose(clear, [1, 0.5, 0.9])
