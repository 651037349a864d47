"""Train methods as published and append their scores, seed by seed.

    python -m benchmarks.reproduce rdc fashionmnist --seeds 0 1 2 3 4 --variant "paper Table 2"

All seeds that are missing train side by side; first phases are kept in --keep and used again by every variant
and method that begins alike. One row per (phase, metric) goes to benchmarks/results/reproduction.csv when a
phase has ended; a second call goes on with what is missing. Scores are taken at the last epoch of each phase;
labels choose nothing. The named losses of later phases go to losses.csv beside it. `seconds` is wall time
divided by the number of trainings side by side.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import dcviz
from benchmarks.rows import LOOKS, append, loss_rows
from benchmarks.side_by_side import Bench, agreement_of, bench, device_name, hashed
from dcviz.data import load
from dcviz.data.dataset import Dataset
from models.catalog import METHODS
from models.plan import PHASE_EPOCHS
from models.snapshot import Snapshot

RESULTS = Path(__file__).parent / "results" / "reproduction.csv"
KEEP = Path(os.environ.get("DCVIZ_KEEP", "/tmp/dcviz-first-phases"))
METRICS = ("acc", "nmi", "ari", "f1_macro", "f1_micro")
COLUMNS = ("method", "dataset", "phase", "variant", "metric", "value", "seed", "epochs", "settings_hash",
           "device", "date", "version", "seconds")  # fmt: skip
LITERAL = {"target_views": 0, "keep_scale": False, "core_image": "moment"}
"""R-DC as printed: targets from the clean view, free to grow, core points facing the decoder's own output."""
BEFORE = {"core_image": "moment", "margin": "alike"}
"""Settings that came later and the value that everything had before; it leaves the hash as it was."""


@dataclass(frozen=True)
class Task:
    """One method with resolved settings under a name; seeds and phases vary."""

    method: str
    settings: Any
    variant: str

    @property
    def settings_hash(self) -> str:
        """Twelve digits that change with any setting."""
        return hashed({k: v for k, v in asdict(self.settings).items() if BEFORE.get(k) != v})

    def phase_name(self, index: int) -> str:
        """The phase as the table calls it."""
        return f"phase {index + 1}" if len(METHODS[self.method].phases) > 1 else "final"

    @property
    def last_phase(self) -> str:
        """The last phase that these settings give epochs to."""
        names = PHASE_EPOCHS[: len(METHODS[self.method].phases)]
        return self.phase_name(max((k for k, n in enumerate(names) if getattr(self.settings, n)), default=0))


class Table:
    """The file of results: what it holds, and rows added one phase at a time."""

    def __init__(self, path: Path, on: Bench):
        self.path, self.bench = path, on

    def holds(self, task: Task, phase: str, seed: int) -> bool:
        """Whether the rows of this phase stand in the table."""
        if not self.path.exists():
            return False
        wanted = (task.method, self.bench.data.name, task.variant, task.settings_hash, phase, str(seed))
        names = ("method", "dataset", "variant", "settings_hash", "phase", "seed")
        with self.path.open(newline="") as file:
            return any(tuple(row[name] for name in names) == wanted for row in csv.DictReader(file))

    def add(
        self, task: Task, phase: str, seed: int, *, epochs: int, seconds: float, scores: Mapping[str, float]
    ) -> None:
        """Append one phase, unless it stands there already, and force it to disk."""
        if self.holds(task, phase, seed):
            return
        fixed = {
            "method": task.method, "dataset": self.bench.data.name, "phase": phase, "variant": task.variant,
            "seed": seed, "epochs": epochs, "settings_hash": task.settings_hash,
            "device": device_name(self.bench.device), "date": datetime.now(UTC).date().isoformat(),
            "version": f"dcviz {dcviz.__version__}", "seconds": round(seconds, 1),
        }  # fmt: skip
        rows = [{**fixed, "metric": m, "value": round(scores[m], 4)} for m in METRICS]
        append(self.path, [{name: row[name] for name in COLUMNS} for row in rows])
        print(
            f"{task.method} {self.bench.data.name} seed {seed} {phase} ({task.variant}): "
            f"ACC {scores['acc']:.3f} NMI {scores['nmi']:.3f} ARI {scores['ari']:.3f} "
            f"F1 {scores['f1_macro']:.3f}, majority {scores['majority']:.3f}, {seconds:.0f} s",
            flush=True,
        )


def reproduce(on: Bench, tasks: Sequence[Task], seeds: Sequence[int], path: Path) -> None:
    """Train what is missing of some tasks of one method, all seeds and tasks side by side.

    The tasks share their first phase; each then goes on from the checkpoint of its seed.
    """
    table, method = Table(path, on), tasks[0].method
    wanted = [
        (task, seed) for task in tasks for seed in seeds if not table.holds(task, task.last_phase, seed)
    ]
    if not wanted:
        return
    firsts = on.first_phases(method, tasks[0].settings, sorted({seed for _, seed in wanted}))
    jobs = {
        seed: score(on, tasks[0], seed, checkpoint.tensors["z"], checkpoint.tensors.get("assignments"))
        for seed, (checkpoint, _) in firsts.items()
    }
    for task, seed in wanted:
        table.add(task, task.phase_name(0), seed, epochs=task.settings.pretrain_epochs,
                  seconds=firsts[seed][1], scores=jobs[seed].result())  # fmt: skip
    wanted = [(task, seed) for task, seed in wanted if task.last_phase != task.phase_name(0)]
    if wanted:
        later_phases(on, table, wanted, {seed: found[0] for seed, found in firsts.items()})


def score(on: Bench, task: Task, seed: int, z: Any, assignments: Any = None) -> Any:
    """Agreement with the labels, computed in another process."""
    return on.pool.submit(agreement_of, z, assignments, on.data.labels, task.settings.clusters, seed)


def later_phases(
    on: Bench, table: Table, wanted: Sequence[tuple[Task, int]], firsts: Mapping[int, Any]
) -> None:
    """Branch every task from the checkpoint of its seed; rows of all trainings come when they have ended."""
    trainings = [
        {"settings": task.settings, "seed": seed, "checkpoint": firsts[seed], "start_phase": 1}
        for task, seed in wanted
    ]
    start, ended = time.perf_counter(), {}
    seen: dict[int, list[Snapshot]] = {number: [] for number in range(len(wanted))}
    every = max(1, getattr(wanted[0][0].settings, "finetune_epochs", 1) // LOOKS)
    for number, snapshot in on.fit(wanted[0][0].method, trainings, every=every):
        seconds = (time.perf_counter() - start) / len(wanted)
        ended[number, snapshot.phase_index] = snapshot, seconds  # the last one of each phase stays
        seen[number].append(replace(snapshot, latents=snapshot.latents[:0], checkpoint=None))
    jobs = {
        place: score(on, *wanted[place[0]], found.latents, found.assignments)
        for place, (found, _) in sorted(ended.items())
    }
    for number, (task, seed) in enumerate(wanted):
        fixed = {"method": task.method, "dataset": on.data.name, "variant": task.variant, "seed": seed}
        place = {"settings_hash": task.settings_hash, "device": device_name(on.device)}
        append(table.path.with_name("losses.csv"), loss_rows({**fixed, **place}, seen[number]))
    for (number, phase), job in jobs.items():
        (task, seed), (snapshot, seconds) = wanted[number], ended[number, phase]
        table.add(task, task.phase_name(phase), seed, epochs=snapshot.epoch,
                  seconds=firsts[seed].meta["bench_seconds"] + seconds, scores=job.result())  # fmt: skip


def task_of(
    on: Bench, method: str, variant: str, *, preset: str = "paper", overrides: Mapping[str, Any] | None = None
) -> Task:
    """Settings of a named variant: a data preset of the method, R-DC with literal targets, or the default."""
    presets, own = METHODS[method].data_presets, dict(overrides or {})
    dataset = on.data.name.partition(" (")[0]  # a part of a set is trained with the settings of the whole
    if variant == "released targets":
        own = {**presets["paper Table 2"].get(dataset, {}), **LITERAL, **own}
    elif variant in presets:
        literal = LITERAL if (method, variant) == ("rdc", "released code") else {}
        own = {**presets[variant].get(dataset, {}), **literal, **own}
    return Task(method, on.settings(method, preset=preset, **own), variant)


def some_of(data: Dataset, points: int) -> Dataset:
    """That many points, drawn without looking at labels; the name says so in every row."""
    rows = np.sort(np.random.default_rng(0).permutation(data.n)[:points])
    labels = None if data.labels is None else data.labels[rows]
    position = None if data.position is None else data.position[rows]
    return replace(data, name=f"{data.name} ({len(rows)})", x=data.x[rows], labels=labels, position=position)


def missing_cells(given: argparse.Namespace) -> None:
    """Run the cells that are not run, if asked, then print what is left."""
    from benchmarks.missing import run_missing, show

    if given.run_missing:
        run_missing(given.out, minutes=given.minutes, device=given.device, keep=given.keep)
    show(given.out)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reproduce", description=__doc__)
    parser.add_argument("method", nargs="?", choices=list(METHODS))
    parser.add_argument("dataset", nargs="?")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--preset", default="paper")
    parser.add_argument(
        "--variant", default="default", help="a name for these settings, as the table shows it"
    )
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--data", nargs="*", default=[], metavar="NAME=VALUE", help="options of the data")
    parser.add_argument("--points", type=int, help="only so many points, drawn at random: a rehearsal")
    parser.add_argument("--keep", type=Path, default=KEEP, help="folder of first phases to use again")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--plan", action="store_true", help="print which cells of the table are not run")
    parser.add_argument("--run-missing", action="store_true", help="run those, as many as fit into --minutes")
    parser.add_argument("--minutes", type=float, default=9)
    given = parser.parse_args()
    if given.plan or given.run_missing:
        missing_cells(given)
        return
    if given.dataset is None:
        parser.error("give a method and a data set, or --plan, or --run-missing")
    overrides = dict(each.split("=", 1) for each in given.set)
    data = load(given.dataset, **dict(each.split("=", 1) for each in given.data))
    data = some_of(data, given.points) if given.points else data
    with bench(data, device=given.device, keep=given.keep) as on:
        task = task_of(on, given.method, given.variant, preset=given.preset, overrides=overrides)
        reproduce(on, [task], given.seeds, given.out)


if __name__ == "__main__":
    main()
