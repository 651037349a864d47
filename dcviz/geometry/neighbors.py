"""The neighbor graph: the M nearest other points of every point, right also where latents have collapsed."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dcviz.geometry import search

BACKENDS = ("auto", "kdtree", "brute", "faiss")

ONE_THREAD = 5_000
"""Up to so many numbers (n d) a search is over before a second thread is under way."""
GUARD_RATIO = 1e-4
"""Below this ratio of squares a float32 |x|^2 + |y|^2 - 2xy kernel has lost the distances."""
FLOAT32_REACH = 2.0**-30, 2.0**45
"""Sizes of latents whose squares, and those of neighbor distances, float32 holds; outliers included."""


@dataclass(frozen=True)
class NeighborGraph:
    """The M nearest neighbors of every point, the point itself left out.

    Args:
        indices: (n, M) int32, row i lists the neighbors of point i, nearest first.
        distances: (n, M) float32, ascending; unit of the latents.
        backend: how it was found, e.g. "kdtree", "faiss ivf nprobe 32", "torch".
        recall: share of true neighbors found, measured on a sample of exact rows; 1.0 for exact back ends,
            None if nobody measured it.
        collapsed: True if neighbors lie over 100 times closer than evenly spread points would (is_collapsed).
    """

    indices: np.ndarray
    distances: np.ndarray
    backend: str = "unknown"
    recall: float | None = None
    collapsed: bool = False

    @property
    def n(self) -> int:
        """Number of points."""
        return self.indices.shape[0]

    @property
    def width(self) -> int:
        """Number of neighbors held for each point, M_max (n - 1 in tiny sets)."""
        return self.indices.shape[1]

    def first(self, k: int) -> "NeighborGraph":
        """Slice the k nearest neighbors; equal to searching again with m = k.

        Raises:
            ValueError: if k is not in 1 .. width. A larger k needs a new search.
        """
        if not 1 <= k <= self.width:
            raise ValueError(
                f"This graph holds {self.width} neighbors a point, {k} were asked for. "
                f"Ask for 1 to {self.width}, or build it anew with neighbor_graph(z, m={k})."
            )
        return NeighborGraph(
            self.indices[:, :k], self.distances[:, :k], self.backend, self.recall, self.collapsed
        )


def float32_kernel_is_unsafe(*, median_nearest_squared: float, mean_squared_norm: float) -> bool:
    """Tell whether distances from a float32 |x|^2 + |y|^2 - 2xy kernel would be wrong here.

    That kernel subtracts numbers of size |x|^2, so its error is about 1e-7 |x|^2. Once the nearest neighbors
    are closer than that allows, it returns zeros and wrong neighbors. Ask after subtracting the mean of the
    latents; the rule also fires when the distances come from the kernel itself, because its
    errors are small too. When it fires, search again by direct differences.

    Args:
        median_nearest_squared: median over points of D_i1^2.
        mean_squared_norm: mean over points of |x_i|^2 after centering, same unit.

    Returns:
        True if the median is under GUARD_RATIO of the mean.
    """
    return bool(median_nearest_squared < GUARD_RATIO * mean_squared_norm)


def reach(mean_squared_norm: float) -> float:
    """The power of two to divide centered latents by so that float32 holds their squares; mostly 1.

    Squares of 1e20 lie beyond float32 and those of 1e-23 vanish in it: an engine that ranks by them names
    wrong neighbors, and faiss ends the whole process. Dividing by a power of two rounds nothing.

    Args:
        mean_squared_norm: mean over points of |x_i|^2 after centering, in float64.

    Returns:
        1 where the root of that lies in FLOAT32_REACH, is 0 or no number; else the power of two above it.
    """
    size = math.sqrt(mean_squared_norm)
    low, high = FLOAT32_REACH
    if not size or not math.isfinite(size) or low <= size <= high:
        return 1.0
    return math.ldexp(1.0, math.frexp(size)[1])


def is_collapsed(*, median_nearest_squared: float, mean_squared_norm: float, n: int, d: int) -> bool:
    """Tell whether neighbors are over 100 times closer than n points spread evenly in d dimensions.

    Evenly spread points have D_1 of about R n^(-1/d), with R^2 the mean squared norm; so

        collapsed  <=>  median(D_1^2) < 1e-4 R^2 n^(-2/d)

    It has no unit. It is a finding to show (clusters shrunk to specks or curves), not an error.

    Args:
        median_nearest_squared: median over points of D_i1^2.
        mean_squared_norm: R^2, mean over points of |x_i|^2 after centering, same unit.
        n: number of points.
        d: number of coordinates.

    Returns:
        True if collapsed; False for fewer than two points.
    """
    if n < 2 or d < 1:
        return False
    even = mean_squared_norm * float(n) ** (-2.0 / d)
    return bool(median_nearest_squared <= GUARD_RATIO * even)


def neighbor_graph(
    z: np.ndarray,
    *,
    m: int = 15,
    backend: str = "auto",
    exact: bool = False,
    seed: int = 0,
    workers: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> NeighborGraph:
    """Find the m nearest other points of every point.

    All work is done on centered float64 coordinates and the distances are direct differences, so a cluster
    1/10,000 as wide as the gaps between clusters, or an offset of 100, changes nothing. "auto" chooses by
    timing 1,000 queries; an approximate engine is calibrated on exact rows and its recall stored.

    Args:
        z: (n, d) latents, finite.
        m: neighbors a point; lowered to n - 1 when there are fewer points (see the width of the result).
        backend: one of BACKENDS. "faiss" needs the faiss package; the others do not.
        exact: True refuses approximate back ends.
        seed: of the sampled rows of probe and calibration.
        workers: threads; 0 takes OMP_NUM_THREADS or all cores, and one for a tiny set.
        progress: called with the number of points done where a large set is searched cell by cell.

    Returns:
        The graph, rows ascending, self left out by index (also among duplicates).

    Raises:
        ValueError: if z is not 2-D, holds NaN or infinity (the first bad row is named), or m < 1.
    """
    points = _checked(z)
    if m < 1:
        raise ValueError(f"m must be at least 1 neighbor, got {m}.")
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {backend!r}.")
    n = len(points)
    m = min(m, max(n - 1, 0))
    if m == 0:
        return NeighborGraph(np.zeros((n, 0), np.int32), np.zeros((n, 0), np.float32), "none", 1.0, False)
    if points.shape[1] == 0:
        points = np.zeros((n, 1))
    points -= points.mean(0)
    norm = float((points**2).sum(1).mean())
    if (unit := reach(norm)) != 1:
        points, norm = points / unit, norm / unit**2
    threads = workers or (search.thread_count() if points.size > ONE_THREAD else 1)
    if backend == "auto":
        found = search.choose(points, m=m, exact=exact, seed=seed, threads=threads, progress=progress)
    else:
        found = _search(points, backend=backend, exact=exact, m=m, seed=seed, threads=threads)
    nearest = found.distances[:, 0].astype(np.float64) ** 2
    collapsed = is_collapsed(
        median_nearest_squared=float(np.median(nearest)),
        mean_squared_norm=norm,
        n=n,
        d=points.shape[1],
    )
    distances = found.distances if unit == 1 else (found.distances * unit).astype(np.float32)
    return NeighborGraph(found.indices, distances, found.backend, found.recall, collapsed)


def _search(
    points: np.ndarray, *, backend: str, exact: bool, m: int, seed: int, threads: int
) -> search.Found:
    if backend == "kdtree":
        return search.kdtree(points, m=m, threads=threads)
    if backend == "brute":
        return search.brute(points, m=m)
    if backend == "faiss" and exact:
        raise ValueError(
            "backend 'faiss' is approximate; for an exact graph use 'kdtree', 'brute' or 'auto'."
        )
    if backend == "faiss" and not search.has_faiss():
        raise ValueError("backend 'faiss' needs the package faiss-cpu; use 'auto' to do without it.")
    return search.ivf(points, m=m, seed=seed, threads=threads)


def finite_rows(z: np.ndarray) -> np.ndarray:
    """Tell which rows hold only finite numbers: (n,) bool."""
    return np.isfinite(z).all(axis=1)


def refuse_unless_finite(z: np.ndarray) -> None:
    """Refuse latents with NaN or infinity, naming the first such row.

    Raises:
        ValueError: if there is one.
    """
    good = finite_rows(z)
    if not good.all():
        row = int(np.argmin(good))
        raise ValueError(f"Row {row} of the latents holds NaN or infinity; leave such rows out first.")


def _checked(z: np.ndarray) -> np.ndarray:
    points = np.array(z, np.float64)  # a copy, to be moved to its mean
    if points.ndim != 2:
        raise ValueError(f"Latents must be a table of n rows and d columns, got shape {points.shape}.")
    refuse_unless_finite(points)
    return points
