"""From an array of any shape and its labels to a Dataset; whatever cannot be used is refused here."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from dcviz.data.dataset import DataError, Dataset

_CHANNELS = (1, 3)


def dataset_of_arrays(
    name: str,
    x: np.ndarray,
    y: np.ndarray | None,
    *,
    image_shape: Sequence[int] | None = None,
    class_names: Sequence[str] = (),
    note: str = "",
) -> Dataset:
    """Build a Dataset from samples of any shape.

    (n, D) are vectors; (n, H, W), (n, H, W, C), (n, C, H, W) with C 1 or 3 are pictures; (n, Z, H, W),
    (n, Z, H, W, C), (n, C, Z, H, W) are volumes. uint8 stays uint8, every other number becomes float32.

    Args:
        name: of the data set.
        x: samples along the first axis.
        y: (n,) labels, whole numbers or names; None without labels.
        image_shape: (C, H, W) or (C, Z, H, W) when flat rows are pictures all the same.
        class_names: name of label value 0, 1, ...; empty to use the values as names.
        note: kept with the data.

    Returns:
        The Dataset, with as many suggested clusters as there are classes.

    Raises:
        DataError: for values that are not finite numbers, contradicting lengths or unknown shapes.
    """
    _refuse_non_numbers(name, x)
    rows, found_shape = flat_rows(name, x)
    shape = tuple(image_shape) if image_shape is not None else found_shape
    labels, names = (None, ()) if y is None else encode_labels(name, y, x.shape[0], class_names)
    if rows.dtype != np.uint8:
        rows = finite_float32(name, rows)
    return Dataset(
        name=name,
        x=np.ascontiguousarray(rows),
        scale=_scale(rows, shape),
        labels=labels,
        image_shape=shape,
        class_names=names,
        clusters=len(names) or None,
        note=note,
    )


def encode_labels(
    name: str, y: np.ndarray, n: int, class_names: Sequence[str] = ()
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Number the classes 0..classes-1 in sorted order and name them.

    Args:
        name: of the data set, for messages.
        y: (n,) or (n, 1), whole numbers or names.
        n: number of samples.
        class_names: name of label value 0, 1, ...; empty to use the values as names.

    Returns:
        (n,) int64 codes, and one name a code.

    Raises:
        DataError: for another length, more than one column, missing labels or fractions.
    """
    y = np.asarray(y)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if y.ndim != 1 or len(y) != n:
        raise DataError(
            f"{name}: there are {n} samples but the labels have shape {y.shape}; give one label for each "
            f"sample, shape ({n},), in the same order (of one-hot rows take argmax(axis=1))."
        )
    if y.dtype.kind == "O":
        raise DataError(f"{name}: labels are Python objects; save them as whole numbers or as text.")
    if y.dtype.kind == "f" and not np.array_equal(y, np.round(y)):
        row = int(np.flatnonzero(~(y == np.round(y)))[0])
        raise DataError(
            f"{name}: label {y[row]} in row {row} (counted from 0) is not a whole number; they name classes."
        )
    values, codes = np.unique(y.astype(np.int64) if y.dtype.kind in "fb" else y, return_inverse=True)
    named = values.dtype.kind in "iu" and len(class_names) > values.max() and values.min() >= 0
    names = [class_names[v] if named else v.decode() if isinstance(v, bytes) else v for v in values]
    return codes.astype(np.int64), tuple(str(label) for label in names)


def _refuse_non_numbers(name: str, x: np.ndarray) -> None:
    if x.dtype.kind not in "biuf":
        raise DataError(
            f"{name}: samples must be real numbers, got dtype {x.dtype}; convert them to float32."
        )
    if x.ndim < 2:
        raise DataError(f"{name}: samples have shape {x.shape}; give one row a sample, for example (n, D).")
    if 0 in x.shape:
        raise DataError(f"{name}: no values in an array of shape {x.shape}; give at least one sample.")


def flat_rows(name: str, x: np.ndarray) -> tuple[np.ndarray, tuple[int, ...] | None]:
    """Flatten samples to rows with channels first.

    Args:
        name: of the data set, for messages.
        x: (n, ...) samples, two to five axes.

    Returns:
        (n, D) rows, and the shape of one sample, (C, H, W) or (C, Z, H, W), None for vectors.

    Raises:
        DataError: for other numbers of axes or channels.
    """
    if x.ndim == 2:
        return x, None
    if x.ndim > 5:
        raise DataError(
            f"{name}: samples of {x.ndim - 1} axes are not known, got shape {x.shape}; flatten them."
        )
    if x.ndim == 4 and x.shape[-1] == 4:
        raise DataError(f"{name}: pictures of shape {x.shape} have an alpha channel; keep x[..., :3].")
    if x.ndim > 3 and x.shape[-1] in _CHANNELS:
        x = np.moveaxis(x, -1, 1)
    elif x.ndim == 3 or (x.ndim == 4 and x.shape[1] not in _CHANNELS):
        x = x[:, None]
    if x.shape[1] not in _CHANNELS:
        raise DataError(f"{name}: pictures need 1 or 3 channels first or last, got shape {x.shape}.")
    return x.reshape(x.shape[0], prod(x.shape[1:])), x.shape[1:]


def finite_float32(name: str, x: np.ndarray) -> np.ndarray:
    """Convert, and refuse NaN, Inf and what overflows to Inf."""
    with np.errstate(over="ignore"):
        rows = x.astype(np.float32)
    bad = ~np.isfinite(rows)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"{name}: {int(bad.any(axis=1).sum())} of {len(x)} rows hold values that are missing or too "
            f"large; the first is {x[row, column]} in row {row}, column {column} (counted from 0). "
            f"Remove those rows or fill them in."
        )
    return rows


def _scale(rows: np.ndarray, image_shape: tuple[int, ...] | None) -> float:
    """Bring uint8 into 0..1: pictures by 1/255, plain vectors by their largest value."""
    if rows.dtype != np.uint8:
        return 1.0
    return 1 / 255 if image_shape is not None else 1 / max(1, int(rows.max()))
