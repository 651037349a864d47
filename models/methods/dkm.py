"""DKM: k-means made differentiable by a softmax over distances."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from models.losses import reconstruction_error, squared_distances
from models.method import Assignment, Method, Phase
from models.methods.dcn import nearest_center
from models.methods.dec import initial_centers
from models.pretraining import Reconstruction

FIRST_SHARPNESS = 0.1


class SoftKMeans(Phase):
    """Minimize |x - g(f(x))|^2 + lambda sum_k |z - r_k|^2 softmax_k(-a |z - r_k|^2) over network and centers.

    The larger the sharpness a, the nearer the softmax is to k-means' hard assignment. After pretraining a is
    large from the start; with annealing it grows round by round: a_1 = .1, a_(n+1) = a_n 2^(1 / ln(n + 1)^2).

    Source: [DKM, Eq. 2-4].
    """

    def __init__(self, method: Method, name: str):
        super().__init__(method, name)
        size = (method.settings.clusters, method.settings.latent_dim)
        self.centers = nn.Parameter(torch.zeros(size, device=method.device))

    def prepare(self) -> None:
        """Centers and sharpness."""
        settings = self.method.settings
        sharpness = FIRST_SHARPNESS if settings.annealing else settings.sharpness
        self.tensors = {
            "centers": self.centers.data,
            "sharpness": torch.tensor(sharpness, device=self.method.device),
        }
        self.numbers = {"epochs": 0}

    def begin(self) -> None:
        """Centers from k-means on the latents."""
        self.centers.data.copy_(initial_centers(self.method, len(self.centers)))

    def parameters(self) -> list[nn.Parameter]:
        """Encoder, decoder and centers."""
        method = self.method
        return [*method.encoder.parameters(), *method.decoder.parameters(), self.centers]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        method, settings = self.method, self.method.settings
        x = method.view(index)
        z = method.encoder(x)
        reduction = settings.reconstruction_reduction
        reconstruction = reconstruction_error(method.decode(z), x, reduction=reduction)
        clustering = soft_k_means(z, self.centers, sharpness=self.tensors["sharpness"])
        total = reconstruction + settings.weight * clustering
        return {"reconstruction": reconstruction, "clustering": clustering, "total": total}

    def end_epoch(self) -> None:
        """The next round of annealing."""
        settings = self.method.settings
        self.numbers["epochs"] += 1
        if settings.annealing and self.numbers["epochs"] % settings.round_epochs == 0:
            finished_rounds = int(self.numbers["epochs"] // settings.round_epochs)
            self.tensors["sharpness"].fill_(annealed_sharpness(finished_rounds + 1))

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The nearest center, and how clearly it is."""
        assignments, confidence = nearest_center(z, self.centers)
        return Assignment(assignments, confidence, self.centers.detach())


class DKM(Method):
    """Auto-encoder pretraining, then soft k-means."""

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, clustering."""
        return (Reconstruction(self, "pretraining"), SoftKMeans(self, "clustering"))


def soft_k_means(z: Tensor, centers: Tensor, *, sharpness: Tensor) -> Tensor:
    """Distance to the centers, weighted by softmax(-a distance), averaged over the batch."""
    distances = squared_distances(z, centers)
    return (distances * (-sharpness * distances).softmax(1)).sum(1).mean()


def annealed_sharpness(round_number: int) -> float:
    """The sharpness of a round, counted from 1."""
    sharpness = FIRST_SHARPNESS
    for n in range(1, round_number):
        sharpness *= 2 ** (1 / math.log(n + 1) ** 2)
    return sharpness
