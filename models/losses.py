"""Losses: pure functions of tensors. Papers' reductions differ by a factor of D, so names say which."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def mean_squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """Squared error averaged over the batch and over coordinates: 1/(B D) sum (x - x_hat)^2."""
    return functional.mse_loss(x_hat, x)


def summed_squared_error(x_hat: Tensor, x: Tensor) -> Tensor:
    """Squared error summed over coordinates, averaged over the batch: 1/B sum_i |x_i - x_hat_i|^2."""
    return functional.mse_loss(x_hat, x) * x.shape[1]


def reconstruction_error(x_hat: Tensor, x: Tensor, *, reduction: str) -> Tensor:
    """The one of the two above that a setting names: "mean" or "sum" over coordinates."""
    return summed_squared_error(x_hat, x) if reduction == "sum" else mean_squared_error(x_hat, x)


def masked_mean_squared_error(z: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean squared error of the masked rows, divided by B d of the whole batch: empty masks give 0.

    Args:
        z: (B, d).
        target: (B, d).
        mask: (B,) 0 or 1, of z's type.
    """
    return ((z - target).square() * mask[:, None]).mean()


def squared_distances(z: Tensor, centers: Tensor) -> Tensor:
    """|z_i - mu_j|^2, (B, K), by direct differences, which do not cancel when clusters are tight."""
    return (z[:, None, :] - centers).square().sum(2)  # (B, K, d) summed over d


def soft_assignments(z: Tensor, centers: Tensor) -> Tensor:
    """How much each point belongs to each center: q_ij = 1/(1 + |z_i - mu_j|^2), rows scaled to sum 1.

    Source: [DEC, Eq. 1] with one degree of freedom.
    """
    kernel = 1 / (1 + squared_distances(z, centers))
    return kernel / kernel.sum(1, keepdim=True)


def target_distribution(q: Tensor) -> Tensor:
    """Sharpen assignments: p_ij = q_ij^2 / f_j, rows scaled to sum 1; f_j = sum_i q_ij over the whole set.

    Args:
        q: (n, K), all points, not a batch: f_j keeps large clusters from swallowing small ones.

    Source: [DEC, Eq. 3].
    """
    weight = q.square() / q.sum(0)
    return weight / weight.sum(1, keepdim=True)


def kl_divergence(p: Tensor, q: Tensor) -> Tensor:
    """KL(P || Q): summed over clusters, averaged over the batch; entries with p = 0 count nothing.

    Source: [DEC, Eq. 2].
    """
    return (torch.xlogy(p, p) - p * q.log()).sum(1).mean()
