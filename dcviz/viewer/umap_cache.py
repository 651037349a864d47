"""UMAP layouts of a run: computed on request by a process of their own, kept in the cache folder.

The process is `python -m dcviz.viewer.umap_fit RUN`. Nothing is written into the run.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dcviz.data.paths import cache_root
from dcviz.runs.errors import RunError
from dcviz.runs.files import read_array, write_bytes
from dcviz.runs.metrics import check_key

if TYPE_CHECKING:
    from dcviz.runs.run import Run

FIT_ROWS = 10_000
"""Points UMAP is fitted on at most; the others are placed by its transform."""
_started: dict[Path, subprocess.Popen] = {}
SECONDS = {"start": 30.0, "fit": 2e-3, "transform": 2.5e-3}
"""On 2 busy cores: start and compile; per fitted point; per placed point and epoch."""


def folder(run: "Run") -> Path:
    """Where the layouts of this run lie."""
    from dcviz.viewer.scene import run_tag

    return cache_root() / "viewer" / f"{run.id}-{run_tag(run)}" / "umap"


def ready(run: "Run") -> set[str]:
    """Keys whose layout is there."""
    return {path.stem for path in folder(run).glob("*.npy")}


def layout(run: "Run", key: str) -> np.ndarray:
    """(n, 2) layout of a stored epoch, centered like the reference epoch.

    Raises:
        RunError: if it has not been computed.
    """
    path = folder(run) / f"{check_key(key)}.npy"
    if not path.exists():
        raise RunError(f"UMAP of epoch {key} of run {run.id} is not computed yet.")
    return read_array(path)


def seconds(n: int, epochs: int) -> float:
    """Roughly how long all layouts take on two cores, to be shown before the start."""
    return SECONDS["start"] + SECONDS["fit"] * min(n, FIT_ROWS) + SECONDS["transform"] * n * epochs


def working(run: "Run") -> bool:
    """Tell whether a process is at it."""
    own = _started.get(folder(run))
    if own is not None:
        # Asking also lets go of a child that has ended; by its number alone it would seem alive.
        return own.poll() is None
    try:
        os.kill(int((folder(run) / "pid").read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


def start(run: "Run") -> None:
    """Start computing in a process of its own, unless one is at it already."""
    if working(run):
        return
    target = folder(run)
    target.mkdir(parents=True, exist_ok=True)
    with open(target / "log.txt", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dcviz.viewer.umap_fit", str(run.path)],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=Path(__file__).resolve().parents[2],
        )
    _started[target] = process
    write_bytes(target / "pid", str(process.pid).encode())
