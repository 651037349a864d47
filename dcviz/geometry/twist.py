"""Twist: how a latent space was folded, crossed, bent, stretched and torn since a frozen reference epoch.

All scores compare with the reference and do not change when the latents are shifted, rotated, mirrored or
scaled as a whole. Plot damage (flips, crossings, tears) against movement (Procrustes disparity), not against
epochs: a slow method looks harmless only because it has moved less.
"""

import math

import numpy as np

from dcviz.geometry.reference import Reference, reference

__all__ = [
    "Reference",
    "crossing_pairs",
    "flipped_share",
    "flipped_triangles",
    "frozen_crossings",
    "reference",
    "rotation_dispersion",
    "stretch_dispersion",
    "tear_rate",
]

TORN = 4.0
FLAT = 1e-6
"""Below this part of the widest direction (in variance, and in stretch) there is no extent."""
ONLY_2D = "Defined for 2-D latents only."


def flipped_triangles(frozen: Reference, z: np.ndarray) -> np.ndarray:
    """Tell which reference triangles turned over, against the majority of triangles.

    Returns:
        (T,) bool; at most half are True, because a mirror image turns all over and folds nothing.

    Raises:
        ValueError: unless the reference is 2-D.
    """
    triangles = _require_2d(frozen.triangles)
    turned = (
        _orientation(frozen.landmarks(frozen.z), triangles) * _orientation(frozen.landmarks(z), triangles) < 0
    )
    return ~turned if turned.mean() > 0.5 else turned


def flipped_share(frozen: Reference, z: np.ndarray) -> float:
    """Tell how much was folded: the share of Delaunay triangles of the landmarks that turned over (2-D).

    A piecewise linear map can be one to one only if it keeps the orientation of all triangles, or turns all.
    0 means no fold, 0.5 scrambled.

    Args:
        frozen: reference of 2-D latents.
        z: (n, 2) latents of another epoch, row i the same point.

    Returns:
        Share in 0..0.5; NaN if the landmarks span no triangle.

    Raises:
        ValueError: unless the reference is 2-D.

    Source: orientation test of mesh maps [Lipman 2014, arXiv:1310.0955]: to be one to one, a simplicial map
    has to keep the orientation of all elements or to flip all. That is necessary, not sufficient; what
    overlaps without flipping a triangle shows in frozen_crossings.
    """
    flipped = flipped_triangles(frozen, z) if len(_require_2d(frozen.triangles)) else np.zeros(0)
    return float(flipped.mean()) if len(flipped) else math.nan


def crossing_pairs(frozen: Reference, z: np.ndarray) -> np.ndarray:
    """Pairs of tree edges that cross each other: (C, 2) rows of frozen.tree, to be drawn."""
    tree = _require_2d(frozen.tree)
    ends = frozen.landmarks(z)[tree]  # (E, 2, 2)
    first, second = np.triu_indices(len(tree), 1)
    a, b, c, d = ends[first, 0], ends[first, 1], ends[second, 0], ends[second, 1]
    cross = (_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)
    return np.stack([first[cross], second[cross]], 1)


def frozen_crossings(frozen: Reference, z: np.ndarray) -> float:
    """Tell how much crosses: crossing pairs a frozen tree edge (2-D).

    The Euclidean minimum spanning forest of the landmarks has no crossing in the reference, by theorem; count
    the crossings of the same edges later.

    Args:
        frozen: reference of 2-D latents.
        z: (n, 2) latents of another epoch.

    Returns:
        Crossings an edge, 0 and up; NaN without edges.

    Raises:
        ValueError: unless the reference is 2-D.

    Source: ours. That the tree has no crossing: it is part of the Delaunay triangulation, which is planar.
    """
    edges = len(_require_2d(frozen.tree))
    return len(crossing_pairs(frozen, z)) / edges if edges else math.nan


def rotation_dispersion(frozen: Reference, z: np.ndarray) -> float:
    """Tell how much was bent or twisted: how unequally neighborhoods were rotated, in any dimension.

    J_i is the least-squares linear map of the 50 nearest reference neighbors of i, from then to now, R_i its
    rotation (polar) part. Then

        T = 1 - |mean_i R_i|_* / d        (nuclear norm; circular variance in 2-D)

    Directions in which a neighborhood had or has no extent carry no rotation; they are left out, and d
    becomes the mean number of those that do.

    Harmless unrolling raises it too: it says how much was bent, not how much was damaged.

    Args:
        frozen: the reference.
        z: (n, d) latents of another epoch.

    Returns:
        0 (all alike) .. 1; NaN if no neighborhood has an extent.

    Source: ours; the circular variance of directional statistics, of the rotations of a polar decomposition.
    """
    u, stretch, vt = np.linalg.svd(_linear_maps(frozen, z))
    carried = stretch > FLAT * stretch.max(initial=0)
    if not carried.any():
        return math.nan
    total = ((u * carried[:, None, :]) @ vt).sum(0)
    return max(1 - float(np.linalg.norm(total, "nuc")) / int(carried.sum()), 0.0)


def stretch_dispersion(frozen: Reference, z: np.ndarray) -> float:
    """Tell how unequally edges were stretched: spread of log(length now / length then) over frozen edges.

    The spread is the robust standard deviation 1.4826 median |x - median x|, so that a few torn edges, which
    tear_rate counts, do not decide it.

    Args:
        frozen: the reference.
        z: (n, d) latents of another epoch.

    Returns:
        0 for a similarity, else above 0; no unit (natural log). NaN without edges of positive length.

    Source: scale-free form of local geometric distortion [Li, Zang, Wu 2020, arXiv:2006.08256].
    """
    logs = _log_stretch(frozen, z)
    return float(1.4826 * np.median(np.abs(logs - np.median(logs)))) if len(logs) else math.nan


def tear_rate(frozen: Reference, z: np.ndarray) -> float:
    """Tell how much was torn: the share of frozen edges stretched over 4 times the median stretch.

    Returns:
        Share in 0..0.5; NaN without edges of positive length.

    Source: ours.
    """
    logs = _log_stretch(frozen, z)
    return float((logs > np.median(logs) + math.log(TORN)).mean()) if len(logs) else math.nan


def _linear_maps(frozen: Reference, z: np.ndarray) -> np.ndarray:
    before = frozen.z[frozen.around] - frozen.z[frozen.rows][:, None]  # (rows, k, d)
    after = np.asarray(z, np.float64)[frozen.around] - np.asarray(z, np.float64)[frozen.rows][:, None]
    gram = np.einsum("nki,nkj->nij", before, before)
    cross = np.einsum("nki,nkj->nij", before, after)
    # The pseudo-inverse gives 0 along directions without extent; its cut is relative, so scale plays no part.
    return np.linalg.pinv(gram, rcond=FLAT, hermitian=True) @ cross


def _log_stretch(frozen: Reference, z: np.ndarray) -> np.ndarray:
    z = np.asarray(z, np.float64)
    now = np.empty((frozen.graph.n, frozen.graph.width))
    then = np.empty_like(now)
    for j in range(frozen.graph.width):
        other = frozen.graph.indices[:, j]
        now[:, j] = ((z - z[other]) ** 2).sum(1)
        then[:, j] = ((frozen.z - frozen.z[other]) ** 2).sum(1)
    usable = (now > 0) & (then > 0)
    return 0.5 * np.log(now[usable] / then[usable])


def _orientation(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    return _side(points[triangles[:, 0]], points[triangles[:, 1]], points[triangles[:, 2]])


def _side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Twice the signed area of the triangles a, b, c."""
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])


def _require_2d(part: np.ndarray | None) -> np.ndarray:
    if part is None:
        raise ValueError(f"{ONLY_2D} Use rotation_dispersion for more coordinates.")
    return part
