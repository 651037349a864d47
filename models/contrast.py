"""Contrastive losses on rows (points) and on columns (clusters), and the balance of clusters."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional


def contrastive_loss(a: Tensor, b: Tensor, *, temperature: float) -> Tensor:
    """NT-Xent: each vector should find its partner among the 2N - 1 others, by cosine similarity s.

        l_i = -ln exp(s(i, partner) / tau) / sum over j != i of exp(s(i, j) / tau),   mean over all 2N

    The sum holds the partner too, as the released code of CC has it (the formula in CCES leaves it out).

    Args:
        a: (N, d), first views: points, or columns of assignments.
        b: (N, d), second views in the same order.
        temperature: tau.

    Source: [CC].
    """
    both = functional.normalize(torch.cat([a, b]).float())
    similarity = both @ both.T / temperature
    own = torch.eye(len(both), dtype=torch.bool, device=both.device)
    others = similarity.masked_fill(own, -torch.inf).logsumexp(1)
    partner = (both * both.roll(len(a), 0)).sum(1) / temperature
    return (others - partner).mean()


def imbalance(v: Tensor) -> Tensor:
    """How unevenly a batch fills the clusters: ln K - H(P), P the column means; 0 where all are as full.

    Args:
        v: (B, K) assignments.

    Source: [CC]; the published term is -H, the same but for a constant.
    """
    p = v.float().mean(0)
    return math.log(v.shape[1]) + torch.xlogy(p, p).sum()
