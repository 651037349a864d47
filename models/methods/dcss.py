"""DCSS: one auto-encoder, trained for each cluster in turn, then MNet, taught by sure pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from models.batch_norm import uncounted
from models.borrowing import borrowed_phase
from models.convolutional import residual_autoencoder
from models.descent import fill_gradients
from models.fuzzy import memberships, renew_centers
from models.losses import squared_distances
from models.method import Assignment, Method, Phase
from models.methods.dcss_pairs import Pairs
from models.methods.dec import initial_centers
from models.pairs import mnet
from models.pretraining import Reconstruction


class ClusterRuns(Phase):
    """For each batch K steps, step k rebuilding what belongs to cluster k and drawing it to its center.

        L_u^(k) = sum_i p_ik^m |x_i - x_hat_i|^2 + alpha sum_i p_ik^m |u_i - mu_k|^2

    p carries no gradient. The codes that rebuild the batch also give the memberships, so that "p anew before
    each step" costs no further pass through the encoder. Sums, not means, over batch and inputs.

    Source: [DCSS, Eq. 1-3, Algorithm 1].
    """

    def prepare(self) -> None:
        """The centers."""
        settings = self.method.settings
        size = (settings.clusters, settings.latent_dim)
        self.tensors = {"centers": torch.zeros(size, device=self.method.device)}
        self.numbers = {"epochs": 0}

    def begin(self) -> None:
        """Centers from k-means on the latents."""
        self.tensors["centers"].copy_(initial_centers(self.method, self.method.settings.clusters))

    def parameters(self) -> list[nn.Parameter]:
        """Encoder and decoder; centers follow by weighted means."""
        return [*self.method.encoder.parameters(), *self.method.decoder.parameters()]

    def optimizer(self) -> torch.optim.Optimizer:
        """As the settings say; kept, because all steps of a batch but the last are taken here."""
        self.stepper = super().optimizer()
        return self.stepper

    def gradients(self, index: Tensor) -> dict[str, Tensor]:
        """K - 1 steps, and the gradient of the last; named losses are summed over the K runs."""
        settings = self.method.settings
        x = self.method.view(index)
        every = settings.variant == "all"
        p = self.p_before(x) if settings.p_once else None
        total: dict[str, Tensor] = {}
        for cluster in (None,) if every else range(settings.clusters):
            if cluster:
                self.stepper.step()
            losses = self.cluster_losses(x, cluster=cluster, p=p)
            fill_gradients(losses["total"], self.parameters())
            total = {name: total.get(name, 0) + value.detach() for name, value in losses.items()}
        return total

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """The losses of all clusters together, at the present weights: what DCSS_all minimizes."""
        return self.cluster_losses(self.method.view(index), cluster=None, p=None)

    def cluster_losses(self, x: Tensor, *, cluster: int | None, p: Tensor | None) -> dict[str, Tensor]:
        """L_r, L_c and L_u of one cluster, or of all together where `cluster` is None."""
        method, settings = self.method, self.method.settings
        u = method.encoder(x)
        p = self.p_of(u.detach()) if p is None else p
        one = slice(None) if cluster is None else slice(cluster, cluster + 1)
        weights = p[:, one].pow(settings.fuzziness)  # (B, K or 1)
        rebuilt = (method.decode(u) - x).square().sum(1)
        drawn = squared_distances(u, self.tensors["centers"][one])
        reconstruction, clustering = (weights.sum(1) * rebuilt).sum(), (weights * drawn).sum()
        total = reconstruction + settings.alpha * clustering
        return {"reconstruction": reconstruction, "clustering": clustering, "total": total}

    @torch.no_grad()
    def p_before(self, x: Tensor) -> Tensor:
        """Memberships of a batch before its first step."""
        with uncounted(self.method.encoder):
            return self.p_of(self.method.encoder(x))

    def p_of(self, u: Tensor) -> Tensor:
        """Memberships of latents."""
        return memberships(u, self.tensors["centers"], fuzziness=self.method.settings.fuzziness)

    @torch.no_grad()
    def end_epoch(self) -> None:
        """New centers every T1 epochs."""
        self.numbers["epochs"] += 1
        if self.numbers["epochs"] % self.method.settings.center_epochs == 0:
            renew_centers(
                self.tensors["centers"], self.method.latents(), fuzziness=self.method.settings.fuzziness
            )

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The largest membership (DCSS_u)."""
        confidence, assignments = self.p_of(z).max(1)
        return Assignment(assignments, confidence, self.tensors["centers"])

    @torch.no_grad()
    def extras(self, z: Tensor) -> dict[str, Tensor | float]:
        """The memberships."""
        return {"memberships": self.p_of(z)}


class DCSS(Method):
    """Auto-encoder pretraining, cluster by cluster (or another method's clustering), then pairs."""

    centers: Tensor

    def build(self, generator: torch.Generator) -> None:
        """Encoder, decoder, MNet, and the centers that the last phase takes over."""
        settings = self.settings
        if settings.network == "conv":
            self.encoder, self.decoder = residual_autoencoder(
                self.data.image_shape, latent_dim=settings.latent_dim, generator=generator
            )
        else:
            super().build(generator)
        self.mnet = mnet(settings.latent_dim, settings.clusters, generator)
        self.register_buffer("centers", torch.zeros(settings.clusters, settings.latent_dim))

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, clustering, pairs."""
        clustering: Phase = ClusterRuns(self, "clustering")
        if self.settings.clustering != "dcss":
            clustering = borrowed_phase(self, self.settings.clustering)
        return (Reconstruction(self, "pretraining"), clustering, Pairs(self, "pairs"))

    def adopt(self, tensors: Mapping[str, np.ndarray]) -> None:
        """The centers of a clustering phase, whichever method's: X of X+MNet, or our own."""
        centers = tensors.get("phase.centers")
        if centers is not None and centers.shape == tuple(self.centers.shape):
            self.centers.copy_(torch.from_numpy(np.array(centers)))
