"""Drawn strokes as a data set: points evenly along each, with a little noise; the stroke is the class."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

MOST_STROKES, MOST_PLACES = 8, 5000
COLUMNS = ("x", "y", "label")


def checked(told: Any) -> list[np.ndarray]:
    """Read what a browser sent as strokes.

    Args:
        told: a list of strokes, each a list of [x, y] in 0..1; untrusted.

    Returns:
        One (k, 2) array a stroke.

    Raises:
        ValueError: for anything else, or for fewer than two strokes.
    """
    if not isinstance(told, Sequence) or isinstance(told, str) or not 2 <= len(told) <= MOST_STROKES:
        raise ValueError(f"Draw 2 to {MOST_STROKES} curves.")
    strokes = []
    for each in told:
        try:
            stroke = np.asarray(each, np.float64)
        except (TypeError, ValueError):
            raise ValueError("A stroke is a list of places [x, y].") from None
        fits = stroke.ndim == 2 and stroke.shape[1] == 2 and 2 <= len(stroke) <= MOST_PLACES
        if not fits or not np.isfinite(stroke).all() or np.abs(stroke).max() > 10:
            raise ValueError(f"A stroke has 2 to {MOST_PLACES} places [x, y] on the sheet.")
        if np.ptp(stroke, axis=0).max() == 0:
            raise ValueError("A stroke of no length is no curve; draw it again.")
        strokes.append(stroke)
    return strokes


def points_along(
    strokes: Sequence[np.ndarray], *, n: int = 1200, noise: float = 0.02, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Scatter points along strokes, in number by their length, and standardize.

    Args:
        strokes: (k, 2) places each.
        n: points in all.
        noise: standard deviation, in widths of the sheet.
        seed: of places and noise.

    Returns:
        (n, 2) float32 with mean 0 and standard deviation 1 a coordinate, and (n,) labels.
    """
    rng = np.random.default_rng(seed)
    steps = [np.hypot(*np.diff(stroke, axis=0).T) for stroke in strokes]
    lengths = np.array([each.sum() for each in steps])
    counts = np.maximum(np.floor(n * lengths / lengths.sum()).astype(int), 1)
    counts[counts.argmax()] += n - counts.sum()
    parts = []
    for stroke, step, count in zip(strokes, steps, counts, strict=True):
        along = np.concatenate([[0.0], np.cumsum(step)])
        at = rng.random(count) * along[-1]
        parts.append(np.stack([np.interp(at, along, stroke[:, k]) for k in (0, 1)], 1))
    x = np.concatenate(parts) + noise * rng.standard_normal((n, 2))
    labels = np.repeat(np.arange(len(strokes)), counts)
    order = rng.permutation(n)
    x = (x - x.mean(0)) / np.maximum(x.std(0), 1e-9)
    return x[order].astype(np.float32), labels[order]


def as_csv(x: np.ndarray, labels: np.ndarray) -> bytes:
    """A table with columns x, y, label, as the reader of the user's own files takes it."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(
        [f"{a:.6g}", f"{b:.6g}", f"stroke {label + 1}"] for (a, b), label in zip(x, labels, strict=True)
    )
    return text.getvalue().encode()
