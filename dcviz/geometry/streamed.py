"""Neighbors and counts of sets that do not fit in memory: from mapped arrays into mapped arrays, in parts.

In memory lie the index (the points once, in float32, with their numbers) and one part at a time; everything
else is a file. What is drawn is a sample, what is counted is the whole set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcviz.geometry.filters import split
from dcviz.geometry.search import SPARE, refine, thread_count
from dcviz.geometry.thresholds import Thresholds

PART = 100_000
TRAINING_POINTS_A_LIST = 39
"""What faiss asks for."""
EXACT_ROWS = 200
"""Rows on which recall is measured against a search over everything."""


@dataclass(frozen=True)
class StreamedGraph:
    """Neighbors of a large set, in two mapped files.

    Args:
        indices: (n, m) int32, mapped.
        distances: (n, m) float32, ascending, mapped; unit of the latents.
        recall: share of true neighbors found, on EXACT_ROWS random rows.
        lists: of the index.
        probes: lists looked into for each point.
    """

    indices: np.ndarray
    distances: np.ndarray
    recall: float
    lists: int
    probes: int


def parts(n: int, size: int = PART) -> Iterator[slice]:
    """Slices that cover n rows."""
    return (slice(start, min(n, start + size)) for start in range(0, n, size))


def streamed_neighbors(
    z: np.ndarray,
    folder: Path,
    *,
    m: int = 15,
    lists: int | None = None,
    probes: int = 8,
    seed: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> StreamedGraph:
    """Find the neighbors of every point through an inverted file (faiss), writing as it goes.

    The space is cut into cells around `lists` centers; a point is looked for in the `probes` cells nearest to
    it. Distances are then measured again in float64. The recall is measured, not assumed.

    Args:
        z: (n, d) float32, mapped or in memory.
        folder: where indices.npy and distances.npy go.
        m: neighbors of each point, without itself.
        lists: cells; about 4 sqrt(n) if None.
        probes: cells to look into; more find more and take longer in proportion.
        seed: of the cells and of the rows recall is measured on.
        progress: called with the number of rows done.

    Raises:
        ModuleNotFoundError: without faiss.
    """
    import faiss

    faiss.omp_set_num_threads(thread_count())
    n, d = z.shape
    lists = lists or max(1, min(int(4 * np.sqrt(n)), n // TRAINING_POINTS_A_LIST))
    rng = np.random.default_rng(seed)
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(d), d, lists)
    index.cp.seed, index.cp.niter, index.nprobe = seed + 1, 6, probes
    trained = np.sort(rng.choice(n, min(n, TRAINING_POINTS_A_LIST * lists), replace=False))
    index.train(np.ascontiguousarray(z[trained], np.float32))
    for part in parts(n):
        index.add(np.ascontiguousarray(z[part], np.float32))
    indices = _made(folder / "indices.npy", (n, m), np.int32)
    distances = _made(folder / "distances.npy", (n, m), np.float32)
    for part in parts(n):
        found = index.search(np.ascontiguousarray(z[part], np.float32), min(n, m + 1 + SPARE))[1]
        indices[part], distances[part] = _measured(z, found, rows=np.arange(part.start, part.stop), m=m)
        progress(part.stop)
    recall = _recall(z, indices, rows=np.sort(rng.choice(n, min(n, EXACT_ROWS), replace=False)), m=m)
    return StreamedGraph(indices, distances, recall, lists, probes)


def streamed_split(distances: np.ndarray, at: Thresholds) -> dict[str, int]:
    """Exact counts of the whole set: points, core points, reliable pairs of core points."""
    counts = {"points": len(distances), "core": 0, "reliable": 0}
    for part in parts(len(distances)):
        masks = split(np.asarray(distances[part]), at)
        counts["core"] += int(masks.core.sum())
        counts["reliable"] += int(masks.reliable[masks.core].sum())
    return counts


def stratified(groups: np.ndarray, size: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw points to show, from every group in proportion, but at least a few of each.

    Args:
        groups: (n,) group of each point, 0 .. G - 1: a cluster, or a cluster's core and border.
        size: about how many points to draw.
        seed: of the draw.

    Returns:
        rows (k,) ascending; and weights (k,), how many points each drawn one stands for. The weights of a
        group sum to its size, so that shares counted over the sample estimate those of the set.
    """
    rng = np.random.default_rng(seed)
    sizes = np.bincount(groups)
    few = max(1, size // (20 * max(1, int(np.count_nonzero(sizes)))))
    wanted = np.minimum(sizes, np.maximum(few, np.round(size * sizes / max(1, sizes.sum())))).astype(int)
    order = np.argsort(groups, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)])
    drawn = [
        rng.choice(order[starts[group] : starts[group + 1]], wanted[group], replace=False)
        for group in np.flatnonzero(sizes)
    ]
    rows = np.sort(np.concatenate(drawn))
    return rows, (sizes / np.maximum(wanted, 1))[groups[rows]]


def _made(path: Path, shape: tuple[int, int], kind: type) -> np.memmap:
    path.parent.mkdir(parents=True, exist_ok=True)
    return np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=shape)


def _measured(z: np.ndarray, found: np.ndarray, *, rows: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Candidates by float64 distances; only the points named are read."""
    needed, places = np.unique(np.concatenate([rows, found[found >= 0].ravel()]), return_inverse=True)
    points = np.asarray(z[needed], np.float64)
    own, local = places[: len(rows)], np.full(found.shape, -1, np.int64)
    local[found >= 0] = places[len(rows) :]
    indices, distances = refine(points, local, m=m, rows=own)
    return np.where(indices < 0, -1, needed[indices]), distances


def _recall(z: np.ndarray, indices: np.ndarray, *, rows: np.ndarray, m: int) -> float:
    """Share of true neighbors found, by comparing the rows with every point, part by part."""
    queries = np.asarray(z[rows], np.float64)
    best_d, best_i = np.full((len(rows), m), np.inf), np.full((len(rows), m), -1, np.int64)
    for part in parts(len(z)):
        points = np.asarray(z[part], np.float64)
        squared = (queries**2).sum(1)[:, None] - 2 * queries @ points.T + (points**2).sum(1)
        squared[rows[:, None] == np.arange(part.start, part.stop)] = np.inf
        near = np.argpartition(squared, min(m, squared.shape[1] - 1), axis=1)[:, :m]
        d = np.concatenate([best_d, np.take_along_axis(squared, near, 1)], 1)
        i = np.concatenate([best_i, near + part.start], 1)
        keep = np.argsort(d, axis=1)[:, :m]
        best_d, best_i = np.take_along_axis(d, keep, 1), np.take_along_axis(i, keep, 1)
    pairs = zip(best_i, np.asarray(indices[rows]), strict=True)
    return float(np.mean([np.isin(true, found).mean() for true, found in pairs]))
