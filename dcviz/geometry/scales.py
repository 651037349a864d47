"""Intrinsic dimension by scale: Gride over neighbor ranks, TwoNN over sub-samples, and point by point."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dcviz.geometry.estimate import SMALLEST, Estimate, missing, too_few
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.twonn import WIDENING, two_nn


@dataclass(frozen=True)
class ScalePoint:
    """ID at one scale: `k` rank (Gride) or number of blocks, `scale` the mean distance at which it looks."""

    k: int
    scale: float
    id: Estimate


def gride(distances: np.ndarray, *, ranks: Sequence[int] | None = None) -> list[ScalePoint]:
    """Estimate the ID at growing scales from the ratio of the 2k-th to the k-th neighbor's distance.

    The likelihood of mu = r_2k / r_k for dimension d is d (mu^d - 1)^(k-1) mu^(-d(2k-1)-1) / B(k, k); its
    maximum is found by Newton's method, with n - 1 for n in its first term, so that k = 1 is the unbiased
    maximum-likelihood TwoNN. A value that falls as k grows means noise at
    the small scale.

    Args:
        distances: (n, M) ascending, the point itself left out; unit of the latents.
        ranks: values of k with 2k <= M; 1, 2, 4, ... by default.

    Returns:
        One entry a rank: k, mean of r_k and r_2k (unit of the latents), ID with a 95 % interval (Fisher
        information, widened by 1.25 as for TwoNN).

    Raises:
        ValueError: if a rank needs more neighbors than there are.

    Source: [Gride: Denti et al. 2022].
    """
    width = distances.shape[1]
    if ranks is None:
        ranks = [2**i for i in range(max(width, 1).bit_length()) if 2 ** (i + 1) <= width]
    for k in ranks:
        if not 1 <= k <= width // 2:
            raise ValueError(
                f"Rank k = {k} needs {2 * k} neighbors a point, the graph holds {width}. "
                f"Use ranks up to {width // 2}, or build it anew with neighbor_graph(z, m={2 * k})."
            )
    return [_gride_at(distances, k) for k in ranks]


def block_analysis(
    z: np.ndarray, *, blocks: Sequence[int] = (1, 2, 4, 8, 16, 32), seed: int = 0, method: str = "linear"
) -> list[ScalePoint]:
    """Estimate the ID on ever smaller random blocks of the data.

    With fewer points the neighbors are farther apart, so this shows the dependence on scale. Its spread over
    blocks is not a confidence interval: low and high are the smallest and largest block.

    Args:
        z: (n, d) latents, finite.
        blocks: into how many blocks to cut; counts that leave blocks below 20 points are skipped.
        seed: of the random cut.
        method: TwoNN method.

    Returns:
        One entry a block count: k blocks, mean distance to the nearest neighbor, mean ID over blocks.

    Source: [TwoNN: Facco et al. 2017], block analysis.
    """
    order = np.random.default_rng(seed).permutation(len(z))
    points = []
    for count in blocks:
        if len(z) // count < SMALLEST:
            continue
        graphs = [neighbor_graph(z[rows], m=2, exact=True) for rows in np.array_split(order, count)]
        values = [estimate.value for estimate in (two_nn(graph, method=method) for graph in graphs)]
        known = np.array([value for value in values if np.isfinite(value)])
        scale = float(np.mean([graph.distances[:, 0].mean() for graph in graphs]))
        size = len(z) // count
        estimate = (
            Estimate(float(known.mean()), float(known.min()), float(known.max()), size)
            if len(known)
            else missing("No block has enough distinct points.", n=size)
        )
        points.append(ScalePoint(count, scale, estimate))
    return points


def local_dimension(distances: np.ndarray, *, k: int | None = None) -> np.ndarray:
    """Estimate the ID around each point: (k - 2) / sum_{j<k} log(r_k / r_j).

    Noisy for one point (standard deviation about d / sqrt(k - 3)); read it as a map, not as a number.

    Args:
        distances: (n, M) ascending, the point itself left out; unit of the latents.
        k: neighbors to use, 3 .. M; all by default.

    Returns:
        (n,) ID, no unit; NaN where the k distances are all equal or duplicates make the sum infinite.

    Raises:
        ValueError: if k lies outside 3 .. M.

    Source: [Levina, Bickel 2004] with the unbiased factor of MacKay and Ghahramani.
    """
    k = distances.shape[1] if k is None else k
    if not 3 <= k <= distances.shape[1]:
        raise ValueError(f"k must lie in 3 .. {distances.shape[1]} (the neighbors at hand), got {k}.")
    near = np.asarray(distances[:, :k], np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = (k - 1) * np.log(near[:, -1]) - np.log(near[:, :-1]).sum(1)
        return np.where(np.isfinite(total) & (total > 0), (k - 2) / total, np.nan)


def _gride_at(distances: np.ndarray, k: int) -> ScalePoint:
    near = np.asarray(distances[:, k - 1], np.float64)
    far = np.asarray(distances[:, 2 * k - 1], np.float64)
    scale = float(0.5 * (near.mean() + far.mean())) if len(near) else float("nan")
    usable = (near > 0) & (far > near)
    n = int(usable.sum())
    if n < SMALLEST:
        return ScalePoint(k, scale, too_few(n, what="distinct points"))
    log_mu = np.log(far[usable] / near[usable])
    d = _solve(log_mu, k)
    half = WIDENING * 1.96 / np.sqrt(_information(log_mu, k, d))
    return ScalePoint(k, scale, Estimate(float(d), float(d - half), float(d + half), n))


def _solve(log_mu: np.ndarray, k: int) -> float:
    """Find the root of (n-1)/d + (k-1) sum x/(1 - e^(-x d)) - (2k-1) sum x, x = log mu."""
    n, total = len(log_mu), log_mu.sum()
    # Start where the mean of x matches its expectation (1/k + ... + 1/(2k-1)) / d.
    d = n * (1.0 / np.arange(k, 2 * k)).sum() / total
    for _ in range(100):
        score = (n - 1) / d + (k - 1) * (log_mu / -np.expm1(-log_mu * d)).sum() - (2 * k - 1) * total
        step = score / _information(log_mu, k, d)
        d = max(d + step, 0.5 * d)
        if abs(step) < 1e-12 * d:
            break
    return float(d)


def _information(log_mu: np.ndarray, k: int, d: float) -> float:
    decay = np.exp(-log_mu * d)
    return float(len(log_mu) / d**2 + (k - 1) * (log_mu**2 * decay / np.expm1(-log_mu * d) ** 2).sum())
