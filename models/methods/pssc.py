"""PSSC: an auto-encoder, a matrix with a number for every pair of points, spectral clustering."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from models.convolutional import strided_autoencoder
from models.method import Assignment, Method, Phase, derived_seed
from models.networks import stack
from models.pretraining import Reconstruction
from models.self_expression import (
    affinity,
    confident_cross_entropy,
    similarity,
    smoothness,
    spectral_clusters,
    structure,
)

FIRST = 1e-5


class SelfExpression(Phase):
    """Rebuild every point from a combination of the others' latents, Z_C = C Z, full batch.

        L = 2 |X - X_C|^2 + 2 tr(X^T L_sym X_C) + r2 |CZ - Z|^2 / 2 + r3 CE(sure) + r4 structure

    C has a zero diagonal, or every point would be its own best combination. The weights r2 to r4 are ours,
    as the paper's are not known here. With them the head learns from the balance of clusters alone, which
    pulls its outputs together: on digits (200 + 60 epochs) none exceeded .8, so that the third term stayed 0.

    Source: [PSSC].
    """

    def prepare(self) -> None:
        """The coefficients C, one for each pair."""
        n = self.method.data.n
        self.coefficients = nn.Parameter(torch.full((n, n), FIRST, device=self.method.device))
        self.tensors = {"coefficients": self.coefficients.data}

    def parameters(self) -> list[nn.Parameter]:
        """Encoder, decoder, head and coefficients."""
        return [*self.method.parameters(), self.coefficients]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of all points; `index` is not asked."""
        method, settings = cast(PSSC, self.method), self.method.settings
        x = method.data.chunk(0, method.data.n)
        z = method.encoder(x)
        c = self.without_self()
        z_c = c @ z
        x_c = method.decode(z_c)
        w, logits = similarity(c), method.head(z)
        losses = {
            "reconstruction": (x - x_c).square().sum(),
            "smoothness": smoothness(x, x_c, w),
            "expression": (z_c - z).square().sum() / 2,
            "pseudo": confident_cross_entropy(logits),
            "structure": structure(w, logits.softmax(1)),
        }
        total = 2 * (losses["reconstruction"] + losses["smoothness"])
        total = total + settings.expression_weight * losses["expression"]
        total = total + settings.pseudo_weight * losses["pseudo"]
        return {**losses, "total": total + settings.structure_weight * losses["structure"]}

    def without_self(self) -> Tensor:
        """C without its diagonal."""
        c = self.coefficients
        return c * (1 - torch.eye(len(c), device=c.device))

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """Spectral clusters; confidence is the share of a point's affinity that its own cluster has."""
        settings = self.method.settings
        rank = min(settings.subspace_dim * settings.clusters + 1, len(z) - 1)
        a = affinity(self.without_self().cpu().numpy(), share=settings.share, rank=rank)
        seed = derived_seed(self.method.seed, "spectral")
        own = torch.from_numpy(spectral_clusters(a, settings.clusters, seed=seed)).long().to(z.device)
        member = nn.functional.one_hot(own, settings.clusters).to(z.dtype)
        shared = torch.from_numpy(a).to(z) @ member
        confidence = shared.gather(1, own[:, None])[:, 0] / shared.sum(1).clamp_min(1e-12)
        centers = (member.T @ z) / member.sum(0)[:, None].clamp_min(1)
        return Assignment(own, confidence, centers)


class PSSC(Method):
    """Auto-encoder and a head for pseudo-labels."""

    def build(self, generator: torch.Generator) -> None:
        """Encoder, decoder, head."""
        settings = self.settings
        if settings.network == "conv":
            self.encoder, self.decoder = strided_autoencoder(
                self.data.image_shape, latent_dim=settings.latent_dim, generator=generator
            )
        else:
            super().build(generator)
        self.head = stack((settings.latent_dim, settings.clusters), generator)

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, self-expression."""
        return (Reconstruction(self, "pretraining"), SelfExpression(self, "self-expression"))
