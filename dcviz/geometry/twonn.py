"""TwoNN: the intrinsic dimension from the two nearest neighbors alone, with an interval that holds.

In d dimensions the ratio mu = r2 / r1 of the second to the first neighbor's distance follows
P(mu > x) = x^-d, whatever the density. So log mu is exponential with rate d. Duplicates carry no such ratio
and are merged first.
"""

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from dcviz.geometry.estimate import SMALLEST, Estimate, missing, too_few
from dcviz.geometry.neighbors import NeighborGraph

METHODS = ("linear", "ml", "censored")
KEPT_SHARE = 0.9
WIDENING = 1.25
"""Neighboring points share distances, so d / sqrt(n) is too small; measured spread is 1.12 to 1.34 of it."""


def two_nn(neighbors: NeighborGraph | np.ndarray, *, method: str = "linear") -> Estimate:
    """Estimate the intrinsic dimension (ID) of the whole set.

        linear    slope through the origin of -log(1 - i/n) against log mu_(i), first 90 %
        ml        (n - 1) / sum log mu
        censored  as ml, but the top 10 % count only as "larger than": (k - 1) / (sum + (n - k) log mu_(k))

    The interval is ID (1 ± 1.25 * 1.96 / sqrt(n)); the factor 1.25 brings its coverage from 0.84-0.92 to
    0.92-0.97. TwoNN reads the smallest scale, noise included: show gride beside it.

    Args:
        neighbors: a NeighborGraph (duplicates are merged), or (n, >= 2) ascending distances (rows with
            r1 = 0 are dropped). Any unit.
        method: one of METHODS.

    Returns:
        The ID, no unit; NaN with the reason below 20 usable points.

    Raises:
        ValueError: if the method is unknown.

    Source: [TwoNN: Facco et al. 2017]; censoring: textbook type-II maximum likelihood.
    """
    if isinstance(neighbors, NeighborGraph):
        nearest = nearest_two(neighbors)
    else:
        nearest = np.asarray(neighbors, np.float64)[:, :2]
    return _fit(nearest, method=method)


def two_nn_by_group(
    graph: NeighborGraph, groups: np.ndarray, *, z: np.ndarray | None = None, method: str = "linear"
) -> dict[int, Estimate]:
    """Estimate the ID inside each cluster or class, from neighbors of the same group only.

    The stored graph holds enough of them for nearly every point. For the others the group is searched again
    if z is given; without z those points are left out, which is noticed by n.

    Args:
        graph: neighbor graph of the whole set.
        groups: (n,) integers; -1 (noise) is left out.
        z: (n, d) latents.
        method: one of METHODS.

    Returns:
        Group -> estimate, ascending; NaN with the reason below 20 usable points.
    """
    groups = np.asarray(groups)
    nearest = nearest_two(graph, groups=groups, z=z)
    return {
        int(name): _fit(nearest[groups == name], method=method) for name in np.unique(groups) if name != -1
    }


def nearest_two(
    graph: NeighborGraph, *, groups: np.ndarray | None = None, z: np.ndarray | None = None
) -> np.ndarray:
    """Read r1 and r2 from a graph as if duplicates were merged and, on wish, other groups were absent.

    Args:
        graph: neighbor graph; duplicates in larger groups than its width leave one point less.
        groups: (n,) integers, or None for one group.
        z: (n, d) latents to search again where the graph holds less than two fitting neighbors.

    Returns:
        (n, 2) float64, NaN for the extra copies of a duplicate and where two neighbors are missing.
    """
    if graph.width < 2:
        return np.full((graph.n, 2), np.nan)
    distances, indices = graph.distances, graph.indices
    nearest = distances[:, :2].astype(np.float64)
    fits = None if groups is None else groups[indices] == groups[:, None]
    first = np.ones(graph.n, bool)
    if distances[:, 0].min() == 0:
        copies = distances == 0
        fits = np.ones_like(copies) if fits is None else fits
        first = ~(copies & fits & (indices < np.arange(graph.n)[:, None])).any(1)
        fits = fits & ~copies & first[indices]
    if fits is None:
        return nearest
    rows = np.flatnonzero(first & ~(fits[:, 0] & fits[:, 1]))
    nearest[rows] = _first_two(distances[rows], fits[rows])
    nearest[~first] = np.nan
    if z is not None:
        _search_again(nearest, z, groups=groups, first=first)
    return nearest


def _first_two(distances: np.ndarray, fits: np.ndarray) -> np.ndarray:
    order = np.argsort(~fits, axis=1, kind="stable")[:, :2]
    picked = np.take_along_axis(distances, order, 1).astype(np.float64)
    picked[fits.sum(1) < 2] = np.nan
    return picked


def _search_again(
    nearest: np.ndarray, z: np.ndarray, *, groups: np.ndarray | None, first: np.ndarray
) -> None:
    """Fill the missing rows of `nearest` in place: search among the first copies of the same group."""
    lost = first & np.isnan(nearest[:, 0])
    if not lost.any():
        return
    names = np.zeros(len(z), np.int64) if groups is None else groups
    for name in np.unique(names[lost]):
        inside = first & (names == name)
        rows = np.flatnonzero(lost & inside)
        points = np.asarray(z[inside], np.float64)
        if len(points) < 3:
            continue
        queries = np.asarray(z[rows], np.float64)
        if len(rows) * len(points) < 2_000_000:
            nearest[rows] = np.sort(np.partition(cdist(queries, points), 2, axis=1)[:, 1:3], axis=1)
        else:
            nearest[rows] = cKDTree(points, balanced_tree=False).query(queries, k=3)[0][:, 1:]


def _fit(nearest: np.ndarray, *, method: str) -> Estimate:
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}.")
    usable = nearest[(nearest[:, 0] > 0) & (nearest[:, 1] > nearest[:, 0])]  # NaN fails both
    n = len(usable)
    if n < SMALLEST:
        return too_few(n, what="distinct points with two unequal neighbor distances")
    log_mu = np.sort(np.log(usable[:, 1] / usable[:, 0]))
    kept = int(n * KEPT_SHARE)
    below, entered = log_mu[:kept], n
    if method == "linear":
        expected = -np.log1p(-np.arange(1, kept + 1) / n)
        value = (below @ expected) / (below @ below)
    elif method == "ml":
        value = (n - 1) / log_mu.sum()
    else:
        value, entered = (kept - 1) / (below.sum() + (n - kept) * below[-1]), kept
    if not np.isfinite(value):
        return missing("All neighbor distances are equal.", n=n)
    half = WIDENING * 1.96 * value / np.sqrt(entered)
    return Estimate(float(value), float(value - half), float(value + half), n)
