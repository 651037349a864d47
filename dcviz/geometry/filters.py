"""The dual filter of R-DC: which points are core, and which of their neighbors are reliable.

Every function here uses array methods only, so the same code serves numpy arrays (pages, scores) and torch
tensors on the GPU (training). There is one implementation of each formula.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from dcviz.geometry.thresholds import READINGS, Thresholds, check_ratio, check_reading, check_tau

__all__ = [
    "READINGS",
    "Split",
    "Thresholds",
    "core_border_split",
    "core_share_law",
    "density_core",
    "distance_gaps",
    "neighbor_centroids",
    "neighbor_ratio",
    "reliable_neighbors",
    "split",
]

Array = Any  # a numpy array or a torch tensor

SMALLEST_RATIO = 1e-30
"""Ratio of a point with a duplicate next to it: r lies in (0, 1], so at lambda 0 every point is core."""


@dataclass(frozen=True)
class Split:
    """The two masks of the dual filter.

    Args:
        core: (n,) bool, True for core points; the rest are border points.
        reliable: (n, M) bool, True for reliable neighbors, of core and border points alike.
    """

    core: Array
    reliable: Array


def neighbor_ratio(distances: Array) -> Array:
    """Tell how even each neighborhood is: r_i = D_i1 / D_iM.

    Args:
        distances: (n, M), each row ascending, the point itself left out; unit of the latents.

    Returns:
        (n,) in (0, 1], no unit. Where all M neighbors are duplicates (D_iM = 0) it is 1.

    Source: [RDC, Eq. 4].
    """
    first, last = distances[:, 0], distances[:, -1]
    all_duplicates = last == 0
    # Adding the mask replaces 0 by 1 without a branch, in numpy and torch alike.
    return (first / (last + all_duplicates) + all_duplicates).clip(min=SMALLEST_RATIO)


def core_border_split(distances: Array, ratio: float) -> Array:
    """Tell core points from border points by how even their neighborhood is.

    Where a neighborhood is even, its M neighbors are about equally far; where one is close and another far,
    it is not. So compare the two ends of the sorted list:

        i is core  <=>  D_i1 / D_iM > ratio

    The ratio has no unit: scaling the latent space changes nothing. For locally uniform data of dimension m
    a share (1 - ratio^m)^(M-1) is core, whatever the density (see core_share_law).

    Args:
        distances: (n, M), each row ascending, the point itself left out; unit of the latents.
        ratio: lambda_ratio in [0, 1]. At 0 every point is core; at 1 none.

    Returns:
        (n,) bool, True for core points. A point whose M neighbors are all duplicates is core below ratio 1;
        a point without neighbors is border.

    Raises:
        ValueError: if ratio lies outside [0, 1].

    Source: [RDC, Eq. 4-6].
    """
    check_ratio(ratio)
    if distances.shape[1] == 0:
        return distances.sum(1) > 0
    return neighbor_ratio(distances) > ratio


def core_share_law(ratio: float, m: int, dimension: float) -> float:
    """Predict the share of core points from the dimension alone: (1 - ratio^dimension)^(m - 1).

    For locally uniform data, given D_M the other M - 1 neighbors fill its ball evenly, and each lies beyond
    ratio * D_M with chance 1 - ratio^dimension. The density cancels: the ratio filter measures the local
    dimension, not how dense a region is.

    Args:
        ratio: lambda_ratio in [0, 1].
        m: number of neighbors M, at least 1.
        dimension: local dimension of the data, above 0 (an intrinsic-dimension estimate will do).

    Returns:
        Share in [0, 1]; NaN where the dimension is NaN.

    Raises:
        ValueError: if ratio lies outside [0, 1].

    Source: derived in docs; checked on the flat torus by the tests.
    """
    check_ratio(ratio)
    return (1.0 - ratio**dimension) ** (m - 1)


def density_core(distances: Array, quantile: float) -> Array:
    """Tell core points by density instead: those whose M-th neighbor is near.

    An alternative to the ratio, to compare with: D_iM below its own quantile over the data set.

    Args:
        distances: (n, M), each row ascending; unit of the latents.
        quantile: share of the points to call core, in [0, 1].

    Returns:
        (n,) bool.

    Raises:
        ValueError: if the quantile lies outside [0, 1].
    """
    if not 0 <= quantile <= 1:
        raise ValueError(f"quantile must lie in [0, 1], got {quantile}.")
    if distances.shape[0] == 0 or distances.shape[1] == 0:
        return distances.sum(1) > 0
    return distances[:, -1] <= _quantile(distances[:, -1], quantile)


def distance_gaps(distances: Array) -> Array:
    """Tell how much farther each neighbor is than the nearest: D'_ij = D_ij - D_i1.

    Args:
        distances: (n, M), each row ascending; unit of the latents.

    Returns:
        (n, M), first column 0; unit of the latents.

    Source: [RDC, Eq. 7-8].
    """
    return distances - distances[:, :1]


def reliable_neighbors(distances: Array, tau_distance: float, *, reading: str = "paper") -> Array:
    """Tell which neighbors of each point are reliable: those hardly farther than its nearest.

        paper          D_ij - D_i1 < tau
        relative       D_ij - D_i1 < tau * median_i(D_i1)      (no unit; the nearest always stays)
        released code  D_ij - min_all(D) < tau                 (in effect an absolute radius)

    The released code never resets its running minimum from row to row; its order-free version is kept here
    because only it shows the trend that the paper draws. It can leave a point without any neighbor.

    Args:
        distances: (n, M), each row ascending, the point itself left out; unit of the latents.
        tau_distance: at least 0; unit of the latents, or none for the relative reading.
        reading: one of READINGS.

    Returns:
        (n, M) bool. With a positive threshold the readings "paper" and "relative" keep at least the nearest.

    Raises:
        ValueError: if the threshold is negative or the reading unknown.

    Source: [RDC, Eq. 7-10]; the released code of R-DC for the third reading.
    """
    check_tau(tau_distance)
    check_reading(reading)
    if distances.shape[0] == 0 or distances.shape[1] == 0:
        return distances > 0
    if reading == "released code":
        return distances - distances.min() < tau_distance
    gaps = distance_gaps(distances)
    if reading == "paper" or tau_distance == 0:
        return gaps < tau_distance
    return (gaps < tau_distance * _quantile(distances[:, 0], 0.5)) | (gaps == 0)


def neighbor_centroids(z: Array, indices: Array, reliable: Array) -> Array:
    """Tell where the reliable neighbors of each point have their center: c(z_i) = mean of z_j, j reliable.

    The point itself does not enter. A point without a reliable neighbor keeps its own code, as in the
    released code (with the paper's reading and a positive threshold that cannot happen).

    Args:
        z: (n, d) latents.
        indices: (n, M) neighbor rows.
        reliable: (n, M) bool.

    Returns:
        (n, d) in the unit and type of z.

    Source: [RDC, Eq. 11].
    """
    # One neighbor at a time: (n, M, d) never exists, which is both faster and M times smaller.
    total = z * 0
    for j in range(indices.shape[1]):
        total = total + z[indices[:, j]] * reliable[:, j : j + 1]
    count = reliable.sum(1)[:, None]
    none = count == 0
    return total / _same_type(count + none, z) + z * none


def split(distances: Array, thresholds: Thresholds) -> Split:
    """Tell core from border and reliable from unreliable at one setting of the thresholds.

    Args:
        distances: (n, >= M), each row ascending, the point itself left out; unit of the latents.
        thresholds: M, lambda_ratio, tau_distance and the reading. Of fewer than M neighbors all are used.

    Returns:
        The two masks; `reliable` is (n, min(M, width)).
    """
    near = distances[:, : thresholds.M]
    core = core_border_split(near, thresholds.lambda_ratio)
    return Split(core, reliable_neighbors(near, thresholds.tau_distance, reading=thresholds.reading))


def _same_type(values: Array, like: Array) -> Array:
    return values.astype(like.dtype) if hasattr(values, "astype") else values.to(like.dtype)


def _quantile(values: Array, q: float) -> Array:
    # torch tensors have the method, numpy arrays the function; both interpolate linearly.
    return values.quantile(q) if hasattr(values, "quantile") else np.quantile(values, q)
