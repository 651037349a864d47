"""Labels of the user's own: one a point, in a file of their own."""

from pathlib import Path

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.data.guard import DEFAULT, Limits, plain_file, reading
from dcviz.data.guarded_arrays import read_npy
from dcviz.exchange.columns import TABLES, column_of


def read_labels(path: Path, limits: Limits = DEFAULT) -> np.ndarray:
    """Read one label a point: .npy, a table with one column of labels, or a .txt with one a line.

    Raises:
        DataError: if it is none of these.
    """
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return read_npy(path, limits)
    if suffix in TABLES:
        return column_of(path, limits)
    if suffix != ".txt":
        raise DataError(f"{path.name}: labels come as .npy, .csv, .tsv, .parquet or .txt")
    plain_file(path, limits)
    with reading(path, "text file"):
        return np.array([line.strip() for line in path.read_text("utf-8-sig").splitlines() if line.strip()])
