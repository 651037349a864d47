"""What large sets take: `python -m benchmarks.large [--only points] [--points 10000000] [--folder DIR]`.

Synthetic latents (64 clumps in 10 dimensions) are written to a mapped file, the neighbors of all or of a
sample found and counted part by part; synthetic pictures are written as uint8, mapped, and trained on.
Each row has seconds of the clock and of the processor, the peak of memory of its own process, the size of its
files and how busy the machine was; rows are appended to benchmarks/results/large.csv.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import append
from dcviz.geometry import streamed
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.scores import live_scores
from dcviz.geometry.thresholds import Thresholds
from dcviz.geometry.twonn import two_nn

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


def points(folder: Path, n: int, sampled: int, recall: float) -> dict[str, Any]:
    """Neighbors of all points, exact counts and a sample to show."""
    z = latents(folder, n)
    start = time.perf_counter()
    graph = streamed.streamed_neighbors(z, folder, recall=recall, progress=Progress(n))
    found = time.perf_counter()
    counts = streamed.streamed_split(graph.distances, Thresholds())
    groups = np.concatenate(
        [np.floor(4 * graph.distances[part, 0] / (graph.distances[part, 4] + 1e-9)).astype(np.int64)
         for part in streamed.parts(n)]
    )  # fmt: skip
    rows, weights = streamed.stratified(np.clip(groups, 0, 4), SHOWN)
    dimension = two_nn(graph.distances)
    note = f"{told(graph)}; core {counts['core']} ({counts['core'] / n:.4%}); ID {dimension.value:.4f}"
    note += f"; {len(rows)} shown stand for {weights.sum():.0f}"
    return {
        "what": f"neighbors of {n} x {DIMENSIONS}",
        "seconds": round(found - start, 1),
        "then_counts_s": round(time.perf_counter() - found, 1),
        "note": note,
    }


def sample(folder: Path, n: int, sampled: int, recall: float) -> dict[str, Any]:
    """Neighbors of some points among all, and what they say of all with which error."""
    z = latents(folder, n)
    start = time.perf_counter()
    rows = np.sort(np.random.default_rng(1).choice(n, min(n, sampled), replace=False))
    graph = streamed.streamed_neighbors(z, folder, rows=rows, recall=recall, progress=Progress(len(rows)))
    found = time.perf_counter()
    share = streamed.streamed_split(graph.distances, Thresholds())["core"] / len(rows)
    error = 1.96 * np.sqrt(share * (1 - share) / len(rows))
    dimension = two_nn(graph.distances)
    note = f"{told(graph)}; core {share:.4%} +- {error:.4%}"
    note += f"; ID {dimension.value:.4f} ({dimension.low:.4f} to {dimension.high:.4f})"
    return {
        "what": f"neighbors of {len(rows)} of {n} x {DIMENSIONS} among all",
        "seconds": round(found - start, 1),
        "then_counts_s": round(time.perf_counter() - found, 1),
        "note": note,
    }


def scores(folder: Path, n: int, sampled: int, recall: float) -> dict[str, Any]:
    """The live scores of an epoch of that size as a worker computes them, all in memory."""
    z = np.array(latents(folder, n))
    graph = neighbor_graph(z, m=15)
    start = time.perf_counter()
    found, *_ = live_scores(z, graph, clusters=10)
    values = ", ".join(f"{name} {found[name]:.4f}" for name in ("id_all", "lid_all", "core_share"))
    return {
        "what": f"live scores of {n} x {DIMENSIONS} in memory, from their neighbors",
        "seconds": round(time.perf_counter() - start, 1),
        "then_counts_s": 0,
        "note": f"{graph.backend}, recall {graph.recall:.4f}; {values}",
    }


def told(graph: streamed.StreamedGraph) -> str:
    """What was reached and how."""
    return f"recall {graph.recall:.4f} (at least {graph.recall_low:.4f}), {graph.backend}"


class Progress:
    """Tells every twentieth of the way on stderr."""

    def __init__(self, n: int):
        self.step, self.next, self.start = max(1, n // 20), 0, time.perf_counter()

    def __call__(self, done: int) -> None:
        """Rows done so far."""
        if done >= self.next:
            self.next = done + self.step
            sys.stderr.write(f"{done} after {time.perf_counter() - self.start:.0f} s\n")


def images(folder: Path, n: int, sampled: int, recall: float) -> dict[str, Any]:
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


def training(folder: Path, n: int, sampled: int, recall: float) -> dict[str, Any]:
    """A training as a user starts it: seconds to its first numbers and to its first listed epoch."""
    latents(folder, n)
    run, line = folder / "run", ["train", "autoencoder", str(folder / "z.npy"), "--set", "clusters=10"]
    start = time.perf_counter()
    worker = subprocess.Popen(
        [sys.executable, "-m", "dcviz", *line, "--run", str(run)], stdout=subprocess.DEVNULL,
        env={**os.environ, "DCVIZ_LIMIT_GB": "100"},
    )  # fmt: skip
    told: dict[str, float] = {}
    while worker.poll() is None and "epoch 0" not in told:
        time.sleep(0.2)
        seen = (run / "status.json").read_text() if (run / "status.json").exists() else ""
        # As README says: an epoch is listed once its line stands in metrics.jsonl.
        words = {"first words": '"scoring"' in seen, "first numbers": '"scoring": "epoch 0: ID of' in seen,
                 "epoch 0": (run / "metrics.jsonl").exists()}  # fmt: skip
        told |= {
            name: time.perf_counter() - start for name, said in words.items() if said and name not in told
        }
    worker.kill()
    worker.wait()
    note = ", ".join(f"{name} after {seconds:.0f} s" for name, seconds in told.items())
    what = f"python -m dcviz train autoencoder on {n} x {DIMENSIONS}, until its first epoch is listed"
    return {"what": what, "seconds": round(told["epoch 0"], 1), "then_counts_s": 0, "note": note}


KINDS = {"points": points, "sample": sample, "scores": scores, "images": images, "training": training}


def one(kind: str, n: int, sampled: int, recall: float, folder: Path) -> dict[str, Any]:
    """Measure one thing in this process."""
    made = KINDS[kind](folder, n, sampled, recall)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    files = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**30
    return {
        **made, "cpu_s": round(sum(each.ru_utime + each.ru_stime for each in used), 1),
        "peak_gib": round(max(each.ru_maxrss for each in used) / 2**20, 2), "files_gib": round(files, 2),
        "cores": os.cpu_count(), "device": processor(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"), "load": round(os.getloadavg()[1], 1),
        "versions": " ".join(f"{name} {version(name)}" for name in ("numpy", "faiss-cpu", "torch")),
        "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip


def processor() -> str:
    """Name of the processor, as Linux tells it."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def main() -> None:
    """Measure each kind in a process of its own, so that its peak of memory is its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__)
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--sample", type=int, default=10_000_000, help="of which --sampled are searched")
    parser.add_argument("--sampled", type=int, default=200_000)
    parser.add_argument("--scores", type=int, default=1_000_000)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--training", type=int, default=1_200_000)
    parser.add_argument("--recall", type=float, default=streamed.RECALL_WANTED, help="wanted of the search")
    parser.add_argument("--only", choices=KINDS, action="append", help="leave the other kinds out")
    parser.add_argument("--folder", help="where the files go; a temporary folder by default")
    parser.add_argument("--one", choices=KINDS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        n = getattr(given, given.one)
        print(json.dumps(one(given.one, n, given.sampled, given.recall, Path(given.folder))))
        return
    for kind in given.only or KINDS:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            command = [sys.executable, "-m", "benchmarks.large", "--one", kind, f"--{kind}"]
            command += [str(getattr(given, kind)), "--sampled", str(given.sampled)]
            command += ["--recall", str(given.recall), "--folder", folder]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        print(row, flush=True)
        append(RESULTS, [row])


if __name__ == "__main__":
    main()
