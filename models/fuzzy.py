"""Fuzzy memberships: how much each point belongs to each center, as fuzzy c-means says it."""

from __future__ import annotations

import torch
from torch import Tensor

from models.losses import squared_distances

NEAREST_SQUARED = 1e-12
"""Squared distances below this count as this, so that a point on a center has a finite logarithm."""


def memberships(u: Tensor, centers: Tensor, *, fuzziness: float) -> Tensor:
    """Share each point among the centers: p_ik ~ |u_i - mu_k|^(-2/(m-1)), rows scaled to sum 1.

    The nearer m is to 1, the more the nearest center takes; m = 1.5 weighs by distance^-4.
    Computed as a softmax of logarithms, which neither overflows on a center nor far from all.

    Args:
        u: (B, d).
        centers: (K, d).
        fuzziness: m > 1.

    Returns:
        (B, K).

    Source: [DCSS, Eq. 2].
    """
    logarithms = squared_distances(u, centers).clamp_min(NEAREST_SQUARED).log()
    return torch.softmax(-logarithms / (fuzziness - 1), dim=1)


def fuzzy_centers(u: Tensor, p: Tensor, *, fuzziness: float) -> Tensor:
    """Centers as weighted means: mu_k = sum_i p_ik^m u_i / sum_i p_ik^m.

    Args:
        u: (n, d), all points.
        p: (n, K) memberships.
        fuzziness: m, as in `memberships`.

    Returns:
        (K, d).

    Source: [DCSS, Eq. 3].
    """
    weights = p.pow(fuzziness)  # (n, K)
    return (weights.T @ u) / weights.sum(0)[:, None]


def renew_centers(centers: Tensor, u: Tensor, *, fuzziness: float) -> None:
    """Move centers (K, d) to the weighted means of all points, in place."""
    centers.copy_(fuzzy_centers(u, memberships(u, centers, fuzziness=fuzziness), fuzziness=fuzziness))
