"""Self-expression: each point as a combination of others, and the clusters that the combinations show."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import svds
from torch import Tensor
from torch.nn import functional

from dcviz.geometry.clusters import k_means

SURE = 0.8
ENOUGH = 1e-3
POWER = 5
STARTS = 20
TINY = 1e-12


def similarity(coefficients: Tensor) -> Tensor:
    """W = (|C| + |C^T|) / 2, (n, n)."""
    return (coefficients.abs() + coefficients.abs().T) / 2


def smoothness(x: Tensor, x_hat: Tensor, w: Tensor) -> Tensor:
    """tr(X^T L X_hat), L the symmetric normalized Laplacian of W + I: neighbors should be rebuilt alike.

    Args:
        x: (n, D).
        x_hat: (n, D).
        w: (n, n) similarity.

    Source: [PSSC].
    """
    root = (w.sum(1) + 1).rsqrt()[:, None]
    scaled = root * x_hat
    return (x * (x_hat - root * (w @ scaled + scaled))).sum()


def confident_cross_entropy(logits: Tensor) -> Tensor:
    """Cross-entropy with the own largest output as label, over the points where it exceeds .8; 0 if none.

    Args:
        logits: (n, K).
    """
    confidence, label = logits.detach().softmax(1).max(1)
    each = functional.cross_entropy(logits, label, reduction="none")
    sure = (confidence > SURE).to(each.dtype)
    return (each * sure).sum() / sure.sum().clamp_min(1)


def structure(w: Tensor, soft: Tensor) -> Tensor:
    """No similarity between clusters, some within, and clusters of one size.

        sum_ij relu((1 - e_ij) W_ij) + relu(e_ij (.001 - W_ij)) + sum_k (sum_i phi_ik)^2 / n

    e_ij says whether i and j have one label (the released code compares a vector with itself, which
    makes all e_ij one). The last sum is divided by n to stay beside the others.

    Args:
        w: (n, n).
        soft: (n, K), rows summing to 1.
    """
    label = soft.argmax(1)
    together = (label[:, None] == label).to(w.dtype)
    pairs = ((1 - together) * w).relu().sum() + (together * (ENOUGH - w)).relu().sum()
    return pairs + soft.sum(0).square().sum() / len(soft)


def largest_entries(coefficients: np.ndarray, *, share: float) -> np.ndarray:
    """Keep the largest entries of each column until they make up a share of its absolute sum."""
    size = np.abs(coefficients)
    order = np.argsort(-size, axis=0, kind="stable")
    ranked = np.take_along_axis(size, order, 0)
    before = ranked.cumsum(0) - ranked
    kept = np.zeros_like(coefficients)
    values = np.where(before < share * size.sum(0), np.take_along_axis(coefficients, order, 0), 0)
    np.put_along_axis(kept, order, values, 0)
    return kept


def affinity(coefficients: np.ndarray, *, share: float, rank: int) -> np.ndarray:
    """The affinity that spectral clustering gets: large coefficients, of low rank, sharpened.

    Keep the largest entries of each column; take the leading `rank` directions of the symmetric part, scaled
    by the roots of their weights, rows to length 1; raise their positive products to the 5th power.

    Args:
        coefficients: (n, n).
        share: rho.
        rank: d K + 1 for subspaces of dimension d.

    Returns:
        (n, n) symmetric, in 0..1.
    """
    kept = largest_entries(coefficients, share=share)
    even = (kept + kept.T) / 2
    u, weights = _leading(even.astype(np.float64), rank)
    rows = u * np.sqrt(weights)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), TINY)
    sharp = np.clip(rows @ rows.T, 0, 1) ** POWER
    return (sharp + sharp.T) / 2


def _leading(matrix: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    if rank >= len(matrix) - 1 or not matrix.any():
        u, weights, _ = np.linalg.svd(matrix)
        return u[:, :rank], weights[:rank]
    u, weights, _ = svds(matrix, k=rank, v0=np.ones(len(matrix)))
    return u, weights


def spectral_clusters(a: np.ndarray, clusters: int, *, seed: int) -> np.ndarray:
    """K-means on the leading eigenvectors of D^(-1/2) A D^(-1/2), rows brought to length 1.

    Args:
        a: (n, n) symmetric affinity.
        clusters: K.
        seed: of k-means.

    Returns:
        (n,) int.

    Source: Ng, Jordan and Weiss, 2002.
    """
    root = 1 / np.sqrt(np.maximum(a.sum(1), TINY))
    n = len(a)
    _, vectors = eigh(root[:, None] * a * root, subset_by_index=(n - clusters, n - 1))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), TINY)
    return k_means(vectors.astype(np.float32), clusters, seed=seed, n_init=STARTS).assignments
