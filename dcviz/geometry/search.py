"""Search engines for the neighbor graph on the CPU: k-d tree, brute force, and faiss IVF where installed.

Each takes centered float64 points and returns neighbors whose distances are direct float64 differences.
"""

import importlib.util
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

PROBE_QUERIES = 1000
PROBE_RUN = 50
"""Queries in a row that follow the order of the tree, as all will."""
LEAF_SIZE = 24
QUICK_SECONDS = 2.0
QUICK_POINTS = 150_000
"""A tree may take QUICK_SECONDS up to this many points and in proportion beyond: so does the alternative."""
TREE_DIMENSIONS = 16
"""Beyond this many coordinates a k-d tree is not even tried."""
SMALL_SET = 10_000
"""Up to here a tree is taken without a probe, so that small runs repeat to the last bit."""
LARGE_SET = 200_000
"""Beyond this many points the space is cut into cells (dcviz.geometry.streamed) where a tree is too slow."""
BRUTE_SET = 5_000
"""Up to here brute force is taken where trees are not."""
RECALL_WANTED = 0.999
CALIBRATION_ROWS = 300
NPROBES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Lists to search, tried in turn; finer than doubling, since the last step costs most."""
TRAINING_ROUNDS = 4
"""Of faiss' k-means: the calibration makes up for rough lists, and training takes as long as searching."""
SAFE_RATIO = 1e-9
"""Below this ratio of squares float64 products of centered points have lost the distances as well."""
SPARE = 4
"""Extra candidates taken from a float32 engine, so that rounding cannot push a true neighbor out."""


class Found(NamedTuple):
    """Neighbors as an engine returns them: indices (n, m) int32, distances (n, m) float32, and how."""

    indices: np.ndarray
    distances: np.ndarray
    backend: str
    recall: float | None


def thread_count() -> int:
    """Count the threads to use: OMP_NUM_THREADS if set, else the cores this process may run on."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdigit() and int(wanted) > 0:
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_faiss() -> bool:
    """Tell whether faiss is installed, without importing it."""
    return importlib.util.find_spec("faiss") is not None


def choose(
    points: np.ndarray, *, m: int, exact: bool, seed: int, threads: int, progress: Callable[[int], None]
) -> Found:
    """Search with the engine that a short timing finds quickest.

    Trees win on latents of low intrinsic dimension, whatever the number of coordinates, and lose 30-fold
    otherwise; no rule on (n, d) tells which, so time PROBE_QUERIES queries and extrapolate.
    """
    n, d = points.shape
    large, approximate = n > LARGE_SET and not exact, n > BRUTE_SET and not exact and has_faiss()
    if d > TREE_DIMENSIONS:
        if large:
            return cells(points, m=m, seed=seed, progress=progress)
        return ivf(points, m=m, seed=seed, threads=threads) if approximate else brute(points, m=m)
    tree = _tree(points)
    if n > SMALL_SET:
        seconds = _probe(tree, points, m=m, seed=seed, threads=threads)
        slow = seconds > QUICK_SECONDS * max(1.0, n / QUICK_POINTS)
        if slow and large:
            return cells(points, m=m, seed=seed, progress=progress)
        if slow and approximate:
            return ivf(points, m=m, seed=seed, threads=threads)
        if seconds > 8.0 * (n / 70_000) ** 2:  # what brute force takes on two cores
            return brute(points, m=m)
    return kdtree(points, m=m, threads=threads, tree=tree)


def kdtree(points: np.ndarray, *, m: int, threads: int, tree: cKDTree | None = None) -> Found:
    """Search exactly with scipy's k-d tree."""
    tree = _tree(points) if tree is None else tree
    # Leaf by leaf: the next query then finds its part of the tree in the cache; 2 to 4 times quicker.
    order = tree.indices
    indices, distances = np.empty((len(points), m + 1), np.int32), np.empty((len(points), m + 1), np.float32)
    distances[order], indices[order] = tree.query(points[order], k=m + 1, workers=threads)
    indices, distances = leave_self_out(indices, distances)
    return Found(indices, distances, "kdtree", 1.0)


def brute(points: np.ndarray, *, m: int) -> Found:
    """Search exactly by comparing all pairs in float64, in chunks, then measure the distances directly."""
    from sklearn.neighbors import NearestNeighbors

    k = min(m + 1 + SPARE, len(points))
    engine = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points)
    indices = engine.kneighbors(points, return_distance=False)
    indices, distances = refine(points, indices, m=m)
    return Found(indices, distances, "brute", 1.0)


def ivf(points: np.ndarray, *, m: int, seed: int, threads: int) -> Found:
    """Search with faiss IVF; raise nprobe until the recall on exact rows suffices, else brute force."""
    import faiss

    n, d = points.shape
    faiss.omp_set_num_threads(threads)
    data = np.ascontiguousarray(points, np.float32)
    lists = max(1, min(int(2 * np.sqrt(n)), n // 39))  # faiss wants 39 training points a list
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(d), d, lists)
    index.cp.seed, index.cp.niter = seed + 1, TRAINING_ROUNDS
    index.train(data)
    index.add(data)
    k = min(m + 1 + SPARE, n)
    rows, exact = _exact_rows(points, m=m, seed=seed)
    for index.nprobe in NPROBES:
        if index.nprobe > max(lists // 4, NPROBES[0]):
            break
        recall = _recall(points, index.search(data[rows], k)[1], rows=rows, exact=exact, m=m)
        if recall >= RECALL_WANTED:
            indices, distances = _list_by_list(index, points, data, k=k, m=m)
            return Found(indices, distances, f"faiss ivf nprobe {index.nprobe}", recall)
    return brute(points, m=m)


def cells(points: np.ndarray, *, m: int, seed: int, progress: Callable[[int], None]) -> Found:
    """Search a large set cell by cell, to a recall that is measured and stated."""
    from dcviz.geometry.streamed import streamed_neighbors

    found = streamed_neighbors(points, m=m, seed=seed, progress=progress)
    return Found(found.indices, found.distances, found.backend, found.recall)


def refine(
    points: np.ndarray, candidates: np.ndarray, *, m: int, rows: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Measure candidate neighbors by direct float64 differences, sort them and keep the m nearest others.

    Args:
        points: (n, d) float64.
        candidates: (rows, k) with k > m; -1 marks a missing one.
        m: neighbors to keep.
        rows: which points the candidates belong to; all, in order, if None.

    Returns:
        indices (rows, m) int32 and distances (rows, m) float32, ascending.
    """
    rows = np.arange(len(candidates)) if rows is None else rows
    indices = np.empty((len(rows), m), np.int32)
    distances = np.empty((len(rows), m), np.float32)
    step = max(1, 4_000_000 // (candidates.shape[1] * points.shape[1]))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        squared = ((points[candidates[part]] - points[rows[part], None]) ** 2).sum(2)  # (step, k)
        squared[(candidates[part] == rows[part, None]) | (candidates[part] < 0)] = np.inf
        order = np.argsort(squared, axis=1, kind="stable")[:, :m]
        indices[part] = np.take_along_axis(candidates[part], order, 1)
        distances[part] = np.sqrt(np.take_along_axis(squared, order, 1))
    return indices, distances


def leave_self_out(indices: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop each point from its own list by index; where duplicates crowded it out, drop the last instead.

    Args:
        indices: (n, m + 1) neighbors, row i of point i.
        distances: (n, m + 1), ascending.

    Returns:
        Both with m columns.
    """
    n, k = indices.shape
    keep = indices != np.arange(n)[:, None]
    keep[keep.all(1), -1] = False
    return indices[keep].reshape(n, k - 1), distances[keep].reshape(n, k - 1)


def _tree(points: np.ndarray) -> cKDTree:
    # Balanced trees take quadratic time on many duplicates (dead latents).
    return cKDTree(points, balanced_tree=False, leafsize=LEAF_SIZE)


def _list_by_list(
    index: Any, points: np.ndarray, data: np.ndarray, *, k: int, m: int
) -> tuple[np.ndarray, np.ndarray]:
    """Search all points in the order of the index' lists: neighbors ask for the same lists, still cached."""
    import faiss

    lists = index.invlists
    sizes = [lists.list_size(i) for i in range(index.nlist)]
    parts = [faiss.rev_swig_ptr(lists.get_ids(i), size) for i, size in enumerate(sizes) if size]
    order = np.concatenate(parts)
    indices, distances = np.empty((len(points), m), np.int32), np.empty((len(points), m), np.float32)
    found = index.search(data[order], k)[1]
    indices[order], distances[order] = refine(points, found, m=m, rows=order)
    return indices, distances


def _probe(tree: cKDTree, points: np.ndarray, *, m: int, seed: int, threads: int) -> float:
    starts = np.random.default_rng(seed).integers(0, len(points), PROBE_QUERIES // PROBE_RUN)
    rows = tree.indices[(np.sort(starts)[:, None] + np.arange(PROBE_RUN)).ravel() % len(points)]
    tree.query(points[rows[:200]], k=m + 1, workers=threads)  # the first queries find a cold cache
    start = time.perf_counter()
    tree.query(points[rows], k=m + 1, workers=threads)
    return (time.perf_counter() - start) * len(points) / PROBE_QUERIES


def _exact_rows(points: np.ndarray, *, m: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the m-th other point of CALIBRATION_ROWS random rows, by direct differences.

    Which points to measure is found by float64 products, ten times quicker than measuring all; where points
    have collapsed so far that products cannot tell, all are measured.
    """
    n = len(points)
    rows = np.random.default_rng(seed).choice(n, min(CALIBRATION_ROWS, n), replace=False)
    squares = np.einsum("ij,ij->i", points, points)
    candidates = np.empty((len(rows), min(m + SPARE, n)), np.int64)
    for start in range(0, len(rows), 50):
        part = slice(start, start + 50)
        gaps = (-2 * points[rows[part]]) @ points.T  # (50, n)
        gaps += squares  # without |x_i|^2, which orders nothing
        gaps[np.arange(len(gaps)), rows[part]] = np.inf
        candidates[part] = np.argpartition(gaps, min(m + SPARE, n - 1), axis=1)[:, : m + SPARE]
    farthest = refine(points, candidates, m=m, rows=rows)[1][:, -1].astype(np.float64)
    if np.median(farthest**2) > SAFE_RATIO * squares.mean():
        return rows, farthest
    distances = cdist(points[rows], points)
    distances[np.arange(len(rows)), rows] = np.inf
    return rows, np.partition(distances, m - 1, axis=1)[:, m - 1]


def _recall(
    points: np.ndarray, candidates: np.ndarray, *, rows: np.ndarray, exact: np.ndarray, m: int
) -> float:
    distances = refine(points, candidates, m=m, rows=rows)[1]
    # By distance, not by index, so that equally far neighbors count as found; 1e-6 is float32 rounding.
    return float((distances <= exact[:, None] * (1 + 1e-6)).mean())
