"""Learning from pairs: which pairs are surely alike or unlike, and what that asks of their assignments."""

from __future__ import annotations

import torch
from torch import Tensor, nn

MNET_WIDTH = 128
SURE, UNTHINKABLE = 0.99, 0.01


def mnet(latent_dim: int, clusters: int, generator: torch.Generator) -> nn.Sequential:
    """MNet: d - 128 - 128 - K with batch normalization and ReLU; its softmax are the assignments q.

    Xavier-uniform weights, biases 0.

    Args:
        latent_dim: d.
        clusters: K.
        generator: source of the weights, on the CPU.
    """
    layers: list[nn.Module] = []
    for fan_in in (latent_dim, MNET_WIDTH):
        layers += [nn.Linear(fan_in, MNET_WIDTH), nn.BatchNorm1d(MNET_WIDTH), nn.ReLU()]
    layers.append(nn.Linear(MNET_WIDTH, clusters))
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def chosen_pairs(soft: Tensor, others: Tensor, *, zeta: float, gamma: float) -> tuple[Tensor, Tensor]:
    """Tell which pairs are surely alike and which surely unlike: S_ij = a_i . b_j > zeta, S_ij < gamma.

    Args:
        soft: (B, K) memberships or assignments a, rows summing to 1.
        others: (C, K) of the partners b.
        zeta: above it a pair is similar; over 2/3 both prefer the same cluster (Theorem 2).
        gamma: below it a pair is dissimilar.

    Returns:
        similar and dissimilar, both (B, C) bool.

    Source: [DCSS, Eq. 4].
    """
    similarity = soft @ others.T
    return similarity > zeta, similarity < gamma


def pair_loss(q: Tensor, similar: Tensor, dissimilar: Tensor) -> tuple[Tensor, Tensor]:
    """Ask similar pairs to agree and dissimilar ones not to; all ordered pairs, a point with itself too.

        L_M = sum_ij 1{similar} (1 - q_i . q_j) + 1{dissimilar} q_i . q_j

    The pair (i, i) of a sure point asks for a one-hot q_i.

    Args:
        q: (B, K) assignments.
        similar: (B, B) bool.
        dissimilar: (B, B) bool.

    Returns:
        the sum over similar and the sum over dissimilar pairs.

    Source: [DCSS, Eq. 5].
    """
    agreement = q @ q.T
    return (similar * (1 - agreement)).sum(), (dissimilar * agreement).sum()


def settled(q: Tensor) -> Tensor:
    """Take entries above .99 for 1 and below .01 for 0: they are learned enough and get no gradient.

    Source: the released code of DCSS; the paper does not mention it.
    """
    q = torch.where(q > SURE, torch.ones_like(q), q)
    return torch.where(q < UNTHINKABLE, torch.zeros_like(q), q)


def one_hot_residual(q: Tensor) -> Tensor:
    """How far each q_i is from a clear answer: h_i = |onehot(argmax q_i) - q_i|_1 = 2 (1 - max q_i), in 0..2.

    Args:
        q: (n, K), rows summing to 1.

    Returns:
        (n,).
    """
    return 2 * (1 - q.max(1).values)
