"""Cauchy-Schwarz divergence between clusters, under a kernel of vectors or of tensors."""

from __future__ import annotations

import torch
from torch import Tensor

TINY = 1e-9
RIDGE = 1e-4


def gaussian_kernel(h: Tensor, *, sigma: float) -> Tensor:
    """exp(-|h_i - h_j|^2 / (2 s^2)), s^2 a share of the median squared distance, without gradient through it.

    Args:
        h: (B, d).
        sigma: that share; .15 as published.
    """
    squared = (h[:, None] - h).square().sum(2)
    return torch.exp(-squared / (2 * sigma * squared.detach().median()).clamp_min(TINY))


def tensor_kernel(h: Tensor, *, sigma: float) -> Tensor:
    """The same kernel on tensors, by the subspaces that their unfoldings span.

    Unfold each tensor along each mode to a matrix, take the projection P onto the space of its rows, and sum
    |P_i - P_j|_F^2 over the modes. Rows are made orthonormal by Cholesky's factor of their products, with a
    small ridge: it spans the same space as the published eigenvectors, and has a gradient where those cross.

    Args:
        h: (B, m_1, ..., m_r) intermediate outputs, or (B, d) vectors, which span a line each.
        sigma: share of the median distance.

    Source: [UCO], after Signoretto et al., 2011.
    """
    if h.dim() == 2:
        h = h[:, None]
    total = torch.zeros(len(h), len(h), device=h.device)
    for mode in range(1, h.dim()) if h.dim() > 3 else (1,):
        basis = orthonormal_rows(h.movedim(mode, 1).flatten(2))  # (B, m, rest)
        count = basis.shape[1]
        flat = basis.flatten(0, 1)
        shared = (flat @ flat.T).square().view(len(h), count, len(h), count).sum((1, 3))
        own = shared.diagonal()
        total = total + own[:, None] + own - 2 * shared
    return torch.exp(-total / (2 * sigma * total.detach().median()).clamp_min(TINY))


def orthonormal_rows(x: Tensor) -> Tensor:
    """Rows of each matrix (B, m, l) made orthonormal, spanning what they spanned."""
    products = x @ x.mT
    scale = products.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
    ridge = (RIDGE * scale + TINY) * torch.eye(x.shape[1], device=x.device)
    factor = torch.linalg.cholesky_ex(products + ridge)[0]
    return torch.linalg.solve_triangular(factor, x, upper=False)


def cluster_divergence(a: Tensor, kernel: Tensor) -> Tensor:
    """How much clusters overlap: a_i' K a_j / sqrt(a_i' K a_i a_j' K a_j), averaged over pairs of columns.

    0 where clusters are apart, 1 where they are the same.

    Args:
        a: (B, K) assignments.
        kernel: (B, B).

    Source: [DDC].
    """
    overlap = a.T @ kernel @ a
    own = overlap.diagonal().clamp_min(TINY)
    relative = overlap / (own[:, None] * own).sqrt()
    clusters = a.shape[1]
    return relative.triu(1).sum() * 2 / (clusters * (clusters - 1))


def orthogonality(a: Tensor) -> Tensor:
    """How alike the assignments of two points are, a_i . a_j averaged over pairs i < j."""
    return (a @ a.T).triu(1).sum() * 2 / (len(a) * (len(a) - 1))


def corner_closeness(a: Tensor) -> Tensor:
    """How near each assignment is to each corner of the simplex: exp(-|a_i - e_k|^2), (B, K)."""
    corners = torch.eye(a.shape[1], device=a.device)
    return torch.exp(-(a[:, None] - corners).square().sum(2))
