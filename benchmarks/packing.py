"""What it gains to let small runs share a GPU: `python -m benchmarks.packing [--device cuda] [--out FILE]`.

The same sweep (R-DC, two gammas, two seeds) twice, as `python -m dcviz sweep` runs it: one training at a time
with a whole GPU, then four at a time with a quarter each (`--device cpu`: as many processes on its cores).
Wall time from command to table, start of the processes, scores and files included; and how many of the runs
have the scores that they have one at a time. `--set` without values trains the preset as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.rows import append
from benchmarks.side_by_side import device_name

RESULTS = Path(__file__).parent / "results" / "packing.csv"
WAYS = ((1, 1.0), (4, 0.25))
"""Trainings at a time, and the part of a GPU that each asks for."""


def measured(given: argparse.Namespace, at_once: int, share: float) -> tuple[float, list[dict[str, Any]]]:
    """Seconds of the sweep, and its table."""
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, "-m", "dcviz", "sweep", "rdc", given.dataset, "--over", "gamma=0.1,0.5",
                "--seeds", "0,1", "--at-once", str(at_once), "--device", given.device,
                "--preset", given.preset, "--json"]  # fmt: skip
        line += [part for each in given.set for part in ("--set", each)]
        if given.device == "cuda":
            line += ["--gpus", str(share)]
        start = time.perf_counter()
        done = subprocess.run(
            line, env={**os.environ, "DCVIZ_RUNS": folder}, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(line)} failed: {done.stderr[-2000:]}")
    return seconds, json.loads(done.stdout[done.stdout.index("{") :])["rows"]


def main() -> None:
    """Measure both ways, print and keep the rows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packing", description=__doc__)
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--preset", default="paper")
    parser.add_argument("--set", nargs="*", default=["pretrain_epochs=60", "finetune_epochs=20"])
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    alone: tuple[float, list[dict[str, Any]]] | None = None
    for at_once, share in WAYS:
        load = os.getloadavg()[0]
        seconds, runs = measured(given, at_once, share)
        alone = alone or (seconds, runs)
        row = {
            "dataset": given.dataset, "preset": given.preset, "settings": " ".join(given.set),
            "runs": len(runs), "at_once": at_once, "gpus_each": share if given.device == "cuda" else None,
            "seconds": round(seconds, 1), "speed_up": round(alone[0] / seconds, 2),
            "same_scores": sum(alike(*pair) for pair in zip(alone[1], runs, strict=True)),
            "device": device_name(given.device), "cores": os.cpu_count(), "load_before": round(load, 1),
            "date": datetime.now(UTC).date().isoformat(),
        }  # fmt: skip
        print(row, flush=True)
        append(given.out, [row])


def alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two rows are of the same training and have the same scores to the last bit."""
    apart = {"run", "seconds"}
    return all(other[name] == value for name, value in one.items() if name not in apart)


if __name__ == "__main__":
    main()
