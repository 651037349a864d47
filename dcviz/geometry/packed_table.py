"""A threshold table in few bytes: what falls into each cell instead of the sums, compressed.

Most cells of the grid hold few links or none, so 512 kB of sums become 15 kB (1,200 points) to 60 kB
(70,000), and two running sums bring them back exactly.
"""

import io
import zlib
from typing import Any

import numpy as np

from dcviz.geometry.table import STEPS, ThresholdTable, suffix_sum

VERSION = 1
"""Of what is packed; raise it when the table's axes or counts change their meaning."""
LARGEST = 2 << 20
"""Bytes a table can take unpacked; more is no table."""
_COUNTS = ("core", "reliable", "same_before", "same_after")


def pack_table(table: ThresholdTable) -> np.ndarray:
    """Pack a table into bytes.

    Args:
        table: from threshold_table.

    Returns:
        (bytes,) uint8.
    """
    arrays: dict[str, Any] = {"m": table.m, "n": table.n, "reading": table.reading}
    arrays["tau_axis"] = table.tau_axis
    for name in _COUNTS:
        sums = getattr(table, name)
        if sums is not None:
            arrays[name] = _narrow(_cells(sums))
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return np.frombuffer(zlib.compress(file.getvalue(), 1), np.uint8)


def unpack_table(packed: np.ndarray) -> ThresholdTable:
    """Give the table back, equal to the one that was packed.

    Args:
        packed: from pack_table.

    Returns:
        The table.

    Raises:
        ValueError: if these bytes are no packed table.
    """
    try:
        plain = zlib.decompressobj().decompress(packed.tobytes(), LARGEST)
        with np.load(io.BytesIO(plain), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        counts = {name: _sums(arrays[name]) if name in arrays else None for name in _COUNTS}
        m, n, reading = int(arrays["m"]), int(arrays["n"]), str(arrays["reading"])
        tau_axis = arrays["tau_axis"]
    # Damaged bytes show themselves as any of a dozen exception classes of zlib, zipfile and numpy.
    except Exception as error:
        raise ValueError(f"These bytes are no packed threshold table: {error}") from error
    axis = np.linspace(0, 1, STEPS, dtype=np.float32)
    shapes = [tau_axis.shape, *(each.shape[:1] for each in counts.values() if each is not None)]
    core, reliable, before, after = counts.values()
    if core is None or reliable is None or set(shapes) != {(STEPS,)}:
        raise ValueError("These bytes are no packed threshold table: axes or counts are missing.")
    return ThresholdTable(m, n, reading, axis, tau_axis, core, reliable, before, after)


def _cells(sums: np.ndarray) -> np.ndarray:
    """What falls into each cell, from the sums over all higher ratios and lower gaps."""
    cells = sums.copy()
    cells[:-1] -= sums[1:]
    if cells.ndim == 2:
        cells[:, 1:] -= cells[:, :-1].copy()
    return cells


def _sums(cells: np.ndarray) -> np.ndarray:
    wide = cells.astype(np.int32)
    return suffix_sum(np.cumsum(wide, axis=1) if wide.ndim == 2 else wide)


def _narrow(counts: np.ndarray) -> np.ndarray:
    """In one or two bytes a count where these suffice."""
    for kind in (np.uint8, np.uint16):
        if counts.max(initial=0) <= np.iinfo(kind).max:
            return counts.astype(kind)
    return counts
