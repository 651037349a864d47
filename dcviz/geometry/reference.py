"""The frozen reference that twist is measured against: landmarks, triangles, tree, edges of one epoch."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, QhullError, cKDTree

from dcviz.geometry.clusters import k_means
from dcviz.geometry.neighbors import NeighborGraph, neighbor_graph, refuse_unless_finite
from dcviz.geometry.search import TREE_DIMENSIONS

LANDMARKS = 400
LONGEST_EDGE = 2.5
"""In units of the median tree edge: longer sides bridge gaps between clusters and mean nothing."""
MAP_ROWS = 2000
MAP_NEIGHBORS = 50
MAP_COST = 2_000_000
"""Rows times d^2 of the linear maps: singular values of larger matrices take longer, so fewer rows."""
SAMPLE_ROWS = 500


@dataclass(frozen=True)
class Reference:
    """What is kept of the reference latents (the end of pretraining).

    Args:
        z: (n, d) float64, centered.
        graph: neighbor graph; its links are the frozen edges.
        cells: (n,) landmark of every point; all 0 unless d = 2.
        triangles: (T, 3) landmarks, Delaunay triangles without long sides; None unless d = 2.
        tree: (E, 2) landmarks, edges of the Euclidean minimum spanning forest; None unless d = 2.
        rows: points around which a linear map is fitted.
        around: (rows, k) their neighbors in the reference.
        sample: points whose distance ranks are counted.
    """

    z: np.ndarray
    graph: NeighborGraph
    cells: np.ndarray
    triangles: np.ndarray | None
    tree: np.ndarray | None
    rows: np.ndarray
    around: np.ndarray
    sample: np.ndarray

    def landmarks(self, z: np.ndarray) -> np.ndarray:
        """Mean position in other latents of the points of each cell: (landmarks, d)."""
        counts = np.bincount(self.cells)
        sums = [np.bincount(self.cells, weights=column) for column in np.asarray(z, np.float64).T]
        return np.stack(sums, 1) / counts[:, None]


def reference(z: np.ndarray, *, graph: NeighborGraph | None = None, seed: int = 0) -> Reference:
    """Freeze the latents of one epoch as the state that later epochs are compared with.

    Landmarks are the means of n/10 (at most 400) k-means cells: averaging takes the noise of single points
    out of orientations and crossings.

    Args:
        z: (n, d) latents, finite, at least 4 points.
        graph: their neighbor graph, if at hand.
        seed: of the cells and of the samples.

    Returns:
        The frozen reference.

    Raises:
        ValueError: for fewer than 4 points, or NaN and infinity.
    """
    if len(z) < 4:
        raise ValueError(f"A reference needs at least 4 points, got {len(z)}.")
    refuse_unless_finite(np.asarray(z))
    graph = neighbor_graph(z, m=15, seed=seed) if graph is None else graph
    points = np.asarray(z, np.float64)
    points = points - points.mean(0)
    rng = np.random.default_rng(seed)
    flat = points.shape[1] == 2
    cells = _cells(rng, points, seed) if flat else np.zeros(len(z), np.int64)
    d = points.shape[1]
    rows = _sample(rng, len(z), max(min(MAP_ROWS, MAP_COST // d**2), 100))
    around = _nearest(points, rows, min(max(MAP_NEIGHBORS, 2 * d) + 1, len(z)))
    frozen = Reference(points, graph, cells, None, None, rows, around, _sample(rng, len(z), SAMPLE_ROWS))
    if not flat:
        return frozen
    triangles, tree = _mesh(frozen.landmarks(points))
    return Reference(points, graph, cells, triangles, tree, rows, around, frozen.sample)


def _nearest(points: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """Indices of the k points nearest to each row, itself included: (rows, k)."""
    if points.shape[1] <= TREE_DIMENSIONS:
        return cKDTree(points, balanced_tree=False).query(points[rows], k=k)[1]
    squares = (points**2).sum(1)
    parts = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    # float64 products of centered points: rounding can only swap neighbors of nearly equal distance.
    gaps = (squares - 2 * (points[part] @ points.T) for part in parts)
    return np.concatenate([np.argpartition(gap, k - 1, axis=1)[:, :k] for gap in gaps])


def _sample(rng: np.random.Generator, n: int, rows: int) -> np.ndarray:
    return np.arange(n) if n <= rows else np.sort(rng.choice(n, rows, replace=False))


def _cells(rng: np.random.Generator, points: np.ndarray, seed: int) -> np.ndarray:
    """Nearest landmark of every point; k-means sees a sample: 400 centers of 70,000 points take 10 s."""
    some = points[_sample(rng, len(points), 20 * LANDMARKS)]
    centers = k_means(some, min(max(len(points) // 10, 3), LANDMARKS), seed=seed).centers
    return np.unique(cKDTree(centers).query(points)[1], return_inverse=True)[1]


def _mesh(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Delaunay triangles and minimum spanning forest (a subset of the Delaunay edges) without long edges."""
    try:
        triangles = Delaunay(landmarks).simplices
    except QhullError:  # all landmarks on a line, or too few: no area to flip
        return np.zeros((0, 3), np.int64), np.zeros((0, 2), np.int64)
    sides = triangles[:, [[0, 1], [1, 2], [2, 0]]]  # (T, 3, 2)
    lengths = np.linalg.norm(landmarks[sides[..., 0]] - landmarks[sides[..., 1]], axis=2)
    edges = np.unique(np.sort(sides.reshape(-1, 2), axis=1), axis=0)
    weights = np.linalg.norm(landmarks[edges[:, 0]] - landmarks[edges[:, 1]], axis=1)
    n = len(landmarks)
    tree = minimum_spanning_tree(csr_matrix((weights, edges.T), shape=(n, n))).tocoo()
    longest = LONGEST_EDGE * np.median(tree.data)
    kept = tree.data < longest
    return triangles[(lengths < longest).all(1)], np.stack([tree.row[kept], tree.col[kept]], 1)
