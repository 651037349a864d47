"""Neighbors and counts of large sets: from mapped arrays into mapped arrays, in parts, with a stated recall.

In memory lie the rows in the order of the cells and one part at a time; everything else may be a file. What
is drawn is a sample, what is counted is the whole set, or a sample with its error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dcviz.geometry.cells import CROWD, FARTHEST, Cells, cells_of, parts
from dcviz.geometry.filters import split
from dcviz.geometry.search import SPARE, refine
from dcviz.geometry.thresholds import Thresholds

RECALL_WANTED = 0.99
EXACT_ROWS = 300
"""Rows on which recall is measured against a search over everything."""
EXACT_PART = 20_000
PROBES = (8, 16, 24, 32, 48, 64, 96, 128, 192, FARTHEST)
"""Cells to look into, tried in turn; finer than doubling, since the last step costs most."""


@dataclass(frozen=True)
class StreamedGraph:
    """Neighbors of a large set, perhaps in mapped files.

    Args:
        indices: (k, m) int32.
        distances: (k, m) float32, ascending; unit of the latents.
        rows: (k,) whose neighbors these are; None for all, in order.
        recall: share of true neighbors found, on EXACT_ROWS random rows.
        recall_low: lower end of its 95 % band over those rows.
        lists: cells the space was cut into.
        probes: cells looked into for each point.
    """

    indices: np.ndarray
    distances: np.ndarray
    rows: np.ndarray | None
    recall: float
    recall_low: float
    lists: int
    probes: int

    @property
    def backend(self) -> str:
        """How they were found, as a NeighborGraph says it."""
        return f"cells, {self.probes} of {self.lists} searched"


def streamed_neighbors(
    z: np.ndarray,
    folder: Path | None = None,
    *,
    m: int = 15,
    rows: np.ndarray | None = None,
    recall: float = RECALL_WANTED,
    seed: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> StreamedGraph:
    """Find the neighbors of all points of a set, or of some, among all of it.

    The space is cut into cells; a point is compared with the points of its own cell and of those around it.
    How many those are is measured: 8 at first, then more and more (PROBES), until on EXACT_ROWS random rows
    the wanted share of true neighbors is found. Distances are direct differences in float64.

    Args:
        z: (n, d), mapped or in memory.
        folder: where indices.npy, distances.npy and the points by cell go; memory if None.
        m: neighbors of each point, without itself; fewer than n.
        rows: (k,) whose neighbors are wanted; all if None.
        recall: share of true neighbors wanted, 0 to 1; what was reached is in the result.
        seed: of the cells and of the rows recall is measured on.
        progress: called with the number of rows done.

    Raises:
        ValueError: if a row holds NaN or infinity.
    """
    n = len(z)
    cells = cells_of(z, seed=seed, folder=folder)
    place = np.empty(n, np.int32)
    place[cells.order] = np.arange(n, dtype=np.int32)
    probes, shares = _enough(z, cells, place, m=m, recall=recall, seed=seed)
    places, targets = _asked(place, rows)
    indices, distances = (_made(folder, name, (len(places), m)) for name in ("indices", "distances"))
    done = 0
    for cell, here in _by_cell(cells, places):
        at = targets[here]
        indices[at], distances[at] = cells.searched(cell, places[here], probes=probes, m=m)
        done += here.stop - here.start
        progress(done)
    spread = 1.96 * float(shares.std()) / np.sqrt(len(shares))
    low = max(0.0, float(shares.mean()) - spread)
    return StreamedGraph(indices, distances, rows, float(shares.mean()), low, len(cells.centers), probes)


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


def _asked(place: np.ndarray, rows: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Places in the order of the cells, ascending, and which line of the result belongs to each."""
    wanted = place if rows is None else place[rows]
    targets = np.argsort(wanted).astype(np.int32)
    return wanted[targets], targets


def _by_cell(cells: Cells, places: np.ndarray) -> Iterator[tuple[int, slice]]:
    """Ascending places cell by cell, at most CROWD at a time: the cell and the slice of places."""
    bounds = np.searchsorted(places, cells.starts)
    for cell in np.flatnonzero(np.diff(bounds)):
        for block in parts(int(bounds[cell + 1] - bounds[cell]), CROWD):
            yield int(cell), slice(int(bounds[cell]) + block.start, int(bounds[cell]) + block.stop)


def _enough(
    z: np.ndarray, cells: Cells, place: np.ndarray, *, m: int, recall: float, seed: int
) -> tuple[int, np.ndarray]:
    """The fewest probes of PROBES that reach the recall, and the share found of each row measured."""
    rows = np.sort(np.random.default_rng(seed).choice(len(z), min(len(z), EXACT_ROWS), replace=False))
    farthest = _exact(z, rows, m=m)
    places, targets = _asked(place, rows)
    for probes in PROBES:
        found = np.empty((len(rows), m), np.float32)
        for cell, here in _by_cell(cells, places):
            found[targets[here]] = cells.searched(cell, places[here], probes=probes, m=m)[1]
        # By distance, not by index, so that equally far neighbors count as found; 1e-6 is float32 rounding.
        shares = (found <= farthest[:, None] * (1 + 1e-6)).mean(1)
        if shares.mean() >= recall or probes >= len(cells.centers):
            break
    return min(probes, len(cells.centers)), shares


def _exact(z: np.ndarray, rows: np.ndarray, *, m: int) -> np.ndarray:
    """Distance of the m-th nearest other point of some rows, by comparing them with every point, in parts."""
    queries = np.asarray(z[rows], np.float64)
    middle = queries.mean(0)
    near, width = queries - middle, m + SPARE
    best, best_gaps = np.full((len(rows), width), -1, np.int64), np.full((len(rows), width), np.inf)
    for part in parts(len(z), EXACT_PART):
        points = np.asarray(z[part], np.float64) - middle
        gaps = (points**2).sum(1) - 2 * near @ points.T  # without |x|^2, which orders nothing
        gaps[rows[:, None] == np.arange(part.start, part.stop)] = np.inf
        some = np.argpartition(gaps, min(width, gaps.shape[1]) - 1, axis=1)[:, :width]
        gaps = np.concatenate([best_gaps, np.take_along_axis(gaps, some, 1)], 1)
        numbers = np.concatenate([best, some + part.start], 1)
        keep = np.argpartition(gaps, width - 1, axis=1)[:, :width]
        best, best_gaps = np.take_along_axis(numbers, keep, 1), np.take_along_axis(gaps, keep, 1)
    needed, local = np.unique(np.concatenate([rows, best.ravel()]), return_inverse=True)
    points = np.asarray(z[np.maximum(needed, 0)], np.float64)
    candidates = np.where(best < 0, -1, local[len(rows) :].reshape(best.shape))
    return refine(points, candidates, m=m, rows=local[: len(rows)])[1][:, -1]


def _made(folder: Path | None, name: str, shape: tuple[int, int]) -> np.ndarray:
    kind = np.int32 if name == "indices" else np.float32
    if folder is None:
        return np.empty(shape, kind)
    folder.mkdir(parents=True, exist_ok=True)
    return np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=kind, shape=shape)
