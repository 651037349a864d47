"""Sample stability: how decided a point is about every cluster, and how evenly.

A co-association q near 0 or 1 is decided; the value t in between, which decides nothing, is found by Otsu.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.losses import squared_distances

BINS = 1_000
LOWEST = 1e-3
"""t stays this far from 0 and 1, where the determinacy would divide by 0."""


def co_association(z: Tensor, centers: Tensor, *, alpha: float) -> Tensor:
    """How much points and centers belong together: q_ij ~ (1 + |z_i - m_j|^2 / alpha)^(-(alpha + 1) / 2).

    Args:
        z: (B, d).
        centers: (K, d).
        alpha: degrees of freedom; 1 is the kernel of DEC.

    Returns:
        (B, K), rows summing to 1.

    Source: [DECS].
    """
    logarithms = -(alpha + 1) / 2 * (squared_distances(z, centers) / alpha).log1p()
    return logarithms.softmax(1)


def otsu_threshold(q: Tensor, *, bins: int = BINS) -> Tensor:
    """The value that splits numbers best into low and high ones: Otsu's, over a histogram on [0, 1].

    Of all edges between bins, the one with the largest variance between both sides,
    (mu_T w - mu)^2 / (w (1 - w)), with w the share of numbers below and mu w times their mean; the lowest
    where several are equal. A bin stands for its middle.

    Args:
        q: numbers in 0..1, any shape.
        bins: of the histogram.

    Returns:
        a number on the device of q, in [.001, .999].

    Source: [DECS], after Otsu, 1979.
    """
    values = q.detach().reshape(-1)
    index = (values * bins).long().clamp(0, bins - 1)
    counts = torch.zeros(bins, device=q.device).index_add_(0, index, torch.ones_like(values).float())
    share = (counts / values.numel()).double()
    middles = (torch.arange(bins, device=q.device) + 0.5) / bins
    below, moment = share.cumsum(0)[:-1], (share * middles).cumsum(0)
    spread = below * (1 - below)
    between = (moment[-1] * below - moment[:-1]).square() / spread.clamp_min(1e-12)
    edge = torch.where(spread > 1e-12, between, torch.zeros_like(between)).argmax() + 1
    return (edge / bins).clamp(LOWEST, 1 - LOWEST).to(q.dtype)


def determinacy(q: Tensor, t: Tensor, *, form: str) -> Tensor:
    """How decided each q is: f = ((q - t) / t)^2 below t, ((q - t) / (1 - t))^2 above; 0 at t, 1 at 0 and 1.

    Args:
        q: any shape, in 0..1.
        t: the value that decides nothing, in (0, 1).
        form: "squared" (paper), or "absolute": without the square (released code).

    Source: [DECS].
    """
    f = torch.where(q < t, (t - q) / t, (q - t) / (1 - t))
    return f.square() if form == "squared" else f


def stability(f: Tensor, *, weight: float) -> Tensor:
    """Decided on average, and evenly: s_i = mean_j f_ij - lambda_s Var_j f_ij.

    Args:
        f: (B, K) determinacy.
        weight: lambda_s.

    Returns:
        (B,), 1 for one-hot q.

    Source: [DECS].
    """
    return f.mean(1) - weight * f.var(1, correction=0)
