"""Tables of latents (.csv, .tsv, .parquet): which columns are latents, labels, clusters, epochs."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dcviz.data.arrays import encode_labels
from dcviz.data.dataset import DataError
from dcviz.data.guard import DEFAULT, Limits
from dcviz.data.tables import guarded_frame, label_column, label_values, numbers_of, without_index
from dcviz.exchange.incoming import Incoming

if TYPE_CHECKING:
    import pandas as pd

TABLES = (".csv", ".tsv", ".parquet")
CLUSTERS, EPOCHS = ("cluster", "clusters", "assignment", "prediction"), ("epoch", "step", "global_step")
LATENT = re.compile(r"z_?\d+")


def table_latents(path: Path, *, labels: str | None = None, limits: Limits = DEFAULT) -> Incoming:
    """Read a table with one row a point, or one row a point and epoch.

    Columns named z0, z1, ... are the latents; without such names every column is that is not the label
    (label, y, class, target, or the one asked for), the cluster, or the epoch.

    Args:
        path: .csv, .tsv or .parquet.
        labels: column of the true classes; "none" without.
        limits: on the file, and on what a .parquet unpacks to.

    Raises:
        DataError: naming the column and row.
    """
    frame = guarded_frame(path, limits)
    if frame.empty:
        raise DataError(f"{path.name} has no rows; give one a point below the header")
    frame, note = without_index(frame, f"read from {path.name}")
    asked = label_column(path.name, frame, labels)
    cluster, epoch = _named(frame, CLUSTERS), _named(frame, EPOCHS)
    moments = _moments(path.name, frame, epoch)
    first = next(iter(moments.values()))
    codes, names = (None, ()) if asked is None else encode_labels(
        path.name, label_values(path.name, first[asked]), len(first)
    )  # fmt: skip
    latents = _latent_columns(path.name, frame, {asked, cluster, epoch})
    unused = [column for column in frame.columns if column not in {*latents, asked, cluster, epoch}]
    if unused:
        note += f"; of its columns {', '.join(unused)} {'was' if len(unused) == 1 else 'were'} left out"
    return Incoming(
        path.stem,
        tuple(moments),
        lambda moment: numbers_of(path.name, moments[moment][latents]),
        lambda moment: None if cluster is None else label_values(path.name, moments[moment][cluster]),
        codes,
        names,
        note,
    )


def column_of(path: Path, limits: Limits = DEFAULT) -> np.ndarray:
    """Read the one column of labels a table holds: its only one, or the one named like labels.

    Raises:
        DataError: if the table leaves open which column it is.
    """
    frame = guarded_frame(path, limits)
    frame, _ = without_index(frame, "") if len(frame.columns) > 1 else (frame, "")
    name = frame.columns[0] if len(frame.columns) == 1 else label_column(path.name, frame, None)
    if name is None:
        raise DataError(
            f"{path.name} has {len(frame.columns)} columns and none named label, y, class or target; "
            "keep the labels alone"
        )
    return label_values(path.name, frame[name])


def _named(frame: "pd.DataFrame", names: tuple[str, ...]) -> str | None:
    found = [column for column in frame.columns if column.lower() in names]
    return found[0] if found else None


def _latent_columns(name: str, frame: "pd.DataFrame", taken: set[str | None]) -> list[str]:
    left = [column for column in frame.columns if column not in taken]
    latents = [column for column in left if LATENT.fullmatch(column.lower())] or left
    if len(set(frame.columns)) < len(frame.columns):
        raise DataError(f"{name} has two columns of one name; rename one of them")
    if not latents:
        raise DataError(f"{name} has no latent columns beside {', '.join(map(str, taken - {None}))}")
    return latents


def _moments(name: str, frame: "pd.DataFrame", epoch: str | None) -> "dict[int, pd.DataFrame]":
    """Cut a long table into one table an epoch, ascending; without an epoch column it is epoch 0."""
    if epoch is None:
        return {0: frame}
    values = numbers_of(name, frame[[epoch]])[:, 0]
    whole = values == np.round(values)
    if not whole.all():
        row = int(np.argmin(whole))
        raise DataError(f"{name}: epoch {values[row]} in data row {row + 1} is no whole number")
    return {int(value): frame[values == value] for value in np.unique(values)}
