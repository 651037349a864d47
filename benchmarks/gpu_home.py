"""Rows that a GPU session measured come home: `benchmarks.gpu_session --take FOLDER/session.zip`."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath


def merge(source: Path, target: Path) -> int:
    """Add the lines of a table that another one lacks; returns how many.

    Raises:
        SystemExit: if the columns differ.
    """
    lines = source.read_text().splitlines()
    if not target.exists():
        target.write_text("".join(f"{line}\n" for line in lines))
        return max(0, len(lines) - 1)
    there = target.read_text().splitlines()
    if lines[:1] != there[:1]:
        raise SystemExit(f"{source.name}: columns {lines[:1]} are not those of {target}: {there[:1]}")
    known = set(there)
    fresh = [line for line in lines if line not in known]
    with target.open("a") as file:
        file.writelines(f"{line}\n" for line in fresh)
    return len(fresh)


def take(archive: Path, *, results: Path, work: Path) -> None:
    """Add what a session measured to the tables; runs for the gallery and logs stay in `work`."""
    with zipfile.ZipFile(archive) as stored:
        for name in stored.namelist():
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise SystemExit(f"{archive} holds a path that leads outside: {name!r}.")
        stored.extractall(work)
    for table in sorted((work / "results").glob("*.csv")):
        added = merge(table, results / table.name)
        if added:
            print(f"{table.name}: {added} lines added")
