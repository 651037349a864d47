"""A first look at a large set: what the true neighbors of some random points say of all, with its error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dcviz.geometry.cells import nearest, parts
from dcviz.geometry.estimate import Estimate
from dcviz.geometry.filters import split
from dcviz.geometry.neighbors import reach
from dcviz.geometry.search import SPARE, refine
from dcviz.geometry.thresholds import Thresholds
from dcviz.geometry.twonn import two_nn

ROWS = 2_000
"""Points looked at: the core share to about 1 %, the dimension to 5.5 %; 3 s among 1,200,000 x 10."""
SURE = 1.96


@dataclass(frozen=True)
class Glance:
    """What some points say of the whole set.

    Args:
        points: of the set.
        rows: looked at, drawn at random.
        core_share: share of core points among them, 0 to 1.
        error: half the width of its 95 % interval.
        dimension: ID by TwoNN, with its interval; no unit.
    """

    points: int
    rows: int
    core_share: float
    error: float
    dimension: Estimate

    def __str__(self) -> str:
        """The numbers in one line for people."""
        core = f"core {self.core_share:.1%} ± {100 * self.error:.1f}"
        at = self.dimension
        if not at.known:
            return core
        return f"ID of the whole {at.value:.2f} ({at.low:.2f} to {at.high:.2f}), {core}"


def glance(z: np.ndarray, *, thresholds: Thresholds, rows: int = ROWS, seed: int = 0) -> Glance:
    """Measure core share and ID on some points, by their neighbors among all.

    Each of the points is compared with every other in float32 about their mean, the nearest are measured in
    float64; so only the draw of the points is chance. Beside z it takes memory for one part of it.

    Args:
        z: (n, d) finite, mapped or in memory.
        thresholds: M and lambda_ratio say what a core point is.
        rows: points to look at.
        seed: of the draw.
    """
    n = len(z)
    drawn = np.sort(np.random.default_rng(seed).choice(n, min(n, rows), replace=False))
    distances = distances_among(z, drawn, m=min(n - 1, max(2, thresholds.M)))
    share = float(split(distances, thresholds).core.mean())
    error = SURE * math.sqrt(share * (1 - share) / len(drawn))
    return Glance(n, len(drawn), share, error, two_nn(distances))


def distances_among(z: np.ndarray, rows: np.ndarray, *, m: int) -> np.ndarray:
    """Distances of some points to their m nearest others, by comparing them with every point.

    Args:
        z: (n, d) finite, mapped or in memory.
        rows: (k,) which points.
        m: neighbors, fewer than n.

    Returns:
        (k, m) float32, ascending, direct differences in float64.
    """
    queries = np.asarray(z[rows], np.float64)
    middle = queries.mean(0)
    unit = reach(float(((queries - middle) ** 2).sum(1).mean()))
    near, width = ((queries - middle) / unit).astype(np.float32), m + 1 + SPARE
    found = []
    for part in parts(len(z)):
        points = ((np.asarray(z[part], np.float64) - middle) / unit).astype(np.float32)
        found.append(nearest(near, points, k=min(width, len(points))) + part.start)
    candidates = np.concatenate(found, 1)
    needed, local = np.unique(np.concatenate([rows, candidates.ravel()]), return_inverse=True)
    held = np.asarray(z[needed], np.float64)
    own, local = local[: len(rows)], local[len(rows) :].reshape(candidates.shape)
    return refine(held, local, m=m, rows=own)[1]
