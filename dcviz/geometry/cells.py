"""The space cut into cells, for searches of large sets: neighbors lie in one's own cell and those around.

Each cell is compared with its surroundings as one matrix product, moved to its own center first: so close to
zero float32 is exact enough to rank, and a product costs a fraction of comparing one point at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcviz.geometry.neighbors import GUARD_RATIO
from dcviz.geometry.search import SPARE, has_faiss, refine, thread_count

PART = 100_000
POINTS_A_CELL = 250
"""Smaller cells follow the points better, larger ones are fewer to look up; measured at 1 million x 10."""
POINTS_A_CENTER = 32
"""Points drawn for each center; more place the centers better and take longer."""
ROUNDS = 4
"""Of k-means: rough cells do, since recall is measured."""
CROWD = 65_536
"""Candidates a cell is compared with at most, and points of it at a time: duplicates crowd one cell."""
FARTHEST = 256
"""Surrounding cells known of each cell."""
_FAISS_CHOICE = threading.Lock()
"""Held while faiss' choice between products and differences is ours: it is one for the whole process."""


def parts(n: int, size: int | None = None) -> Iterator[slice]:
    """Slices that cover n rows, PART or `size` of them each."""
    step = size or PART
    return (slice(start, min(n, start + step)) for start in range(0, n, step))


@dataclass(frozen=True)
class Cells:
    """Points laid cell by cell.

    Attributes:
        centers: (L, d) float32.
        order: (n,) int32, the rows cell by cell.
        starts: (L + 1,) where each cell begins in that order.
        points: (n, d) in that order, float64 where they came so, else float32; in memory or mapped.
        near: (L, up to FARTHEST) the cells around each cell, itself first.
    """

    centers: np.ndarray
    order: np.ndarray
    starts: np.ndarray
    points: np.ndarray
    near: np.ndarray

    def of(self, cell: int) -> np.ndarray:
        """Points of one cell."""
        return self.points[self.starts[cell] : self.starts[cell + 1]]

    def searched(
        self, cell: int, places: np.ndarray, *, probes: int, m: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find the m nearest others of some points of a cell among the points of the cells around it.

        Args:
            cell: whose points are asked for.
            places: (k,) of them in the order of the cells; at most CROWD.
            probes: cells looked into, the own one included.
            m: neighbors.

        Returns:
            Rows (k, m) int32 of the set, -1 where too few were found; distances (k, m) float32, ascending.
        """
        around = self._around(cell, places, probes, least=m + 1 + SPARE)
        candidates = self.points[around].astype(np.float64) - self.centers[cell]  # (c, d)
        # The places asked for are among them: the own cell is looked into first.
        own = np.searchsorted(around[: self._own(cell, around)], places)
        narrow = candidates.astype(np.float32)
        found = nearest(narrow[own], narrow, k=min(m + 1 + SPARE, len(around)))
        local, distances = refine(candidates, padded(found, m + 1), m=m, rows=own)
        missing = ~np.isfinite(distances)
        return np.where(missing, -1, self.order[around[local]]).astype(np.int32), distances

    def _around(self, cell: int, places: np.ndarray, probes: int, least: int) -> np.ndarray:
        """Places of the candidates: whole cells, nearest first, neither too few points nor too many."""
        start, stop = int(self.starts[cell]), int(self.starts[cell + 1])
        if stop - start > CROWD:
            return places
        near = self.near[cell]
        held = np.cumsum(self.starts[near + 1] - self.starts[near])
        needed, possible = np.searchsorted(held, least) + 1, np.searchsorted(held, CROWD, side="right")
        within = near[: max(needed, min(probes, possible))]
        return np.concatenate([np.arange(self.starts[c], self.starts[c + 1]) for c in within])

    def _own(self, cell: int, around: np.ndarray) -> int:
        size = int(self.starts[cell + 1] - self.starts[cell])
        return len(around) if size > CROWD else size


def cells_of(z: np.ndarray, *, seed: int = 0, lists: int | None = None, folder: Path | None = None) -> Cells:
    """Cut the space of some points into cells around centers that k-means has placed.

    Args:
        z: (n, d) finite, mapped or in memory.
        seed: of the points the centers are placed by.
        lists: cells; one for every POINTS_A_CELL points if None.
        folder: where the points go in the order of the cells; memory if None.

    Raises:
        ValueError: if a row holds NaN or infinity.
    """
    n = len(z)
    lists = max(1, lists or n // POINTS_A_CELL)
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.choice(n, min(n, POINTS_A_CENTER * lists), replace=False))
    centers = _placed(np.asarray(z[drawn], np.float32), lists, rng)
    cell = np.empty(n, np.int32)
    for part in parts(n):
        block = np.ascontiguousarray(z[part], np.float32)
        if not np.isfinite(block).all():
            row = part.start + int(np.argmin(np.isfinite(block).all(1)))
            raise ValueError(f"Row {row} of the latents holds NaN or infinity; leave such rows out first.")
        cell[part] = nearest(block, centers, k=1)[:, 0]
    order = np.argsort(cell, kind="stable").astype(np.int32)
    starts = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=lists))])
    points = _made(folder, z.shape, np.float64 if z.dtype == np.float64 else np.float32)
    for part in parts(n):
        points[part] = z[order[part]]
    near = nearest(centers, centers, k=min(FARTHEST, lists)).astype(np.int32)
    near[:, 0], clash = np.arange(lists), near[:, 0].copy()
    # Centers on one spot: the cell itself comes first, who had its place goes where it was.
    rows, columns = np.nonzero(near[:, 1:] == np.arange(lists)[:, None])
    near[rows, columns + 1] = clash[rows]
    return Cells(centers, order, starts, points, near)


def _placed(sample: np.ndarray, lists: int, rng: np.random.Generator) -> np.ndarray:
    """Centers by a few rounds of k-means; one that lost all its points stays where it was."""
    centers = sample[rng.choice(len(sample), lists, replace=False)]
    for _ in range(ROUNDS):
        cell = nearest(sample, centers, k=1)[:, 0]
        sizes = np.bincount(cell, minlength=lists)
        sums = np.stack([np.bincount(cell, column, lists) for column in sample.T], 1)
        centers = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centers).astype(
            np.float32
        )
    return centers


def nearest(queries: np.ndarray, points: np.ndarray, *, k: int) -> np.ndarray:
    """Numbers of the k nearest points in float32, by faiss where it is installed, else by numpy.

    Args:
        queries: (q, d) float32, close to the origin.
        points: (p, d) float32; p at least k.
        k: how many.

    Returns:
        (q, k), nearest first.
    """
    if has_faiss():
        return _by_faiss(np.ascontiguousarray(queries), np.ascontiguousarray(points), k=k)
    squares = (points**2).sum(1)
    found = np.empty((len(queries), k), np.int64)
    for part in parts(len(queries), max(1, 10_000_000 // len(points))):
        gaps = squares - 2 * queries[part] @ points.T
        some = np.argpartition(gaps, k - 1, axis=1)[:, :k]
        found[part] = np.take_along_axis(some, np.argsort(np.take_along_axis(gaps, some, 1), 1), 1)
    return found


def _by_faiss(queries: np.ndarray, points: np.ndarray, *, k: int) -> np.ndarray:
    """Products for all; differences, three times slower, where products have lost the k-th distance."""
    import faiss

    faiss.omp_set_num_threads(thread_count())
    index = faiss.IndexFlatL2(points.shape[1])
    index.add(points)
    with _FAISS_CHOICE:
        usual = faiss.cvar.distance_compute_blas_threshold
        try:
            faiss.cvar.distance_compute_blas_threshold = 1
            gaps, found = index.search(queries, k)
            lost = gaps[:, -1] < GUARD_RATIO * float((points**2).sum(1).mean())
            if lost.any():
                faiss.cvar.distance_compute_blas_threshold = 2**31 - 1
                found[lost] = index.search(queries[lost], k)[1]
        finally:
            faiss.cvar.distance_compute_blas_threshold = usual
    return np.asarray(found)


def padded(found: np.ndarray, width: int) -> np.ndarray:
    """Fill up with -1 where there are fewer candidates than asked for."""
    short = max(0, width - found.shape[1])
    return np.pad(found, ((0, 0), (0, short)), constant_values=-1) if short else found


def _made(folder: Path | None, shape: tuple[int, ...], kind: type) -> np.ndarray:
    if folder is None:
        return np.empty(shape, kind)
    return np.lib.format.open_memmap(folder / "cells.npy", mode="w+", dtype=kind, shape=shape)
