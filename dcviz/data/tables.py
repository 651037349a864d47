"""Tables of the user's own: one row a sample, numbers in every column but the labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dcviz.data.arrays import dataset_of_arrays
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.guard import DEFAULT, Limits, own_limits, plain_file, readable, reading

if TYPE_CHECKING:
    import pandas as pd

LABEL_NAMES = ("label", "y", "class", "target")
ROW_NAMES = ("id", "index", "idx", "row")


def read_table(path: Path, *, labels: str | None = None) -> Dataset:
    """Read a .csv, .tsv or .parquet table.

    Separators comma, semicolon and tab are told apart by the first line; a first line of numbers alone
    means there is no header. A column that numbers the rows is dropped, and the note says so.

    Args:
        path: of the file.
        labels: column with the classes; "none" to use every column as a feature; if None, the column
            named label, y, class or target (y not beside x: then both are coordinates).

    Returns:
        The Dataset.

    Raises:
        DataError: for an empty or broken file, an unknown or ambiguous label column, missing cells or
            cells that are not numbers; says where.
    """
    frame = guarded_frame(path, own_limits())
    if frame.empty:
        raise DataError(f"{path.name} has no rows; give at least one sample below the header.")
    frame, note = without_index(frame, f"read from {path.name}")
    column = label_column(path.name, frame, labels)
    y = None if column is None else label_values(path.name, frame[column])
    features = frame if column is None else frame.drop(columns=[column])
    if features.shape[1] == 0:
        raise DataError(f"{path.name} has no feature columns beside the labels {column!r}; add some.")
    return dataset_of_arrays(path.stem, numbers_of(path.name, features), y, note=note)


def guarded_frame(path: Path, limits: Limits = DEFAULT) -> pd.DataFrame:
    """Read a table, after asking a .parquet what it unpacks to.

    Raises:
        DataError: as `read_frame`, and for files beyond the limits.
    """
    plain_file(path, limits)
    with reading(path, f"{path.suffix} table"):
        if path.suffix.lower() == ".parquet":
            _check_parquet(path, limits)
        return read_frame(path)


def _check_parquet(path: Path, limits: Limits) -> None:
    """Dictionary and run-length encoding turn a few bytes into gigabytes; the footer says how many cells."""
    import pyarrow.parquet as parquet

    footer = parquet.ParquetFile(path).metadata
    cells = footer.num_rows * footer.num_columns
    if footer.num_rows < 0 or cells * 8 > limits.file_bytes:
        raise DataError(
            f"{path.name} unpacks to {footer.num_rows} rows of {footer.num_columns} columns, about "
            f"{readable(cells * 8)}; at most {readable(limits.file_bytes)} are read"
        )


def read_frame(path: Path) -> pd.DataFrame:
    """Read a .csv, .tsv or .parquet file as it stands; columns are named by text.

    Raises:
        DataError: if it is empty, broken or not text.
    """
    try:
        import pandas as pd
    except ImportError:
        raise DataError(
            f"{path.name}: tables need pandas; `pip install pandas`, or save the table as .npz."
        ) from None
    try:
        if path.suffix.lower() == ".parquet":
            frame = pd.read_parquet(path)
            return frame.rename(columns=str)
        separator, header = _csv_form(path)
        frame = pd.read_csv(path, sep=separator, header=0 if header else None, skipinitialspace=True)
        return frame.rename(columns=str)
    except ImportError:
        raise DataError(
            f"{path.name}: .parquet needs pyarrow; `pip install pyarrow`, or save it as .csv."
        ) from None
    except pd.errors.EmptyDataError:
        raise DataError(f"{path.name} is empty; save or copy it again.") from None
    except (ValueError, OSError, KeyError, TypeError, MemoryError) as error:  # as seen on damaged files
        raise DataError(
            f"{path.name} cannot be read as a {path.suffix} table ({' '.join(str(error).split())[:200]}); "
            "save it again."
        ) from error


def _csv_form(path: Path) -> tuple[str, bool]:
    """Tell the separator and whether the first line is a header."""
    with path.open(encoding="utf-8-sig") as file:
        first = file.readline().strip()
    separator = max("\t;,", key=first.count)  # a tie goes to the rarer character
    separator = separator if separator in first else ","
    return separator, not all(_is_number(cell) for cell in first.split(separator))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def without_index(frame: pd.DataFrame, note: str) -> tuple[pd.DataFrame, str]:
    """Drop a first column that numbers the rows: as a feature it would rule distances.

    That is the unnamed one that DataFrame.to_csv writes, or whole numbers under one of ROW_NAMES, none twice.
    """
    first = frame.columns[0]
    if first.startswith("Unnamed: ") and frame[first].tolist() == list(range(len(frame))):
        return frame.drop(columns=[first]), f"{note}; its unnamed column of row numbers was left out"
    numbers = first.lower() in ROW_NAMES and frame[first].dtype.kind in "iu" and frame[first].is_unique
    if numbers and len(frame.columns) > 1:
        return frame.drop(columns=[first]), f"{note}; its column {first!r} of row numbers was left out"
    return frame, note


def label_column(name: str, frame: pd.DataFrame, asked: str | None) -> str | None:
    """Tell which column holds the classes: the one asked for, or the one named like it; None without.

    Raises:
        DataError: if there is no such column, or several could be it.
    """
    columns = list(frame.columns)
    if asked == "none":
        return None
    if asked is not None:
        if asked not in columns:
            shown = ", ".join(columns[:20]) + (", ..." if len(columns) > 20 else "")
            raise DataError(f"{name} has no column {asked!r} for the labels; columns: {shown}; or say none.")
        return asked
    lower = [column.lower() for column in columns]
    found = [
        c
        for c, low in zip(columns, lower, strict=True)
        if low in LABEL_NAMES and not (low == "y" and "x" in lower)
    ]
    if len(found) > 1:
        raise DataError(
            f"{name}: {' and '.join(found)} could all be the labels; choose with labels={found[0]}."
        )
    return found[0] if found else None


def label_values(name: str, column: pd.Series) -> np.ndarray:
    """Give a column of classes as numbers or text; refuse missing ones with a DataError."""
    missing = np.flatnonzero(column.isna())
    if len(missing):
        raise DataError(
            f"{name}: {len(missing)} labels are missing in column {column.name!r}, the first in data row "
            f"{missing[0] + 1}; fill them in, remove those rows, or train without labels (labels=none)."
        )
    values = column.to_numpy()
    return values if values.dtype.kind in "biuf" else values.astype(str)


def numbers_of(name: str, features: pd.DataFrame) -> np.ndarray:
    """Give the features as an array; refuse missing cells and text, naming the first of them."""
    import pandas as pd

    for column in features.columns:
        cells = features[column]
        missing = np.flatnonzero(cells.isna())
        if len(missing):
            raise DataError(
                f"{name}: {len(missing)} cells of column {column!r} are missing, the first in data row "
                f"{missing[0] + 1}; fill them in or remove those rows or the column."
            )
        if not pd.api.types.is_numeric_dtype(cells):
            numbers = pd.to_numeric(cells.astype(str), errors="coerce")
            row = int(np.flatnonzero(numbers.isna())[0]) if numbers.isna().any() else 0
            raise DataError(
                f"{name}: column {column!r} is not numeric, data row {row + 1} holds {cells.iloc[row]!r}; "
                f"remove the column, turn it into numbers, or name it as the labels (labels={column})."
            )
    return features.to_numpy(dtype=np.float64)
