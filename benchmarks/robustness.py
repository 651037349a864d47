"""How noise hurts: `python -m benchmarks.robustness DATASET` [RDC, Eq. 16-17, Fig. 20].

Every input is standardized (a constant one stays 0), then Gaussian noise of standard deviation s is added:

    x'_ij = (x_ij - mean_j) / std_j,   x''_ij = x'_ij + s e_ij,   e ~ N(0, 1), one draw a seed for all s

One first phase a seed, R-DC's on the clean standardized points, serves all levels: "phase 1" is k-means on
the codes it gives the noisy points, "phase 2" of each method goes on from it with the noisy points alone.
With --whole each level trains its own first phase on noisy points too, as the paper does. Rows go to
benchmarks/results/robustness.csv, level by level, with the columns of reproduction.csv; a second call goes
on with what is missing. Labels choose nothing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reproduce import KEEP, RESULTS, Table, Task, score
from benchmarks.side_by_side import Bench, bench
from dcviz.data import load
from dcviz.data.dataset import Dataset

LEVELS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
METHODS = ("rdc", "dec")
FIRST = "rdc"


def standardized(data: Dataset) -> Dataset:
    """Every input with mean 0 and standard deviation 1 over the points; constant ones 0."""
    x = data.x.astype(np.float64) * data.scale
    varies = np.ptp(data.x, 0) > 0  # a mean may be off by a rounding, which the spread then blows up
    x = np.where(varies, (x - x.mean(0)) / np.where(varies, x.std(0), 1), 0)
    return replace(data, name=f"{data.name} standardized", x=x.astype(np.float32), scale=1.0)


def noisy(data: Dataset, level: float, seed: int) -> Dataset:
    """Add Gaussian noise; a seed has one draw, which the level scales."""
    noise = np.random.default_rng([seed, 0]).standard_normal(data.x.shape, dtype=np.float32)
    return replace(data, x=data.x + np.float32(level) * noise)


def variant(level: float, whole: bool) -> str:
    """What the table calls a level."""
    return f"noise {level:g}" + (", whole" if whole else "")


def level_of(on: Bench, level: float, seed: int, *, tasks: Sequence[Task], whole: bool, table: Table) -> None:
    """All missing rows of one level and seed; `on` has the clean standardized points."""
    first_task, later = tasks[0], [t for t in tasks if not table.holds(t, "phase 2", seed)]
    if not later and table.holds(first_task, "phase 1", seed):
        return
    there = replace(on, data=noisy(on.data, level, seed))
    settings = first_task.settings
    if whole:
        there = replace(there, data=replace(there.data, name=f"{on.data.name} {level:g} {seed}"))
    checkpoint, seconds = (there if whole else on).first_phases(FIRST, settings, [seed])[seed]
    z = codes(there, settings, checkpoint)
    table.add(first_task, "phase 1", seed, epochs=settings.pretrain_epochs, seconds=seconds,
              scores=score(there, first_task, seed, z).result())  # fmt: skip
    for task in later:
        training = {"settings": task.settings, "seed": seed, "checkpoint": checkpoint, "start_phase": 1}
        start = time.perf_counter()
        *_, (_, last) = there.fit(task.method, [training])
        passed = seconds + time.perf_counter() - start
        table.add(task, "phase 2", seed, epochs=last.epoch, seconds=passed,
                  scores=score(there, task, seed, last.latents, last.assignments).result())  # fmt: skip


def codes(on: Bench, settings: Any, checkpoint: Any) -> np.ndarray:
    """Codes of these points by the network of the checkpoint."""
    from models.embed import embed

    data = on.data
    place: dict[str, Any] = {"scale": data.scale, "image_shape": data.image_shape, "device": on.device}
    return embed(FIRST, settings, checkpoint.tensors, data.x, **place)


def robustness(
    on: Bench,
    *,
    name: str,
    methods: Sequence[str],
    levels: Sequence[float],
    seeds: Sequence[int],
    preset: str,
    whole: bool,
    path: Path,
) -> None:
    """All levels of all seeds; `name` is what the table calls the data."""
    table = Table(path, replace(on, data=replace(on.data, name=name)))
    ordered = [FIRST, *(method for method in methods if method != FIRST)]
    settings = {method: on.settings(method, preset=preset) for method in ordered}
    first = settings[FIRST].pretrain_epochs
    for seed in seeds:
        for level in levels:
            called = variant(level, whole)
            tasks = [Task(m, replace(settings[m], pretrain_epochs=first), called) for m in ordered]
            level_of(on, level, seed, tasks=tasks, whole=whole, table=table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--methods", nargs="+", default=METHODS, help="beside R-DC; two-phase methods")
    parser.add_argument("--levels", type=float, nargs="+", default=LEVELS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--preset", default="paper")
    parser.add_argument("--whole", action="store_true", help="train the first phase on noisy points too")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--keep", type=Path, default=KEEP)
    parser.add_argument("--out", type=Path, default=RESULTS.with_name("robustness.csv"))
    given = parser.parse_args()
    data = load(given.dataset)
    with bench(standardized(data), device=given.device, keep=given.keep) as on:
        robustness(on, name=data.name, methods=given.methods, levels=given.levels, seeds=given.seeds,
                   preset=given.preset, whole=given.whole, path=given.out)  # fmt: skip


if __name__ == "__main__":
    main()
