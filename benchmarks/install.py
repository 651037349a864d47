"""Print what a first installation takes: `python -m benchmarks.install [--out FILE]`.

A new environment in a temporary folder, with the packages of requirements.txt as this machine's pip finds
them, nothing from pip's cache; then the size of its files. The folder is removed again.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rows import append

ROOT = Path(__file__).resolve().parents[1]


def size_of(folder: Path) -> int:
    """Bytes of the files in a folder as they lie on the disk, each hard link once."""
    seen: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        stat = path.lstat()
        seen[stat.st_dev, stat.st_ino] = stat.st_blocks * 512
    return sum(seen.values())


def installed(requirements: Path) -> dict[str, float | str]:
    """Make an environment, install into it, measure, remove it."""
    with tempfile.TemporaryDirectory() as folder:
        home, start = Path(folder) / "venv", time.perf_counter()
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        made = time.perf_counter()
        python = str(home / "bin" / "python")
        quiet = ["--quiet", "--no-cache-dir", "--disable-pip-version-check"]
        subprocess.run([python, "-m", "pip", "install", *quiet, "-r", str(requirements)], check=True)
        done = time.perf_counter()
        torch = subprocess.run(
            [python, "-c", "import torch; print(torch.__version__)"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        return {"venv_seconds": round(made - start, 1), "install_seconds": round(done - made, 1),
                "gigabytes": round(size_of(home) / 1e9, 2), "torch": torch}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.install", description=__doc__)
    parser.add_argument("--requirements", type=Path, default=ROOT / "requirements.txt")
    parser.add_argument("--out", type=Path, help="table to append the row to")
    given = parser.parse_args()
    load = os.getloadavg()[0]
    row = {**installed(given.requirements), "requirements": given.requirements.name,
           "load_before": round(load, 1), "device": f"{os.cpu_count()} cores {platform.machine()}",
           "python": platform.python_version(), "date": datetime.now(UTC).date().isoformat()}  # fmt: skip
    for name, value in row.items():
        print(f"{name:16s} {value}")
    if given.out:
        append(given.out, [row])


if __name__ == "__main__":
    main()
