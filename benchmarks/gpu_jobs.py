"""What still has to be run on a GPU, in the order in which it is worth most."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LONG = 4
"""Minutes a seed from which on each seed is a job of its own: what is cut off then costs one seed."""
LEDGER = "gpu_session.csv"
"""Table of finished jobs, beside the tables that they fill."""
COLUMNS = ("job", "minutes", "beside", "device", "date", "version")


@dataclass(frozen=True)
class Job:
    """One command of a session.

    Args:
        name: in plans and in the ledger.
        command: after `python -m`; {results}, {keep} and {gallery} stand for the folders of the session.
        minutes: on one H200, about; with a first phase that is not kept yet.
        alone: it times something, so nothing runs beside it.
        gpus: that it needs.
        seeds: of a cell of the reproduction table, which itself says what is there; else the ledger does.
    """

    name: str
    command: tuple[str, ...]
    minutes: float
    alone: bool = False
    seeds: tuple[int, ...] = ()
    gpus: int = 1


def timed(name: str, minutes: float, *command: str, gpus: int = 1) -> Job:
    """A job that must have the device to itself."""
    return Job(name, command, minutes, alone=True, gpus=gpus)


TRAINING, GEOMETRY = "{results}/training.csv", "{results}/geometry_gpu.csv"
TIMED = (
    timed("two GPUs for one training", 2, "benchmarks.several_gpus", "--out",
          "{results}/several_gpus.csv", gpus=2),
    timed("tests on CUDA", 1, "pytest", "tests/models/test_cuda.py", "-q"),
    timed("neighbors, 70,000 x 10", 1, "benchmarks.geometry", "--gpu", "--sizes", "70000", "--dims", "10",
          "--out", GEOMETRY),
    timed("ways to search neighbors", 1, "benchmarks.geometry", "--gpu", "--knn-variants", "--sizes", "70000",
          "--dims", "10", "--out", GEOMETRY),
    timed("25 trainings as one", 4, "benchmarks.together", "--device", "cuda", "--models", "25", "--out",
          "{results}/together.csv"),
    timed("speed of training", 4, "benchmarks.training", "--device", "cuda", "--whole", "--out", TRAINING),
    timed("runs that share a GPU", 3, "benchmarks.packing", "--device", "cuda", "--out",
          "{results}/packing.csv"),
    timed("iterations of FC methods", 2, "benchmarks.iterations", "--methods", "dcss", "cdc", "decs",
          "ddc_uco", "pssc", "finch", "--out", TRAINING),
    timed("iterations of CC, CCES", 2, "benchmarks.iterations", "--methods", "cc", "cces", "--dataset",
          "cifar10", "--out", TRAINING),
    timed("waiting for snapshots, Fashion-MNIST", 3, "benchmarks.waits", "fashionmnist", "--methods", "rdc",
          "--device", "cuda", "--out", "{results}/waits.csv"),
)  # fmt: skip
KEEP_HERE = ("--keep", "{keep}")
BRANCHES = ("--out", "{results}", *KEEP_HERE)
CHOICE = ("--out", "{results}/reproduction.csv", *KEEP_HERE)
UNTIMED = (
    Job("rule's choice, PneumoniaMNIST", ("benchmarks.choose", "pneumoniamnist", *CHOICE), 2),
    Job("rule's choice, Fashion-MNIST", ("benchmarks.choose", "fashionmnist", *CHOICE), 6),
    Job("ablation, PneumoniaMNIST", ("benchmarks.branches", "ablation", "pneumoniamnist", "--seeds", *"01234",
                                     *BRANCHES), 1),
    Job("ablation, Fashion-MNIST", ("benchmarks.branches", "ablation", "fashionmnist", "--seeds", *"012",
                                    *BRANCHES), 4),
    Job("sensitivity, PneumoniaMNIST", ("benchmarks.branches", "sensitivity", "pneumoniamnist",
                                        *BRANCHES), 1),
    Job("real twist, Fashion-MNIST", ("benchmarks.real_twist", "fashionmnist", *BRANCHES), 6),
    Job("noise, PneumoniaMNIST", ("benchmarks.robustness", "pneumoniamnist", "--seeds", *"012", "--whole",
                                  "--out", "{results}/robustness.csv", *KEEP_HERE), 4),
    Job("noise, BloodMNIST", ("benchmarks.robustness", "bloodmnist", "--seeds", *"012", "--out",
                              "{results}/robustness.csv", *KEEP_HERE), 6),
    Job("looks at DCSS", ("benchmarks.causes", "dcss", "mnist", "--set", "network=conv", "--from-phase",
                          "2", "--out", "{results}/causes.csv", *KEEP_HERE), 20),
    Job("optima of k-means, Fashion-MNIST", ("benchmarks.optima", "fashionmnist", "--seeds", *"01234",
                                             "--out", "{results}/optima.csv", *KEEP_HERE), 5),
    Job("CCES's ablation", ("benchmarks.experiments", "cces", "cifar10", "--seeds", "0", "--set",
                            "pretrain_epochs=50", "--out", "{results}/experiments.csv", *KEEP_HERE), 5),
    Job("gallery, R-DC on PneumoniaMNIST", ("benchmarks.gallery", "pneumoniamnist-rdc", "--device", "cuda",
                                            "--into", "{gallery}"), 2),
)  # fmt: skip


def cells(results: Path) -> Iterator[Job]:
    """The cells of the reproduction table that are not run, with the seeds that they lack."""
    from benchmarks.missing import missing

    for cell, lacking in missing(results / "reproduction.csv"):
        own = [f"{name}={value}" for name, value in cell.overrides.items()]
        each = cell.minutes / len(cell.seeds)
        apart = each > LONG and len(lacking) > 1
        for seeds in [(seed,) for seed in lacking] if apart else [lacking]:
            command = [
                "benchmarks.reproduce", cell.method, cell.dataset, "--variant", cell.variant, "--seeds",
                *map(str, seeds), *(["--set", *own] if own else []), "--out", "{results}/reproduction.csv",
                *KEEP_HERE,
            ]  # fmt: skip
            name = f"{cell.method} {cell.dataset} ({cell.variant})" + (f", seed {seeds[0]}" if apart else "")
            yield Job(name, tuple(command), each * len(seeds), seeds=seeds)


def finished(results: Path) -> set[str]:
    """Names of the jobs that the ledger holds."""
    path = results / LEDGER
    if not path.exists():
        return set()
    with path.open(newline="") as file:
        return {row["job"] for row in csv.DictReader(file)}


def wanted(results: Path) -> list[Job]:
    """All that is missing, most wanted first: what is timed, the cells of the table, then the rest.

    Args:
        results: folder of the tables; jobs that its ledger or its table of reproductions hold are left out.
    """
    done = finished(results)
    named = [job for job in (*TIMED, *UNTIMED) if job.name not in done]
    first = [job for job in named if job.alone]
    return [*first, *cells(results), *(job for job in named if not job.alone)]
