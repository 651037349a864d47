"""DCN: gradient steps on network weights, running means for the centers, in turns."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dcviz.geometry.clusters import k_means
from models.batch_norm import uncounted
from models.losses import reconstruction_error, squared_distances
from models.method import Assignment, Method, Phase, derived_seed
from models.methods.dec import initial_centers
from models.pretraining import Reconstruction


class AlternatingKMeans(Phase):
    """Rebuild the input while each latent is drawn to the center m_s it was last assigned to.

        L = |x - g(f(x))|^2 + beta |f(x) - m_s|^2

    After each step the batch is assigned anew and each center becomes the running mean of all latents it has
    been given; centers start as if they had seen `first_count` points already.

    Source: [DCN, Eq. 4-8].
    """

    def prepare(self) -> None:
        """Centers, how many points each has seen, and each point's center."""
        settings, device = self.method.settings, self.method.device
        size = (settings.clusters, settings.latent_dim)
        self.tensors = {
            "centers": torch.zeros(size, device=device),
            "counts": torch.full((settings.clusters,), settings.first_count, device=device),
            "assigned": torch.zeros(self.method.data.n, dtype=torch.int64, device=device),
        }
        self.numbers = {"epochs": 0}

    def begin(self) -> None:
        """Centers from k-means, everyone assigned to the nearest."""
        self.tensors["centers"].copy_(initial_centers(self.method, self.method.settings.clusters))
        nearest = squared_distances(self.method.latents(), self.tensors["centers"]).argmin(1)
        self.tensors["assigned"].copy_(nearest)

    def parameters(self) -> list[nn.Parameter]:
        """Encoder and decoder; centers follow by running means."""
        return [*self.method.encoder.parameters(), *self.method.decoder.parameters()]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        method, settings = self.method, self.method.settings
        x = method.view(index)
        z = method.encoder(x)
        center = self.tensors["centers"].index_select(0, self.tensors["assigned"].index_select(0, index))
        reduction = settings.reconstruction_reduction
        reconstruction = reconstruction_error(method.decode(z), x, reduction=reduction)
        clustering = (z - center).square().sum(1).mean()
        total = reconstruction + settings.beta * clustering
        return {"reconstruction": reconstruction, "clustering": clustering, "total": total}

    @torch.no_grad()
    def after_step(self, index: Tensor) -> None:
        """Assign the batch anew, then move its centers."""
        tensors = self.tensors
        with uncounted(self.method.encoder):
            z = self.method.encoder(self.method.data.rows(index))
        nearest = squared_distances(z, tensors["centers"]).argmin(1)
        tensors["assigned"].index_copy_(0, index, nearest)
        follow(tensors["centers"], tensors["counts"], z, nearest)

    def end_epoch(self) -> None:
        """Run k-means again from the centers every so many epochs."""
        settings = self.method.settings
        self.numbers["epochs"] += 1
        every = settings.restart_epochs
        if every == 0 or self.numbers["epochs"] % every != 0:
            return
        z, centers = self.method.latents(), self.tensors["centers"]
        found = k_means(
            z.cpu().numpy(),
            settings.clusters,
            seed=derived_seed(self.method.seed, "k-means"),
            init=centers.cpu().numpy(),
        )
        centers.copy_(torch.as_tensor(found.centers))
        self.tensors["assigned"].copy_(torch.as_tensor(found.assignments))
        self.tensors["counts"].fill_(settings.first_count)

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The nearest center, and how clearly it is."""
        centers = self.tensors["centers"]
        assignments, confidence = nearest_center(z, centers)
        return Assignment(assignments, confidence, centers)


class DCN(Method):
    """Auto-encoder pretraining, then alternation."""

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, clustering."""
        return (Reconstruction(self, "pretraining"), AlternatingKMeans(self, "clustering"))


def follow(centers: Tensor, counts: Tensor, z: Tensor, assigned: Tensor) -> None:
    """Take latents into the running means of their centers, in place.

    One by one: count c up, then m <- (1 - 1/c) m + z/c; for a batch that is (c m + sum z) / (c + number).

    Args:
        centers: (K, d).
        counts: (K,) points seen.
        z: (B, d) latents.
        assigned: (B,) center of each.
    """
    member = (assigned[:, None] == torch.arange(len(centers), device=z.device)).to(z.dtype)  # (B, K)
    number = member.sum(0)
    sums = centers * counts[:, None] + member.T @ z
    counts.add_(number)
    centers.copy_(sums / counts[:, None])


def nearest_center(z: Tensor, centers: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest center of each latent, and how clearly: D2^2 / (D1^2 + D2^2), from 1/2 (border) to 1."""
    distances, order = squared_distances(z, centers).topk(2, dim=1, largest=False)
    first, second = distances.unbind(1)
    both = first + second
    return order[:, 0], torch.where(both > 0, second / both, torch.full_like(both, 0.5))
