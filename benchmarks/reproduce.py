"""Train methods as published and append their scores, seed by seed.

    python -m benchmarks.reproduce rdc fashionmnist --seeds 0 1 2 --preset paper

One row per (phase, metric) goes to benchmarks/results/reproduction.csv the moment a phase ends: a run
that is cut off loses only the phase under way, and a second call goes on with the first missing seed.
Scores are taken at the last epoch of each phase; labels choose nothing.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import dcviz
from dcviz.data import load
from dcviz.data.dataset import Dataset
from dcviz.geometry.agreement import agreement
from dcviz.geometry.clusters import k_means
from models.catalog import METHODS, fit_plan, resolve_preset
from models.training import Schedule, fit

RESULTS = Path(__file__).parent / "results" / "reproduction.csv"
METRICS = ("acc", "nmi", "ari", "f1_macro", "f1_micro")
COLUMNS = (
    "method",
    "dataset",
    "phase",
    "variant",
    "metric",
    "value",
    "seed",
    "epochs",
    "settings_hash",
    "device",
    "date",
    "version",
    "seconds",
)


@dataclass(frozen=True)
class Task:
    """One method on one data set with resolved settings; seeds and phases vary."""

    method: str
    data: Dataset
    settings: Any
    variant: str
    device: str

    @property
    def settings_hash(self) -> str:
        """Twelve digits that change with any setting."""
        text = json.dumps(asdict(self.settings), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def phase_name(self, index: int) -> str:
        """The phase as the table calls it."""
        return f"phase {index + 1}" if len(METHODS[self.method].phases) > 1 else "final"


def device_name(device: str) -> str:
    """What the machine calls the device, for the table."""
    if not device.startswith("cuda"):
        return f"cpu x{os.cpu_count()}"
    import torch

    return torch.cuda.get_device_name(device)


def done(path: Path, task: Task) -> set[int]:
    """Seeds whose last phase stands in the table already."""
    if not path.exists():
        return set()
    last = task.phase_name(len(METHODS[task.method].phases) - 1)
    with path.open(newline="") as file:
        return {
            int(row["seed"])
            for row in csv.DictReader(file)
            if (row["method"], row["dataset"], row["variant"], row["settings_hash"], row["phase"])
            == (task.method, task.data.name, task.variant, task.settings_hash, last)
        }


def phase_scores(task: Task, snapshot: Any, seed: int) -> dict[str, float]:
    """Agreement with the labels at the end of a phase: its own clusters, else k-means (n_init 20)."""
    assignments = snapshot.assignments
    if assignments is None:
        assignments = k_means(snapshot.latents, task.settings.clusters, seed=seed, n_init=20).assignments
    assert task.data.labels is not None
    return asdict(agreement(task.data.labels, np.asarray(assignments)))


def train(task: Task, seed: int) -> Iterator[tuple[str, int, float, dict[str, float]]]:
    """Run one seed; yield (phase, epoch, training seconds so far, scores) at the end of each phase."""
    ends = fit_plan(task.method, task.settings, task.data.n).ends
    seconds = 0.0
    snapshots = fit(
        task.method,
        task.data.x,
        scale=task.data.scale,
        image_shape=task.data.image_shape,
        settings=task.settings,
        seed=seed,
        device=task.device,
        schedule=Schedule(every=max(ends)),
    )
    started = time.perf_counter()
    for snapshot in snapshots:
        seconds += time.perf_counter() - started
        if snapshot.epoch in ends:
            index = ends.index(snapshot.epoch)
            yield task.phase_name(index), snapshot.epoch, seconds, phase_scores(task, snapshot, seed)
        started = time.perf_counter()


def append(path: Path, rows: list[dict[str, Any]]) -> None:
    """Add rows and force them to disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if new:
            writer.writeheader()
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())


def reproduce(task: Task, seeds: list[int], path: Path) -> None:
    """Train the seeds that are missing and append their rows."""
    version = f"dcviz {dcviz.__version__}"
    for seed in (seed for seed in seeds if seed not in done(path, task)):
        for phase, epoch, seconds, scores in train(task, seed):
            fixed = {
                "method": task.method,
                "dataset": task.data.name,
                "phase": phase,
                "variant": task.variant,
                "seed": seed,
                "epochs": epoch,
                "settings_hash": task.settings_hash,
                "device": device_name(task.device),
                "date": datetime.now(UTC).date().isoformat(),
                "version": version,
                "seconds": round(seconds, 1),
            }
            append(path, [{**fixed, "metric": m, "value": round(scores[m], 4)} for m in METRICS])
            print(
                f"{task.method} {task.data.name} seed {seed} {phase} ({task.variant}): "
                f"ACC {scores['acc']:.3f} NMI {scores['nmi']:.3f} ARI {scores['ari']:.3f} "
                f"F1 {scores['f1_macro']:.3f}, majority {scores['majority']:.3f}, {seconds:.0f} s",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reproduce", description=__doc__)
    parser.add_argument("method", choices=list(METHODS))
    parser.add_argument("dataset")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--preset", default="paper")
    parser.add_argument(
        "--variant", default="default", help="a name for these settings, as the table shows it"
    )
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    data = load(options.dataset)
    overrides = dict(each.split("=", 1) for each in options.set)
    presets = METHODS[options.method].data_presets
    if options.variant in presets:
        overrides = {**presets[options.variant].get(options.dataset, {}), **overrides}
    _, settings = resolve_preset(
        options.method,
        n=data.n,
        input_dim=data.input_dim,
        image_shape=data.image_shape,
        clusters=data.clusters,
        device=options.device,
        preset=options.preset,
        overrides=overrides,
    )
    reproduce(
        Task(options.method, data, settings, options.variant, options.device), options.seeds, options.out
    )


if __name__ == "__main__":
    main()
