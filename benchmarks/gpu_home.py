"""Rows that a GPU session measured come home: `benchmarks.gpu_session --take FOLDER/session.zip`."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from benchmarks.rows import append, header_of, rows_of


def merge(source: Path, target: Path) -> int:
    """Add the lines of a table that another one lacks; returns how many.

    Raises:
        SystemExit: if the columns differ, and not only by some that one of the tables has got since.
    """
    lines = source.read_text().splitlines()
    if not target.exists():
        target.write_text("".join(f"{line}\n" for line in lines))
        return max(0, len(lines) - 1)
    there = target.read_text().splitlines()
    if lines[:1] != there[:1]:
        return _merge_rows(source, target)
    known = set(there)
    fresh = [line for line in lines if line not in known]
    with target.open("a") as file:
        file.writelines(f"{line}\n" for line in fresh)
    return len(fresh)


def _merge_rows(source: Path, target: Path) -> int:
    """Merge tables of which one has columns more: cells that a row lacks are empty."""
    here, there = set(header_of(source)), set(header_of(target))
    if not (here <= there or there <= here):
        raise SystemExit(f"{source.name}: columns {sorted(here)} are not those of {target}: {sorted(there)}")
    known = {_filled(row) for row in rows_of(target)}
    fresh = [row for row in rows_of(source) if _filled(row) not in known]
    append(target, fresh)
    return len(fresh)


def _filled(row: dict[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset((name, cell) for name, cell in row.items() if cell)


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
