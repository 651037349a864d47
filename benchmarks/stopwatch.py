"""Times that stay: each row goes to a CSV file at once, so that a second call goes on from there."""

from __future__ import annotations

import csv
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

COLUMNS = ("what", "seconds", "note", "n", "d", "threads", "date", "device", "load", "versions")
PACKAGES = ("numpy", "scipy", "scikit-learn", "faiss-cpu", "torch")
LONG = 5.0
"""Seconds after which a measurement is not repeated."""


def best(call: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Shortest wall time of some runs, and the last result."""
    times: list[float] = []
    while len(times) < repeat and sum(times) < LONG:
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result


class Record:
    """Rows measured under one setting of device and threads; those that stand in the file are not repeated.

    Args:
        path: CSV file, created when the first row is added.
        device: name of the processor or GPU.
        threads: used by every row.
        again: True measures rows once more that are there; the last of equal rows counts.
    """

    def __init__(self, path: Path, *, device: str, threads: int, again: bool = False):
        self.path, self.device, self.threads = path, device, threads
        self.rows = read(path)
        self.known = set() if again else {
            self._key(row["what"], int(row["n"]), int(row["d"]))
            for row in self.rows
            if (row["device"], row["threads"]) == (device, str(threads))
        }  # fmt: skip

    def _key(self, what: str, n: int, d: int) -> tuple[str, int, int]:
        # What stands in parentheses is how a row was found, which may differ from run to run.
        return what.partition(" (")[0], n, d

    def has(self, what: str, n: int, d: int) -> bool:
        """Tell whether the row need not be measured."""
        return self._key(what, n, d) in self.known

    def add(self, what: str, seconds: float, note: str, *, n: int, d: int) -> None:
        """Print a row and append it to the file."""
        row = {"what": what, "seconds": f"{seconds:.6f}", "note": note, "n": str(n), "d": str(d),
               "threads": str(self.threads), "date": time.strftime("%Y-%m-%d"), "device": self.device,
               "load": f"{os.getloadavg()[0]:.2f}", "versions": versions()}  # fmt: skip
        fresh = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerow(row)
        self.rows.append(row)
        self.known.add(self._key(what, n, d))
        print(f"n {n:>7,} d {d:>2}  {what:48s} {1e3 * seconds:12.2f} ms  {note}", flush=True)

    def seconds(self, what: str, n: int, d: int) -> float | None:
        """The last measurement of a row on this device, or None."""
        return latest(self.rows, what, n, d, device=self.device)


def latest(rows: list[dict[str, str]], what: str, n: int, d: int, *, device: str = "") -> float | None:
    """The last measurement of a row, on any device if none is named; None if there is none."""
    for row in reversed(rows):
        same = (row["what"].partition(" (")[0], row["n"], row["d"]) == (what, str(n), str(d))
        if same and device in ("", row["device"]):
            return float(row["seconds"])
    return None


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a record; none if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def processor() -> str:
    """Name of the processor with the number of its cores that are at hand."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{os.cpu_count()} x {name}"


def versions() -> str:
    """Versions of what takes part; packages that are not there are left out."""
    found = [f"python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return " ".join(found)
