"""DECS: an encoder trained until every point is decided about every cluster."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn

from models.convolutional import pooling_autoencoder
from models.method import Assignment, Method, Phase
from models.methods.dec import initial_centers
from models.pretraining import Reconstruction
from models.stability import co_association, determinacy, otsu_threshold, stability

CURVE = 201
SMALL = 10
"""A cluster with less than 1 / SMALL of its fair share N / K is worth a warning."""


class Stability(Phase):
    """Minimize 1 - mean_i s_i over encoder and centers; the decoder is left behind.

    t is constant in the gradient. Nothing in this loss keeps clusters apart or balanced: all points in one
    cluster are perfectly stable too.

    Source: [DECS].
    """

    def __init__(self, method: Method, name: str):
        super().__init__(method, name)
        settings = method.settings
        size = (settings.clusters, settings.latent_dim)
        self.centers = nn.Parameter(torch.zeros(size, device=method.device))
        self.refresh_every = settings.refresh_every if settings.threshold_from == "set" else None

    def prepare(self) -> None:
        """Centers and threshold."""
        self.tensors = {
            "centers": self.centers.data,
            "t": torch.full((), 0.5, device=self.method.device),
        }

    def begin(self) -> None:
        """Centers from k-means on the latents."""
        self.centers.data.copy_(initial_centers(self.method, len(self.centers)))

    @torch.no_grad()
    def refresh(self) -> None:
        """The threshold of all points."""
        self.tensors["t"].copy_(otsu_threshold(self.q_of(self.method.latents())))

    def parameters(self) -> list[nn.Parameter]:
        """Encoder and centers."""
        return [*self.method.encoder.parameters(), self.centers]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        settings = self.method.settings
        q = self.q_of(self.method.encoder(self.method.view(index)))
        t = self.tensors["t"] if settings.threshold_from == "set" else otsu_threshold(q)
        s = self.s_of(q, t)
        instability, uneven = 1 - s.mean(), s.var(correction=0)
        total = instability - uneven if settings.objective == "mean and variance" else instability
        return {"instability": instability, "variance": uneven, "total": total}

    def q_of(self, z: Tensor) -> Tensor:
        """Co-association of latents and centers."""
        return co_association(z, self.centers, alpha=self.method.settings.alpha)

    def s_of(self, q: Tensor, t: Tensor) -> Tensor:
        """Stability of points."""
        settings = self.method.settings
        return stability(determinacy(q, t, form=settings.determinacy), weight=settings.lambda_s)

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The largest q."""
        confidence, assignments = self.q_of(z).max(1)
        return Assignment(assignments, confidence, self.centers.detach())

    @torch.no_grad()
    def extras(self, z: Tensor) -> dict[str, Tensor | float]:
        """Threshold, curve of the determinacy, stability of each point; warns of a vanishing cluster."""
        q = self.q_of(z)
        t = otsu_threshold(q)
        grid = torch.linspace(0, 1, CURVE, device=z.device)
        sizes = q.argmax(1).bincount(minlength=q.shape[1])
        self.warn_of_small(sizes.tolist())
        return {
            "t": float(t),
            "q": q,
            "s": self.s_of(q, t),
            "curve_q": grid,
            "curve_f": determinacy(grid, t, form=self.method.settings.determinacy),
            "smallest_cluster": float(sizes.min()),
        }

    def warn_of_small(self, sizes: list[int]) -> None:
        """Say so when a cluster falls below N / (10 K)."""
        limit, smallest = sum(sizes) / (SMALL * len(sizes)), min(sizes)
        if smallest < limit:
            warnings.warn(
                f"Cluster {sizes.index(smallest)} has {smallest} point{'s' * (smallest != 1)}, "
                f"below N / (10 K) = {limit:.1f}: "
                "the loss of DECS does not keep clusters from vanishing. Lower finetune_learning_rate "
                "or stop earlier.",
                stacklevel=2,
            )


class DECS(Method):
    """Auto-encoder pretraining, then stability."""

    def build(self, generator: torch.Generator) -> None:
        """Encoder and decoder, convolutional where the settings say so."""
        if self.settings.network != "conv":
            return super().build(generator)
        self.encoder, self.decoder = pooling_autoencoder(
            self.data.image_shape, latent_dim=self.settings.latent_dim, generator=generator
        )
        return None

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, stability."""
        return (Reconstruction(self, "pretraining"), Stability(self, "stability"))
