"""What the estimators see around one point: its neighbors, their main axes, the dimension as they grow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from dcviz.geometry.estimate import Estimate, missing
from dcviz.geometry.linear import covariance
from dcviz.geometry.scales import ScalePoint

MOST = 200


@dataclass(frozen=True)
class Neighborhood:
    """The nearest others of one point.

    Args:
        point: row of the point.
        indices: (K,) rows of its neighbors, nearest first, the point itself left out.
        distances: (K,) float64 ascending, unit of the latents.
    """

    point: int
    indices: np.ndarray
    distances: np.ndarray

    @property
    def size(self) -> int:
        """How many neighbors were looked up, K."""
        return len(self.indices)


@dataclass(frozen=True)
class LocalView:
    """A neighborhood of k points as local PCA sees it.

    Args:
        center: (d,) mean of the point and its k neighbors.
        axes: (d, d) principal directions, orthonormal rows, widest first.
        spectrum: (d,) variance along each, unit of the latents squared.
        components: fewest axes that hold the wanted share of the variance; 0 if all points are equal.
        participation: (sum v)^2 / sum v^2, NaN if all points are equal.
    """

    center: np.ndarray
    axes: np.ndarray
    spectrum: np.ndarray
    components: int
    participation: float

    def coordinates(self, z: np.ndarray) -> np.ndarray:
        """Points (n, d) along the first two axes, (n, 2); the second is 0 in one dimension."""
        along = (np.asarray(z, np.float64) - self.center) @ self.axes[:2].T
        return np.pad(along, ((0, 0), (0, 2 - along.shape[1])))


def neighborhood(z: np.ndarray, point: int, *, most: int = MOST) -> Neighborhood:
    """Find the nearest others of one point, by direct differences.

    Args:
        z: (n, d) finite latents.
        point: a row.
        most: how many to look up; n - 1 if there are no more.

    Raises:
        ValueError: if there is no such row.
    """
    if not 0 <= point < len(z):
        raise ValueError(f"There is no point {point}: rows go from 0 to {len(z) - 1}.")
    squared = ((np.asarray(z, np.float64) - np.asarray(z[point], np.float64)) ** 2).sum(1)
    squared[point] = np.inf
    k = min(most, len(z) - 1)
    near = np.argpartition(squared, k - 1)[:k] if k else np.zeros(0, np.int64)
    near = near[np.lexsort((near, squared[near]))]
    return Neighborhood(point, near, np.sqrt(squared[near]))


def local_view(z: np.ndarray, hood: Neighborhood, *, k: int, threshold: float = 0.9) -> LocalView:
    """Look at a point and its k nearest through a local PCA.

    Coordinates are not standardized here: that would depend on how the latents happen to be turned.

    Args:
        z: (n, d) latents.
        hood: neighborhood of the point.
        k: neighbors to take, 1 .. K.
        threshold: share of the variance that `components` have to hold.

    Raises:
        ValueError: if k is not in 1 .. K.
    """
    if not 1 <= k <= hood.size:
        raise ValueError(f"k must lie in 1 .. {hood.size}, the neighbors that were looked up, got {k}.")
    points = np.asarray(z[np.append(hood.point, hood.indices[:k])], np.float64)
    variances, directions = np.linalg.eigh(covariance(points))
    spectrum, axes = variances[::-1].clip(0), directions[:, ::-1].T
    # A direction and its opposite are the same axis; the largest entry is made positive.
    axes = axes * np.sign(np.take_along_axis(axes, np.abs(axes).argmax(1)[:, None], 1))
    total = float(spectrum.sum())
    if total == 0:
        return LocalView(points.mean(0), axes, spectrum, 0, float("nan"))
    components = int(np.searchsorted(np.cumsum(spectrum) / total, threshold * (1 - 1e-12)) + 1)
    share = spectrum / total
    return LocalView(points.mean(0), axes, spectrum, components, float(1 / (share**2).sum()))


def dimension_by_size(hood: Neighborhood, *, sizes: Sequence[int] | None = None) -> list[ScalePoint]:
    """Estimate the ID around one point from ever more of its neighbors: (k - 2) / sum_{j<k} log(r_k / r_j).

    If the neighborhood is evenly filled, the sum is Gamma(k - 1) distributed over the dimension, which gives
    an exact 95 % interval. Where the estimate leaves it as k grows, the neighborhood has stopped being flat
    and even: it bends, ends, or meets another cluster.

    Args:
        hood: neighborhood of the point.
        sizes: values of k, 3 .. K; all by default.

    Returns:
        One entry a size: k, r_k (unit of the latents), ID with its interval; NaN with the reason where
        duplicates lie on the point or all distances are equal.

    Raises:
        ValueError: if a size lies outside 3 .. K.

    Source: [Levina, Bickel 2004] with the unbiased factor of MacKay and Ghahramani.
    """
    sizes = range(3, hood.size + 1) if sizes is None else sizes
    for k in sizes:
        if not 3 <= k <= hood.size:
            raise ValueError(f"k must lie in 3 .. {hood.size}, the neighbors that were looked up, got {k}.")
    return [ScalePoint(k, float(hood.distances[k - 1]), _local_id(hood.distances[:k])) for k in sizes]


def _local_id(distances: np.ndarray) -> Estimate:
    k = len(distances)
    if distances[0] == 0:
        return missing("Duplicates lie on this point.", n=k)
    total = float(np.log(distances[-1] / distances[:-1]).sum())
    if total == 0:
        return missing("All neighbors are equally far.", n=k)
    low, high = (float(gammaincinv(k - 1, p)) / total for p in (0.025, 0.975))
    return Estimate((k - 2) / total, low, high, k)
