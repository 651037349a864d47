"""DDC-UCO: one network from pictures to clusters, trained by divergences under kernels."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from models.convolutional import NetworkError, pictures_only, seeded
from models.divergence import (
    cluster_divergence,
    corner_closeness,
    gaussian_kernel,
    orthogonality,
    tensor_kernel,
)
from models.method import Assignment, Method, Phase
from models.widths import HIDDEN

CHANNELS = 32


class Stages(nn.Module):
    """A network whose stages' outputs can be looked at; the last is the hidden layer."""

    def __init__(self, *stages: nn.Module):
        super().__init__()
        self.stages = nn.ModuleList(stages)

    def outputs(self, x: Tensor) -> list[Tensor]:
        """What each stage gives, in order."""
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return found

    def forward(self, x: Tensor) -> Tensor:
        """The hidden layer."""
        return self.outputs(x)[-1]


class Divergence(Phase):
    """Clusters apart under the kernel of the hidden layer, points orthogonal or alike, near the corners.

        L = D(A, K) + mean a_i . a_j + D(M, K) + weight * sum over two stages D(A, K_l)

    A are the assignments, M their closeness to the corners of the simplex, K_l kernels of tensors.

    Source: [DDC], [UCO].
    """

    fine_tuning = False

    def parameters(self) -> list[nn.Parameter]:
        """All of the network."""
        return list(self.method.parameters())

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        settings, method = self.method.settings, cast(DDCUCO, self.method)
        *before, hidden = method.encoder.outputs(method.view(index))
        a = method.head(hidden).softmax(1)
        kernel = gaussian_kernel(hidden, sigma=settings.sigma)
        losses = {
            "separation": cluster_divergence(a, kernel),
            "orthogonality": orthogonality(a),
            "corners": cluster_divergence(corner_closeness(a), kernel),
        }
        total = torch.stack(list(losses.values())).sum()
        if settings.companion == "uco":
            kernels = [tensor_kernel(h, sigma=settings.sigma) for h in before]
            companion = torch.stack([cluster_divergence(a, k) for k in kernels]).sum()
            losses["companion"] = companion
            total = total + settings.companion_weight * companion
        return {**losses, "total": total}

    def gradients(self, index: Tensor) -> dict[str, Tensor]:
        """The gradient, shortened where it is too long."""
        losses = super().gradients(index)
        nn.utils.clip_grad_norm_(self.parameters(), self.method.settings.clip)
        return losses

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The largest assignment; centers are means of the hidden layer, weighted by the assignments."""
        a = cast(DDCUCO, self.method).head(z).softmax(1)
        confidence, assignments = a.max(1)
        return Assignment(assignments, confidence, (a.T @ z) / a.sum(0)[:, None].clamp_min(1e-12))


class DDCUCO(Method):
    """Two stages, a hidden layer, a linear head."""

    def build(self, generator: torch.Generator) -> None:
        """Convolutional stages for pictures, else one layer a stage."""
        settings, data = self.settings, self.data
        if settings.network == "conv" or (settings.network == "auto" and data.image_shape is not None):
            first, second, flat = convolutional_stages(data.image_shape)
        else:
            first, second, flat = dense_stages(data.x.shape[1], HIDDEN[self.network])
        d = settings.latent_dim
        last = nn.Sequential(nn.Flatten(), nn.Linear(flat, d), nn.ReLU(), nn.BatchNorm1d(d))
        self.encoder = Stages(*(seeded(stage, generator) for stage in (first, second, last)))
        self.head = seeded(nn.Sequential(nn.Linear(d, settings.clusters)), generator)

    def make_phases(self) -> tuple[Phase, ...]:
        """One."""
        return (Divergence(self, "clustering"),)


def convolutional_stages(
    image_shape: tuple[int, ...] | None,
) -> tuple[nn.Sequential, nn.Sequential, int]:
    """5x5 - 5x5 - BN - pool, 3x3 - 3x3 - BN - pool with 32 channels, and how many numbers they leave."""
    channels, height, width = pictures_only(image_shape, network="conv")
    if min(height, width) < 20:
        raise NetworkError(
            f"network=conv of DDC-UCO takes pictures of at least 20 x 20, got {height} x {width}: "
            "use network=fc."
        )
    stages = []
    for fan_in, kernel in ((channels, 5), (CHANNELS, 3)):
        stages.append(
            nn.Sequential(
                nn.Conv2d(fan_in, CHANNELS, kernel), nn.ReLU(), nn.Conv2d(CHANNELS, CHANNELS, kernel),
                nn.BatchNorm2d(CHANNELS), nn.ReLU(), nn.MaxPool2d(2),
            )
        )  # fmt: skip
    first = nn.Sequential(nn.Unflatten(1, (channels, height, width)), *stages[0])
    left = [((side - 8) // 2 - 4) // 2 for side in (height, width)]
    return first, stages[1], CHANNELS * left[0] * left[1]


def dense_stages(input_dim: int, hidden: tuple[int, ...]) -> tuple[nn.Sequential, nn.Sequential, int]:
    """The hidden layers of a fully connected network in two stages; the second may be empty."""
    widths = (input_dim, *hidden)
    layers = [nn.Sequential(nn.Linear(a, b), nn.ReLU(), nn.BatchNorm1d(b)) for a, b in pairwise(widths)]
    half = (len(layers) + 1) // 2
    return nn.Sequential(*layers[:half]), nn.Sequential(*layers[half:]), widths[-1]
