"""UMAP layouts of a run: computed on request by a process of their own, kept in the cache folder.

    python -m dcviz.viewer.umap_cache RUN

fits UMAP on the reference epoch and transforms the other epochs one by one. Nothing is written into the run.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dcviz.data.paths import cache_root
from dcviz.runs.errors import RunError
from dcviz.runs.files import read_array, write_array, write_bytes
from dcviz.runs.metrics import check_key

if TYPE_CHECKING:
    from dcviz.runs.run import Run

FIT_ROWS = 10_000
"""Points UMAP is fitted on at most; the others are placed by its transform."""
SECONDS = {"start": 25.0, "fit": 1.2e-3, "transform": 5e-4}
"""Measured on 2 cores: start and compile; per fitted point; per transformed point and epoch."""


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
            [sys.executable, "-m", "dcviz.viewer.umap_cache", str(run.path)],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            cwd=Path(__file__).resolve().parents[2],
        )
    write_bytes(target / "pid", str(process.pid).encode())


def compute(run: "Run", *, seed: int = 0) -> None:
    """Fit on the reference epoch, then place every stored epoch; a layout that is there is kept."""
    from umap import UMAP

    from dcviz.viewer.scene import reference_key

    reference = reference_key(run)
    z = run.latents(reference)
    rows = np.random.default_rng(seed).permutation(len(z))[:FIT_ROWS]
    model = UMAP(n_neighbors=min(15, len(z) - 1), random_state=seed, init="pca", n_jobs=1).fit(z[rows])
    center = model.embedding_.mean(axis=0)
    keys = [epoch.key for epoch in run.epochs()]
    for key in sorted(keys, key=lambda key: key != reference):
        if key not in ready(run):
            placed = model.transform(run.latents(key)) - center
            write_array(folder(run) / f"{key}.npy", placed.astype(np.float32))


if __name__ == "__main__":
    from dcviz.runs.store import default_store

    compute(default_store().open(sys.argv[1]))
