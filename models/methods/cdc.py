"""CDC: reconstruction and clustering, each beside losses that compare distributions of pairs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.correlation import (
    affinity_loss,
    correlation_loss,
    pair_distribution,
    pair_histogram,
    sharpened,
)
from models.descent import fill_gradients
from models.losses import mean_squared_error, soft_assignments
from models.method import Method, Phase
from models.methods.dec import Clustering
from models.pretraining import Reconstruction

PROBE = 512
EDGES = 3.0, 64
"""Histograms go this many powers of ten to both sides of the average pair, in so many bins."""


class CorrelatedReconstruction(Reconstruction):
    """Rebuild the input, and keep pairs as close as they were: L_r + lambda (L_cr(Z, X) + L_cr(Z, X')).

    Source: [CDC, Eq. 7].
    """

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        method, settings = self.method, self.method.settings
        x = method.view(index)
        z = method.encoder(x)
        x_hat = method.decode(z)
        reconstruction = mean_squared_error(x_hat, x)
        correlation = pair_correlation(z, x, x_hat, norm=settings.norm)
        total = reconstruction + settings.lambda_correlation * correlation
        return {"reconstruction": reconstruction, "correlation": correlation, "total": total}

    @torch.no_grad()
    def extras(self, z: Tensor) -> dict[str, Tensor | float]:
        """Histograms of the pair distributions of inputs and latents."""
        return pair_panels(self.method, z, None)


class CorrelatedClustering(Clustering):
    """DEC's loss with two more: L_c + eta L_a + beta (L_cr(Z, X) + L_cr(Z, X')).

    In the paper encoder and centers follow this sum, the decoder L_r + lambda (L_cr(Z, X) + L_cr(Z, X')) of
    pretraining; the released code takes one joint step on the sum and does not reconstruct any more.

    Source: [CDC, Eq. 8-13, Algorithm 1].
    """

    def parameters(self) -> list[nn.Parameter]:
        """Encoder, centers and decoder, under one optimizer."""
        return [*super().parameters(), *self.method.decoder.parameters()]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch; "total" is what encoder and centers follow."""
        method, settings = self.method, self.method.settings
        x = method.view(index)
        z = method.encoder(x)
        x_hat = method.decode(z)
        c_z = pair_distribution(z, norm=settings.norm)
        clustering = self.clustering_loss(z, index)
        affinity = affinity_loss(c_z, soft_assignments(z, self.centers), norm=settings.norm)
        correlation = pair_correlation(z, x, x_hat, norm=settings.norm, c_z=c_z)
        return {
            "clustering": clustering,
            "affinity": affinity,
            "correlation": correlation,
            "reconstruction": mean_squared_error(x_hat, x),
            "total": clustering + settings.eta * affinity + settings.beta * correlation,
        }

    def gradients(self, index: Tensor) -> dict[str, Tensor]:
        """Each network's gradient from its own loss, or all from one."""
        settings, losses = self.method.settings, self.loss(index)
        if settings.update_mode == "code":
            fill_gradients(losses["total"], self.parameters())
            return losses
        fill_gradients(losses["total"], super().parameters(), keep_graph=True)
        rebuilt = losses["reconstruction"] + settings.lambda_correlation * losses["correlation"]
        fill_gradients(rebuilt, list(self.method.decoder.parameters()))
        return losses

    @torch.no_grad()
    def extras(self, z: Tensor) -> dict[str, Tensor | float]:
        """Histograms of the pair distributions of inputs, latents and assignments."""
        return pair_panels(self.method, z, soft_assignments(z, self.centers))


class CDC(Method):
    """Pretraining and clustering, both with correlation losses."""

    def build(self, generator: torch.Generator) -> None:
        """Encoder and decoder, with Glorot's weights where the settings say so."""
        super().build(generator)
        for layer in self.modules():
            if self.settings.initial_weights == "glorot" and isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight, generator=generator)

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, clustering."""
        return (CorrelatedReconstruction(self, "pretraining"), CorrelatedClustering(self, "clustering"))


def pair_correlation(z: Tensor, x: Tensor, x_hat: Tensor, *, norm: str, c_z: Tensor | None = None) -> Tensor:
    """L_re = L_cr(Z, X) + L_cr(Z, X'), with C_Z given or computed."""
    c_z = pair_distribution(z, norm=norm) if c_z is None else c_z
    return correlation_loss(c_z, x, norm=norm) + correlation_loss(c_z, x_hat, norm=norm)


def pair_panels(method: Method, z: Tensor, q: Tensor | None) -> dict[str, Tensor | float]:
    """Histograms of the pair distributions over a fixed probe of points, by the paper's definition."""
    rows = torch.linspace(0, len(z) - 1, min(len(z), PROBE), device=z.device).long()
    reach, bins = EDGES
    edges = torch.linspace(-reach, reach, bins + 1, device=z.device)

    def histogram(a: Tensor, *, sharp: bool = False) -> Tensor:
        c = pair_distribution(a, norm="global")
        return pair_histogram(sharpened(c, norm="global") if sharp else c, edges)

    panels: dict[str, Tensor | float] = {
        "pair_edges": edges,
        "pairs_x": histogram(method.data.rows(rows)),
        "pairs_z": histogram(z[rows]),
    }
    if q is not None:
        panels["pairs_q"] = histogram(q[rows], sharp=True)
    return panels
