"""Print how long trainings wait for their snapshots: `python -m benchmarks.waits [DATASET ...]`.

Each training runs in the engine as it does for a page: latents, neighbors, scores and files, at the default
schedule, with the threads of a worker and in a process that has loaded what a spare one has. `fit` is the
clock: time between two snapshots not spent inside it is time that the training waits. The last snapshots are
written after the training; that is told apart. --out appends the rows to a table.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dcviz
from benchmarks.rows import append
from benchmarks.side_by_side import device_name
from dcviz.engine.devices import cpu_count
from dcviz.engine.request import prepare, wish
from dcviz.engine.spare import rehearse
from dcviz.engine.worker import work
from dcviz.runs import RunStore
from models.training import fit


class Clock:
    """`fit` with a watch on both sides of every snapshot."""

    def __init__(self) -> None:
        self.trained = self.waited = 0.0
        self.ended = 0.0

    def __call__(self, *arguments: Any, **named: Any) -> Iterator[Any]:
        """Hand on what `fit` yields."""
        last = time.perf_counter()
        for snapshot in fit(*arguments, **named):
            now = time.perf_counter()
            self.trained += now - last
            yield snapshot
            last = time.perf_counter()
            self.waited += last - now
        self.ended = time.perf_counter()
        self.trained += self.ended - last


def measured(method: str, dataset: str, *, device: str, preset: str, **options: Any) -> dict[str, float]:
    """Seconds of one training: whole, inside `fit`, waiting, after its end, and of the processor."""
    request, clock = wish(method, dataset, device=device, preset=preset, dataset_options=options), Clock()
    with tempfile.TemporaryDirectory() as folder:
        start, before = time.perf_counter(), time.process_time()
        status = work(prepare(request, store=RunStore(folder)), fit=clock)
        whole, spent = time.perf_counter() - start, time.process_time() - before
        if status["state"] != "finished":
            raise RuntimeError(f"{method} on {dataset} is {status['state']}: {status['error']}")
        after = start + whole - clock.ended
    return {"whole": whole, "trained": clock.trained, "waited": clock.waited, "after": after,
            "share": clock.waited / whole, "cpu": spent}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waits", description=__doc__)
    parser.add_argument("datasets", nargs="*", default=["arcs", "digits", "pneumoniamnist"])
    parser.add_argument("--methods", nargs="+", default=["dec", "rdc"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--preset", default="auto")
    parser.add_argument("--out", type=Path, help="table to append the rows to")
    given = parser.parse_args()
    if "OMP_NUM_THREADS" not in os.environ:  # read when torch is loaded, so it takes a process of its own
        os.environ["OMP_NUM_THREADS"] = str(max(1, cpu_count() - 1))
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.waits", *sys.argv[1:]])
    rehearse()
    print(f"{'method, data':28s} {'whole':>8s} {'trained':>8s} {'waited':>8s} {'after':>8s} {'share':>7s}")
    for dataset in given.datasets:
        for method in given.methods:
            load = os.getloadavg()[0]
            found = measured(method, dataset, device=given.device, preset=given.preset)
            times = " ".join(f"{found[name]:7.2f}s" for name in ("whole", "trained", "waited", "after"))
            print(f"{method + ', ' + dataset:28s} {times} {found['share']:7.1%}", flush=True)
            if given.out:
                row = {"method": method, "dataset": dataset, "preset": given.preset}
                row |= {name: round(value, 4) for name, value in found.items()} | {"load": round(load, 1)}
                today = datetime.now(UTC).date().isoformat()
                append(given.out, [{**row, "device": device_name(given.device), "date": today,
                                    "version": dcviz.__version__}])  # fmt: skip


if __name__ == "__main__":
    main()
