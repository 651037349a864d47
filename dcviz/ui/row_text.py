"""Selected points as a short text for the address bar: ranges while they are few, else a packed bit set."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

import numpy as np

LONGEST = 4000
"""Letters a selection may take: whole addresses of 8,000 pass every common server and browser."""
_READABLE = 300
_RANGES = re.compile(r"\d{1,9}(-\d{1,9})?(\.\d{1,9}(-\d{1,9})?)*")


def rows_text(rows: np.ndarray, n: int) -> str | None:
    """Write rows as `3.10-19` or, where that is long, as `z` and a compressed bit set.

    Args:
        rows: (k,) rows of points, ascending, each once.
        n: number of points.

    Returns:
        The text, of letters that need no escape in an address; None if it would be longer than LONGEST.
    """
    cuts = np.flatnonzero(np.diff(rows) != 1) + 1
    if len(cuts) < _READABLE:
        runs = np.split(rows, cuts) if len(rows) else []
        text = ".".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
        if len(text) <= _READABLE:
            return text
    mask = np.zeros(n, bool)
    mask[rows] = True
    packed = zlib.compress(np.packbits(mask, bitorder="little").tobytes(), 9)
    text = "z" + base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return text if len(text) <= LONGEST else None


def text_rows(text: str, n: int) -> np.ndarray:
    """Read what `rows_text` wrote.

    Args:
        text: from an address, untrusted.
        n: number of points.

    Returns:
        (k,) int64, ascending, each once.

    Raises:
        ValueError: if the text is none, or names a point from n on.
    """
    if len(text) > LONGEST:
        raise ValueError(f"a selection may take {LONGEST} letters, got {len(text)}")
    mask = _unpacked(text[1:], n) if text.startswith("z") else _ranged(text, n)
    return np.flatnonzero(mask).astype(np.int64)


def _ranged(text: str, n: int) -> np.ndarray:
    if not _RANGES.fullmatch(text):
        raise ValueError(f"a selection is written like 3.10-19, got {text[:40]}")
    mask = np.zeros(n, bool)
    for part in text.split("."):
        first, _, last = part.partition("-")
        begin, end = int(first), int(last or first)
        if not begin <= end < n:
            raise ValueError(f"points go from 0 to {n - 1}, got {part}")
        mask[begin : end + 1] = True
    return mask


def _unpacked(text: str, n: int) -> np.ndarray:
    size = (n + 7) // 8
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        # One byte more than there can be: a text that unpacks to more is refused before it takes memory.
        raw = zlib.decompressobj().decompress(packed, size + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise ValueError("the packed selection is damaged; links must be copied whole") from None
    bits = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little").astype(bool)
    if len(raw) != size or bits[n:].any():
        raise ValueError(f"the packed selection is not one of {n} points")
    return bits[:n]
