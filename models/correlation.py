"""Pair distributions: how the closeness of all pairs of a batch is spread, and how two spreads differ.

Closeness of two points is the t-kernel k(a, b) = 1 / (1 + |a - b|^2).
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.neighbors import full_precision

SMALLEST = 1e-10


def kernel(a: Tensor) -> Tensor:
    """Closeness of all pairs of rows, 1 / (1 + |a_i - a_j|^2), with 1 on the diagonal.

    Distances come from products, in full precision: an error of 1e-5 is nothing beside the 1 of the kernel.

    Args:
        a: (B, d).

    Returns:
        (B, B).
    """
    a = a - a.mean(0)
    norms = a.square().sum(1)
    with full_precision():
        products = a @ a.T
    squared = (norms[:, None] + norms - 2 * products).clamp_min(0)
    return 1 / (1 + squared * (1 - eye(a)))


def pair_distribution(a: Tensor, *, norm: str) -> Tensor:
    """Scale the closeness of pairs to a distribution.

        global:   C_ij = k(a_i, a_j) / sum over all r != s of k(a_r, a_s), 0 for i = j    (paper)
        row_code: each row, a point with itself included, scaled to sum 1                 (released code)

    Args:
        a: (B, d) inputs, latents, reconstructions or assignments; B >= 2.
        norm: "global" or "row_code", as in the settings of CDC.

    Returns:
        (B, B).

    Source: [CDC, Eq. 5].
    """
    k = kernel(a)
    if norm == "row_code":
        return (k / k.sum(1, keepdim=True)).clamp(SMALLEST, 1)
    k = k * (1 - eye(a))
    return k / k.sum()


def sharpened(c: Tensor, *, norm: str) -> Tensor:
    """Square a pair distribution and divide by its column sums, then scale as before; as DEC sharpens q.

    Source: [CDC, Eq. 10-11].
    """
    weight = c.square() / c.sum(0)
    return weight / (weight.sum(1, keepdim=True) if norm == "row_code" else weight.sum())


def pair_divergence(p: Tensor, c: Tensor, *, norm: str) -> Tensor:
    """KL(p || c) over pairs: of the whole distribution, or of each row, averaged.

    Where all rows carry the same mass 1/B both are the same number.

    Args:
        p: (B, B), scaled by `norm`.
        c: (B, B), likewise.
        norm: "global" or "row_code", as in the settings of CDC.
    """
    if norm == "row_code":
        return (p * (p.clamp_min(SMALLEST).log() - c.log())).sum(1).mean()
    # log 1 = 0 on the diagonal instead of 0 log 0, whose gradient would be no number.
    one = eye(p)
    return (p * ((p + one).log() - (c + one).log())).sum()


def correlation_loss(c_z: Tensor, a: Tensor, *, norm: str) -> Tensor:
    """L_cr(Z, A) = KL(C_Z || C_A): latents should be as close as inputs or reconstructions are.

    The released code (`row_code`) sharpens C_Z first, and lets the gradient flow through that.

    Args:
        c_z: (B, B) pair distribution of the latents.
        a: (B, D) inputs or reconstructions.
        norm: "global" or "row_code", as in the settings of CDC.

    Source: [CDC, Eq. 6].
    """
    p = sharpened(c_z, norm=norm) if norm == "row_code" else c_z
    return pair_divergence(p, pair_distribution(a, norm=norm), norm=norm)


def affinity_loss(c_z: Tensor, q: Tensor, *, norm: str) -> Tensor:
    """L_a = KL(C_Q || C_Z): points assigned alike should be close; C_Q is sharpened.

    C_Q keeps its gradient: the centers learn from this loss through it alone.

    Args:
        c_z: (B, B) pair distribution of the latents.
        q: (B, K) soft assignments.
        norm: "global" or "row_code", as in the settings of CDC.

    Source: [CDC, Eq. 11].
    """
    c_q = sharpened(pair_distribution(q, norm=norm), norm=norm)
    return pair_divergence(c_q, c_z, norm=norm)


def pair_histogram(c: Tensor, edges: Tensor) -> Tensor:
    """How often a pair is how much closer than the average pair: counts of log10(c_ij B (B - 1)), i != j.

    Args:
        c: (B, B) global pair distribution.
        edges: (bins + 1,) ascending; values beyond count in the outer bins.

    Returns:
        (bins,) float32; with `edges` it says everything a histogram needs.
    """
    size = len(c)
    off = ~torch.eye(size, dtype=torch.bool, device=c.device)
    relative = (c[off] * (size * (size - 1))).clamp_min(SMALLEST).log10()
    bins = torch.bucketize(relative, edges[1:-1])
    return torch.zeros(len(edges) - 1, device=c.device).index_add_(0, bins, torch.ones_like(relative))


def eye(a: Tensor) -> Tensor:
    """Ones for each row with itself, (B, B), of the type and on the device of `a`."""
    return torch.eye(len(a), dtype=a.dtype, device=a.device)
