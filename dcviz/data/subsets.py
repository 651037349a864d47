"""A part of a data set that keeps the shares of its classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dcviz.data.dataset import Dataset


def stratified(data: Dataset, n: int) -> Dataset:
    """Draw n points so that every class keeps its share; the same ones every time, in their old order.

    Shares that are no whole numbers are rounded down, and the points left over go to the classes that lost
    most by it.

    Args:
        data: with labels.
        n: how many; all of them, or more, leave the data as they are.
    """
    if n >= data.n:
        return data
    assert data.labels is not None
    classes, codes = np.unique(data.labels, return_inverse=True)
    wanted = np.bincount(codes) * (n / data.n)
    counts = np.floor(wanted).astype(int)
    left_over = np.argsort(counts - wanted, kind="stable")[: n - counts.sum()]
    counts[left_over] += 1
    rng = np.random.default_rng(0)
    rows = np.sort(np.concatenate([
        rng.choice(np.flatnonzero(codes == k), counts[k], replace=False) for k in range(len(classes))
    ]))  # fmt: skip
    note = f"{data.note}; {n:,} of {data.n:,} pictures, drawn evenly from every class"
    position = None if data.position is None else data.position[rows]
    return replace(data, x=data.x[rows], labels=data.labels[rows], position=position, note=note)
