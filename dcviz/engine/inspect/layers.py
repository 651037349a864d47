"""The layer table: what each array of a network looks like, and how it changed since another checkpoint."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

LARGEST_SIDE = 4096
"""Singular values cost the cube of the smaller side; beyond this only the largest one is found."""
POWER_STEPS = 50


@dataclass(frozen=True)
class Change:
    """How an array differs from the one of the same name and shape in another checkpoint.

    Args:
        distance: |W - W'|, Frobenius.
        relative: distance / |W'|; None where W' is zero.
        cosine: of W and W' as vectors; None where one is zero.
        reason: why there is no comparison, else None.
    """

    distance: float | None = None
    relative: float | None = None
    cosine: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Layer:
    """One row of the table; numbers have the unit of the weights unless said otherwise.

    Args:
        name: of the array.
        shape: its sides, outputs first.
        kind: dtype.
        size: how many numbers.
        mean, std, low, high: of the finite numbers.
        zeros: share of exact zeros, 0..1.
        bad: how many are NaN or infinite.
        norm: Frobenius norm.
        spectral: largest singular value of the array as a matrix (outputs, everything else); None for
            vectors and numbers.
        effective_rank: exp of the entropy of its singular values, 1 .. smaller side; None for vectors, and
            for matrices too large.
        change: against another checkpoint, or None.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    size: int
    mean: float | None
    std: float | None
    low: float | None
    high: float | None
    zeros: float
    bad: int
    norm: float | None
    spectral: float | None
    effective_rank: float | None
    change: Change | None = None


def layer_table(
    tensors: Mapping[str, np.ndarray], *, against: Mapping[str, np.ndarray] | None = None
) -> list[Layer]:
    """Measure every array.

    Args:
        tensors: by name.
        against: another checkpoint to compare with, array by array of the same name.

    Returns:
        One Layer an array, in order.
    """
    return [
        layer(name, array, change=None if against is None else change(array, against.get(name)))
        for name, array in tensors.items()
    ]


def layer(name: str, array: np.ndarray, *, change: Change | None = None) -> Layer:
    """Measure one array; numbers that do not exist are None."""
    values = np.asarray(array, np.float64)
    finite = values[np.isfinite(values)]
    whole = finite.size == values.size
    spectral, rank = spectrum(values) if whole else (None, None)
    return Layer(
        name=name,
        shape=tuple(array.shape),
        kind=str(array.dtype),
        size=array.size,
        mean=float(finite.mean()) if finite.size else None,
        std=float(finite.std()) if finite.size else None,
        low=float(finite.min()) if finite.size else None,
        high=float(finite.max()) if finite.size else None,
        zeros=float((values == 0).mean()) if values.size else 0.0,
        bad=values.size - finite.size,
        norm=float(np.linalg.norm(values)) if whole else None,
        spectral=spectral,
        effective_rank=rank,
        change=change,
    )


def spectrum(values: np.ndarray) -> tuple[float | None, float | None]:
    """Largest singular value and effective rank of an array seen as a matrix (outputs, everything else).

        erank(W) = exp( -sum_i p_i log p_i ),   p_i = s_i / sum_j s_j

    Args:
        values: finite; two axes or more, else both results are None.

    Returns:
        The spectral norm and the effective rank (None beyond LARGEST_SIDE, 0 for a matrix of zeros).

    Source: [Roy and Vetterli 2007].
    """
    if values.ndim < 2 or not values.size:
        return None, None
    matrix = values.reshape(len(values), -1)
    if min(matrix.shape) > LARGEST_SIDE:
        return _largest(matrix), None
    found = np.linalg.svd(matrix, compute_uv=False)
    total = found.sum()
    if total == 0:
        return 0.0, 0.0
    shares = found[found > 0] / total
    return float(found[0]), float(np.exp(-(shares * np.log(shares)).sum()))


def change(array: np.ndarray, other: np.ndarray | None) -> Change:
    """Compare an array with the one of the same name in another checkpoint."""
    if other is None:
        return Change(reason="not in the other checkpoint")
    if other.shape != array.shape:
        return Change(reason=f"shape {tuple(other.shape)} there")
    new, old = np.asarray(array, np.float64).ravel(), np.asarray(other, np.float64).ravel()
    if not (np.isfinite(new).all() and np.isfinite(old).all()):
        return Change(reason="not all numbers are finite")
    distance, here, there = (float(np.linalg.norm(v)) for v in (new - old, new, old))
    return Change(
        distance,
        distance / there if there else None,
        float(new @ old) / (here * there) if here and there else None,
    )


def rows(layers: list[Layer]) -> list[dict[str, Any]]:
    """The table as flat dicts, for JSON and for a data frame."""
    flat = []
    for each in layers:
        row = asdict(each)
        differs = row.pop("change")
        row["shape"] = list(each.shape)
        if differs is not None:
            row |= {f"change_{name}": value for name, value in differs.items()}
        flat.append(row)
    return flat


def histogram(array: np.ndarray, bins: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Counts (bins,) and edges (bins + 1,) of the finite numbers of an array."""
    values = np.asarray(array, np.float64)
    return np.histogram(values[np.isfinite(values)], bins=bins)


def _largest(matrix: np.ndarray) -> float:
    """Power iteration on W^T W from a fixed start; 50 steps are exact to the digits shown."""
    v = np.random.default_rng(0).normal(size=(matrix.shape[1],))
    for _ in range(POWER_STEPS):
        turned = matrix.T @ (matrix @ v)
        length = float(np.linalg.norm(turned))
        if length == 0:
            return 0.0
        v = turned / length
    return float(np.linalg.norm(matrix @ v))
