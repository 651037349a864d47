"""What large sets take: `python -m benchmarks.large [--points 10000000] [--images 1000000] [--folder DIR]`.

Synthetic latents (64 clumps in 10 dimensions) are written to a mapped file, their neighbors found and counted
part by part; synthetic pictures are written as uint8, mapped, and trained on for one epoch. Each row has the
seconds, the peak of memory of its own process, the size of its files and how busy the machine was; rows are
appended to benchmarks/results/large.csv.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import append
from dcviz.geometry import streamed
from dcviz.geometry.thresholds import Thresholds

RESULTS = Path(__file__).parent / "results" / "large.csv"
DIMENSIONS, CLUMPS, SIDE, SHOWN = 10, 64, 28, 70_000


def latents(folder: Path, n: int) -> np.ndarray:
    """Write clumps of points to a file, part by part."""
    z = np.lib.format.open_memmap(folder / "z.npy", mode="w+", dtype=np.float32, shape=(n, DIMENSIONS))
    rng = np.random.default_rng(0)
    centers = 6 * rng.normal(size=(CLUMPS, DIMENSIONS))
    for part in streamed.parts(n):
        count = part.stop - part.start
        z[part] = centers[rng.integers(0, CLUMPS, count)] + rng.normal(size=(count, DIMENSIONS))
    return np.load(folder / "z.npy", mmap_mode="r")


def points(folder: Path, n: int, probes: int) -> dict[str, Any]:
    """Neighbors, exact counts and a sample to show."""
    z = latents(folder, n)
    start = time.perf_counter()
    graph = streamed.streamed_neighbors(z, folder, probes=probes)
    found = time.perf_counter()
    counts = streamed.streamed_split(graph.distances, Thresholds())
    groups = np.concatenate(
        [np.floor(4 * graph.distances[part, 0] / (graph.distances[part, 4] + 1e-9)).astype(np.int64)
         for part in streamed.parts(n)]
    )  # fmt: skip
    rows, weights = streamed.stratified(np.clip(groups, 0, 4), SHOWN)
    note = f"recall {graph.recall:.4f}, {graph.lists} lists, {probes} probed; {counts['core']} core; "
    note += f"{len(rows)} shown stand for {weights.sum():.0f}"
    return {
        "what": f"neighbors of {n} x {DIMENSIONS}",
        "seconds": round(found - start, 1),
        "then_counts_s": round(time.perf_counter() - found, 1),
        "note": note,
    }


def images(folder: Path, n: int) -> dict[str, Any]:
    """One epoch of the auto-encoder on pictures that lie mapped on the disk."""
    from models.catalog import resolve_preset
    from models.training import fit

    x = np.lib.format.open_memmap(folder / "x.npy", mode="w+", dtype=np.uint8, shape=(n, SIDE * SIDE))
    rng = np.random.default_rng(0)
    base = rng.integers(0, 200, (10, SIDE * SIDE), dtype=np.uint8)
    for part in streamed.parts(n):
        count = part.stop - part.start
        noise = rng.integers(0, 55, (count, SIDE * SIDE), dtype=np.uint8)
        x[part] = base[rng.integers(0, 10, count)] + noise
    x.flush()
    mapped = np.load(folder / "x.npy", mmap_mode="r")
    changes = {"pretrain_epochs": 1, "batch_size": 4096, "network": "digits", "augment": "off"}
    _, settings = resolve_preset(
        "autoencoder", n=n, input_dim=SIDE * SIDE, image_shape=(1, SIDE, SIDE), clusters=10, device="cpu",
        preset="quick", overrides=changes,
    )  # fmt: skip
    start = time.perf_counter()
    seen = list(fit("autoencoder", mapped, scale=1 / 255, image_shape=(1, SIDE, SIDE), settings=settings))
    return {
        "what": f"one epoch on {n} pictures of {SIDE} x {SIDE}, with latents of all before and after",
        "seconds": round(time.perf_counter() - start, 1),
        "then_counts_s": 0,
        "note": f"batch 4096, network digits; reconstruction loss {seen[-1].losses['total']:.4f}",
    }


def one(kind: str, n: int, probes: int, folder: Path) -> dict[str, Any]:
    """Measure one thing in this process."""
    made = points(folder, n, probes) if kind == "points" else images(folder, n)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    files = sum(path.stat().st_size for path in folder.iterdir()) / 2**30
    return {
        **made, "peak_gib": round(peak, 2), "files_gib": round(files, 2), "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"), "load": round(os.getloadavg()[1], 1),
        "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip


def main() -> None:
    """Measure each kind in a process of its own, so that its peak of memory is its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--probes", type=int, default=8)
    parser.add_argument("--folder", help="where the files go; a temporary folder by default")
    parser.add_argument("--one", choices=("points", "images"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(given.one, getattr(given, given.one), given.probes, Path(given.folder))))
        return
    for kind in ("points", "images"):
        n = getattr(given, kind)
        if not n:
            continue
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            command = [sys.executable, "-m", "benchmarks.large", "--one", kind, f"--{kind}", str(n)]
            command += ["--probes", str(given.probes), "--folder", folder]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        print(row)
        append(RESULTS, [row])


if __name__ == "__main__":
    main()
