"""VaDE: latents are draws from a mixture of Gaussians that is learned along with the network."""

from __future__ import annotations

import math

import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor, nn
from torch.nn import functional

from models.checkpoint import set_rate
from models.method import Assignment, Method, Phase, derived_seed
from models.networks import stack
from models.pretraining import Reconstruction
from models.widths import HIDDEN

SMALLEST_VARIANCE = 1e-6
LARGEST_LOG = 14.0
"""Variances stay within e^-14 (about the smallest of the first mixture) and e^14: nothing overflows."""


class Mixture(Phase):
    """Maximize the evidence bound under the prior sum_c pi_c N(mu_c, diag sigma_c^2).

    The encoder gives mean m and variance s^2 of a latent, z is one draw, and gamma_c the chance that z came
    from component c. Per point, with rec the negative log likelihood of the decoder:

        L = rec + 1/2 sum_c gamma_c sum_d (ln sigma_cd^2 + s_d^2 / sigma_cd^2 + (m_d - mu_cd)^2 / sigma_cd^2)
            - 1/2 sum_d (1 + ln s_d^2) + sum_c gamma_c ln(gamma_c / pi_c)

    Source: [VaDE, Eq. 9-16]; the weights pi are a softmax here, so that they stay a distribution.
    """

    adam_eps = 1e-4
    method: VaDE

    def __init__(self, method: VaDE, name: str):
        super().__init__(method, name)
        K, d = method.settings.clusters, method.settings.latent_dim
        self.logits = nn.Parameter(torch.zeros(K, device=method.device))
        self.means = nn.Parameter(torch.zeros(K, d, device=method.device))
        self.log_variances = nn.Parameter(torch.zeros(K, d, device=method.device))

    def prepare(self) -> None:
        """The mixture."""
        self.tensors = {
            "logits": self.logits.data,
            "means": self.means.data,
            "log_variances": self.log_variances.data,
        }
        self.numbers = {"epochs": 0}

    def begin(self) -> None:
        """A Gaussian mixture fitted to the pretrained codes."""
        z = self.method.latents().double().cpu().numpy()
        seed = derived_seed(self.method.seed, "mixture") % 2**31
        found = GaussianMixture(
            len(self.logits), covariance_type="diag", random_state=seed, reg_covar=SMALLEST_VARIANCE
        ).fit(z)
        self.logits.data.copy_(torch.as_tensor(found.weights_).log())
        self.means.data.copy_(torch.as_tensor(found.means_))
        self.log_variances.data.copy_(torch.as_tensor(found.covariances_).log())

    def parameters(self) -> list[nn.Parameter]:
        """Both heads of the encoder, decoder and mixture."""
        method = self.method
        networks = (method.encoder, method.log_variance_head, method.decoder)
        own = [self.logits, self.means, self.log_variances]
        return [p for network in networks for p in network.parameters()] + own

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch; "mixture" is all but the reconstruction term."""
        method = self.method
        x = method.view(index)
        mean, log_variance = method.heads(x)
        noise = torch.empty_like(mean).normal_(generator=method.generator)
        z = mean + noise * (log_variance / 2).exp()
        reconstruction = method.negative_log_likelihood(method.decoder(z), x)
        mixture = self.divergence(mean, log_variance, log_chances=self.log_chances(z))
        return {
            "reconstruction": reconstruction,
            "mixture": mixture,
            "total": reconstruction + mixture,
        }

    def log_chances(self, z: Tensor) -> Tensor:
        """Ln gamma (B, K): which component these latents came from."""
        distances = (z[:, None] - self.means).square() / bounded(self.log_variances).exp()  # (B, K, d)
        log_density = -0.5 * (distances + bounded(self.log_variances) + math.log(2 * math.pi)).sum(2)
        return (self.logits.log_softmax(0) + log_density).log_softmax(1)

    def divergence(self, mean: Tensor, log_variance: Tensor, *, log_chances: Tensor) -> Tensor:
        """KL of latent and component from the prior, averaged over the batch."""
        log_variances = bounded(self.log_variances)
        spread = log_variance.exp()[:, None] + (mean[:, None] - self.means).square()  # (B, K, d)
        per_component = 0.5 * (log_variances + spread / log_variances.exp()).sum(2)
        chances = log_chances.exp()
        choice = log_chances - self.logits.log_softmax(0)
        entropy = 0.5 * (1 + log_variance).sum(1)
        return ((chances * (per_component + choice)).sum(1) - entropy).mean()

    def end_epoch(self) -> None:
        """Lower the step size now and then."""
        settings = self.method.settings
        self.numbers["epochs"] += 1
        steps = self.numbers["epochs"] // settings.decay_epochs
        rate = settings.finetune_learning_rate * settings.rate_decay**steps
        floor = min(settings.rate_floor, settings.finetune_learning_rate)
        for group in self.running.param_groups:
            set_rate(group, max(rate, floor))

    def optimizer(self) -> torch.optim.Optimizer:
        """As the settings say; kept at hand, because its step size changes."""
        self.running = super().optimizer()
        return self.running

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The likeliest component of the mean code, and its chance."""
        confidence, assignments = self.log_chances(z).exp().max(1)
        return Assignment(assignments, confidence, self.means.detach())


class VaDE(Method):
    """Auto-encoder pretraining, then the mixture; `encoder` is the mean head, so latents mean the same."""

    def build(self, generator: torch.Generator) -> None:
        """Encoder, decoder and a second head for the log variance."""
        super().build(generator)
        width = (self.data.x.shape[1], *HIDDEN[self.network])[-1]
        self.log_variance_head = stack((width, self.settings.latent_dim), generator)

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, mixture."""
        return (Reconstruction(self, "pretraining"), Mixture(self, "mixture"))

    def check_data(self) -> None:
        """Chances lie in 0..1, and so must what they are chances of."""
        if self.bernoulli:
            self.require_unit_range("likelihood=bernoulli needs", way_out="likelihood=gaussian")

    @property
    def bernoulli(self) -> bool:
        """Whether the decoder's output is a logit."""
        wanted = self.settings.likelihood
        return self.data.image_shape is not None if wanted == "auto" else wanted == "bernoulli"

    def decode(self, z: Tensor) -> Tensor:
        """Reconstructions, squashed to 0..1 where the likelihood is Bernoulli."""
        x_hat = super().decode(z)
        return x_hat.sigmoid() if self.bernoulli else x_hat

    def heads(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latents (B, d) each."""
        hidden = self.encoder[:-1](x)
        return self.encoder[-1](hidden), bounded(self.log_variance_head(hidden))

    def negative_log_likelihood(self, output: Tensor, x: Tensor) -> Tensor:
        """-ln p(x | z) summed over inputs, averaged over the batch; constants left out."""
        if self.bernoulli:
            error = functional.binary_cross_entropy_with_logits(output, x)
        else:
            error = functional.mse_loss(output, x) / (2 * self.settings.noise**2)
        return error * x.shape[1]


def bounded(log_variance: Tensor) -> Tensor:
    """A log variance within the range in which its exponential is an ordinary number."""
    return log_variance.clamp(-LARGEST_LOG, LARGEST_LOG)
