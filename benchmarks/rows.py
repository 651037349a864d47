"""Rows of the tables of results: appended and forced to disk, so that a training cut off costs nothing."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from dcviz.runs.files import write_with
from models.snapshot import Snapshot

LOOKS = 12
"""Snapshots of a later phase whose losses are kept, about."""


def append(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows under the table's own header and force them to disk.

    A cell that a row lacks stays empty. Where a row has a column that the table lacks, the table is written
    anew, whole or not at all: the column goes last, empty in the rows that were there.

    Args:
        path: of the table; made where it is missing.
        rows: by column.

    Raises:
        ValueError: if the table has to be written anew and one of its lines has more cells than columns.
    """
    if not rows:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    header = header_of(path)
    columns = list(dict.fromkeys([*header, *(name for row in rows for name in row)]))
    if columns != header:
        before = rows_of(path) if header else []
        write_with(path, lambda file: file.write(table_text(columns, before).encode()))
    lines = table_text(columns, rows).partition("\n")[2]
    with path.open("rb+") as file:
        if file.seek(0, os.SEEK_END) and not ends_whole(file):
            lines = "\n" + lines
        file.seek(0, os.SEEK_END)
        file.write(lines.encode())
        file.flush()
        os.fsync(file.fileno())


def header_of(path: Path) -> list[str]:
    """Columns of a table; none where it is missing or empty."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return next(csv.reader(file), [])


def rows_of(path: Path) -> list[dict[str, str]]:
    """All rows of a table; cells that a line lacks are left out.

    Raises:
        ValueError: if a line has more cells than there are columns.
    """
    found = []
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            if None in row:
                raise ValueError(
                    f"{path}: line {reader.line_num} has more cells than the header has columns "
                    f"({len(reader.fieldnames or ())}); mend it by hand, then append again"
                )
            found.append({name: cell for name, cell in row.items() if cell is not None})
    return found


def table_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """A table as text, header first; missing cells are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def ends_whole(file: BinaryIO) -> bool:
    """Whether the last line ends; one that was cut off must not run into the next."""
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def loss_rows(place: Mapping[str, Any], snapshots: Sequence[Snapshot]) -> list[dict[str, Any]]:
    """One row a named loss of each snapshot: means over its epoch.

    Args:
        place: what the rows have in common: method, data, variant, seed ...
        snapshots: of one training, in order.
    """
    return [
        {
            **place,
            "phase": f"phase {at.phase_index + 1}",
            "epoch": at.epoch,
            "loss": name,
            "value": f"{value:.6g}",
        }
        for at in snapshots
        for name, value in at.losses.items()
    ]
