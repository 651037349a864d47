"""Latents of one epoch in several files, so that they can be written and read in parts.

Up to SHARD_ROWS rows an epoch is one file, latents/KEY.npy. Beyond, it is latents/KEY/00001-of-00003.npy …:
rows in order, each file whole or not there. Every name says how many belong together, so that a missing one
is noticed; the epoch is listed when all are there, whoever wrote them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.runs.errors import RunError
from dcviz.runs.files import read_array

SHARD_ROWS = 1_000_000
"""Rows of one file: 40 MB for 10 latent dimensions."""
MOST_SHARDS = 99_999
FOLDER = "latents"


class Pieces:
    """Rows that lie in several arrays, read as one (n, d) array by slices, row numbers and numpy.asarray.

    What is asked for is copied into memory, the rest stays on the disk.

    Args:
        arrays: at least one, (n_i, d) each, of one width and kind; usually mapped.

    Raises:
        ValueError: if they do not fit together.
    """

    ndim = 2

    def __init__(self, arrays: list[np.ndarray]):
        kinds = {(array.ndim, array.shape[1:], array.dtype.str) for array in arrays}
        if len(kinds) != 1 or arrays[0].ndim != 2:
            raise ValueError("parts of one array need one number of columns and one kind of number")
        self.arrays = arrays
        self.starts = np.concatenate([[0], np.cumsum([len(array) for array in arrays])])
        self.dtype = arrays[0].dtype
        self.shape = (int(self.starts[-1]), arrays[0].shape[1])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> np.ndarray:
        """Rows by a slice, a mask or their numbers; one row by one number."""
        if isinstance(rows, slice) and rows.step in (None, 1):
            return self._between(*rows.indices(len(self))[:2])
        wanted = self._numbers(rows)
        found = np.empty((*wanted.shape, self.shape[1]), self.dtype)
        piece = np.searchsorted(self.starts, wanted, side="right") - 1
        for number in np.unique(piece):
            here = piece == number
            found[here] = self.arrays[number][wanted[here] - self.starts[number]]
        return found

    def _numbers(self, rows: Any) -> np.ndarray:
        """Row numbers 0 .. n - 1 that are meant."""
        n = len(self)
        wanted = np.arange(*rows.indices(n)) if isinstance(rows, slice) else np.asarray(rows)
        if wanted.dtype == bool:
            if wanted.shape != (n,):
                raise IndexError(f"a mask of {n} rows has shape ({n},), got {wanted.shape}")
            wanted = np.flatnonzero(wanted)
        if wanted.size and not -n <= wanted.min() <= wanted.max() < n:
            raise IndexError(f"rows lie in 0 .. {n - 1}, got {wanted.min()} .. {wanted.max()}")
        return np.where(wanted < 0, wanted + n, wanted)

    def _between(self, start: int, stop: int) -> np.ndarray:
        inside = [
            array[max(0, start - first) : max(0, stop - first)]
            for array, first in zip(self.arrays, self.starts, strict=False)
            if first < stop and first + len(array) > start
        ]
        return np.concatenate(inside or [self.arrays[0][:0]])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """All rows in memory."""
        if copy is False:
            raise ValueError("rows in several files can only be copied")
        return self[:].astype(dtype or self.dtype, copy=False)


def shard_path(run: Path, key: str, number: int, count: int) -> Path:
    """Where shard `number` of 1 .. `count` lies.

    Raises:
        ValueError: for another number, or more shards than the names can count.
    """
    if not 1 <= number <= count <= MOST_SHARDS:
        raise ValueError(f"shards are numbered 1 .. count, at most {MOST_SHARDS}; got {number} of {count}")
    return run / FOLDER / key / f"{number:05d}-of-{count:05d}.npy"


def laid_out(run: Path, key: str, latents: np.ndarray) -> Iterator[tuple[Path, np.ndarray]]:
    """Each file of an epoch's latents, with the rows that go there."""
    n = len(latents)
    if n <= SHARD_ROWS:
        yield run / FOLDER / f"{key}.npy", latents
        return
    count = -(-n // SHARD_ROWS)
    for number in range(count):
        rows = latents[number * SHARD_ROWS : (number + 1) * SHARD_ROWS]
        yield shard_path(run, key, number + 1, count), rows


def latent_files(run: Path, key: str) -> list[Path]:
    """The files an epoch's latents lie in, in order.

    Raises:
        RunError: if one of several is missing.
    """
    single = run / FOLDER / f"{key}.npy"
    found = [] if single.exists() else sorted((run / FOLDER / key).glob("[0-9]*-of-[0-9]*.npy"))
    if not found:
        return [single]
    count = int(found[0].stem.split("-of-")[1])
    wanted = [shard_path(run, key, number, count) for number in range(1, count + 1)]
    if missing := sorted({*wanted} - {*found}):
        raise RunError(f"{FOLDER}/{key}/{missing[0].name} is missing in {run}")
    return wanted


def read_latents(run: Path, key: str) -> np.ndarray | Pieces:
    """The latents of an epoch as they lie there: one array, or mapped pieces.

    Raises:
        RunError: if a file is missing, damaged, or does not fit the others.
    """
    files = latent_files(run, key)
    arrays = [read_array(file, always_map=len(files) > 1) for file in files]
    try:
        return arrays[0] if len(arrays) == 1 else Pieces(arrays)
    except ValueError as error:
        raise RunError(f"{run / FOLDER / key} cannot be read: {error}") from error
