"""FINCH beside an auto-encoder: the inputs' clusters in its latents, or the latents' own."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.finch import finch_clusters, finch_partitions
from models.method import Assignment, Method, Phase
from models.pretraining import Reconstruction


class FirstNeighbors(Reconstruction):
    """Learn to rebuild the input; clusters come from first neighbors and teach the network nothing."""

    def prepare(self) -> None:
        """The partition of the inputs, which training does not change."""
        n, device = self.method.data.n, self.method.device
        self.tensors = {"own": torch.zeros(n, dtype=torch.int64, device=device)}

    def begin(self) -> None:
        """Cluster the inputs."""
        if self.method.settings.features == "input":
            self.tensors["own"].copy_(torch.from_numpy(self.chosen(self.inputs())))

    def inputs(self) -> Tensor:
        """All points as they are used."""
        return self.method.data.chunk(0, self.method.data.n)

    def chosen(self, x: Tensor) -> np.ndarray:
        """The partition that the settings ask for."""
        settings = self.method.settings
        if settings.level == 0 and settings.clusters:
            return finch_clusters(x, settings.clusters, metric=settings.metric)
        partitions = finch_partitions(x, metric=settings.metric)
        if settings.level:
            return partitions[min(settings.level, len(partitions)) - 1]
        several = [each for each in partitions if each.max() > 0]
        return several[-1] if several else partitions[-1]

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The partition; it is hard, so the confidence is 1; centers are means of latents."""
        own = self.tensors["own"]
        if self.method.settings.features == "latents":
            own = torch.from_numpy(self.chosen(z)).to(z.device)
        count = own.bincount()
        centers = torch.zeros(len(count), z.shape[1], device=z.device).index_add_(0, own, z)
        return Assignment(own, torch.ones_like(z[:, 0]), centers / count[:, None])

    @torch.no_grad()
    def extras(self, z: Tensor) -> dict[str, Tensor | float]:
        """All partitions, and how many clusters each has."""
        settings = self.method.settings
        x = z if settings.features == "latents" else self.inputs()
        partitions = torch.from_numpy(np.stack(finch_partitions(x, metric=settings.metric), 1))
        return {"levels": partitions.max(0).values + 1, "partitions": partitions}


class Finch(Method):
    """An auto-encoder to look at the clusters with."""

    def make_phases(self) -> tuple[Phase, ...]:
        """Reconstruction."""
        return (FirstNeighbors(self, "reconstruction"),)
