"""Which cells of the reproduction table are wanted, and which of them are not run yet.

    python -m benchmarks.reproduce --plan                          prints them; needs no data
    python -m benchmarks.reproduce --run-missing --minutes 9       runs as many as fit

A cell counts as run when its last phase stands in the table with the settings of today: a default that
changes makes its rows missing again. Minutes are for one H200, the first phase included: measured where the
table has rows of the method, otherwise estimated (marked ~).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reproduce import KEEP, Table, Task, reproduce, task_of
from benchmarks.side_by_side import Bench, bench
from dcviz.data.catalog import DATASETS
from dcviz.data.dataset import Dataset
from models.catalog import METHODS
from models.catalog.decs import USPS

FIVE, THREE = (0, 1, 2, 3, 4), (0, 1, 2)
CIFAR = {"pretrain_epochs": 100, "precision": "bfloat16", "channels_last": True}


@dataclass(frozen=True)
class Cell:
    """One method on one data set under one name of settings, for some seeds."""

    method: str
    dataset: str
    seeds: tuple[int, ...]
    minutes: float
    variant: str = "default"
    measured: bool = False
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def command(self) -> str:
        """What runs it alone."""
        seeds = " ".join(map(str, self.seeds))
        own = " ".join(f"{name}={value}" for name, value in self.overrides.items())
        variant = "" if self.variant == "default" else f' --variant "{self.variant}"'
        return f"python -m benchmarks.reproduce {self.method} {self.dataset} --seeds {seeds}{variant}" + (
            f" --set {own}" if own else ""
        )


WANTED = (
    Cell("rdc", "pneumoniamnist", FIVE, 0.5, measured=True),
    Cell("rdc", "fashionmnist", FIVE, 4, measured=True),
    Cell("rdc", "pneumoniamnist", FIVE, 0.5, "paper Table 2", measured=True),
    Cell("rdc", "pneumoniamnist", FIVE, 0.5, "released targets", measured=True),
    Cell("rdc", "pneumoniamnist", FIVE, 0.5, "released code", measured=True),
    Cell("rdc", "fashionmnist", FIVE, 4, "released targets", measured=True),
    Cell("rdc", "mnist", THREE, 2.5, measured=True),
    Cell("rdc", "usps", THREE, 0.5, measured=True),
    Cell("dec", "mnist", THREE, 1, measured=True),
    Cell("dec", "fashionmnist", THREE, 1, measured=True),
    Cell("idec", "mnist", THREE, 1, measured=True),
    Cell("idec", "fashionmnist", THREE, 1.2, measured=True),
    Cell("dynae", "mnist", THREE, 3),
    Cell("dynae", "fashionmnist", THREE, 3),
    Cell("dynae", "mnist", THREE, 6, "half margin", overrides={"margin": "half"}),
    Cell("dynae", "fashionmnist", THREE, 6, "half margin", overrides={"margin": "half"}),
    Cell("cdc", "fashionmnist", THREE, 3.5, "row norm"),
    Cell("rdc", "fashionmnist", FIVE, 3.5, "critic never trained", overrides={"critic": "untrained"}),
    Cell("rdc", "pneumoniamnist", FIVE, 0.5, "critic never trained", overrides={"critic": "untrained"}),
    Cell("dynae", "mnist", THREE, 3.3, "no critic", measured=True, overrides={"interpolation": "off"}),
    Cell("dynae", "fashionmnist", THREE, 3.3, "critic never trained"),
    Cell("vade", "mnist", (0,), 5, "shortened", overrides={"pretrain_epochs": 100, "finetune_epochs": 150}),
    Cell("dcss", "fashionmnist", THREE, 33, "published network"),
    Cell("dcss", "mnist", THREE, 33, "published network"),
    Cell("cdc", "fashionmnist", THREE, 6, "paper"),
    Cell("decs", "mnist", THREE, 14, "released network", measured=True),
    Cell("decs", "usps", THREE, 3, "released network"),
    Cell("cc", "cifar10", (0,), 8, "32 px, 100 epochs", overrides=CIFAR),
    Cell("cces", "cifar10", (0,), 8, "32 px, 100 epochs", overrides=CIFAR),
    Cell("decs", "usps", THREE, 1, "fully connected"),
    Cell(
        "decs",
        "usps",
        THREE,
        1,
        "fully connected, step .0001",
        overrides={"network": "fc", **USPS, "finetune_learning_rate": 1e-4},
    ),
    Cell("dcss", "fashionmnist", THREE, 5.5, measured=True),
    Cell("dcss", "mnist", THREE, 5.5, measured=True),
    Cell("cc", "cifar10", (0,), 9, "32 px, 200 epochs", overrides={**CIFAR, "pretrain_epochs": 200}),
    Cell("cces", "cifar10", (0,), 9, "32 px, 200 epochs", overrides={**CIFAR, "pretrain_epochs": 200}),
)


class Nobody(Executor):
    """Scores nothing: for asking what settings mean."""

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        """Refuse."""
        raise RuntimeError("this bench only answers questions about settings")


def outline(dataset: str, *, keep: Path) -> Bench:
    """A bench that knows size and shape of the data, but holds none: enough for settings and their hash."""
    entry = DATASETS[dataset]
    assert entry.image_shape is not None
    width = int(np.prod(entry.image_shape))
    x = np.broadcast_to(np.zeros((1, width), np.uint8), (entry.n, width))  # one row shown n times: no memory
    data = Dataset(dataset, x, image_shape=entry.image_shape, clusters=entry.clusters)
    return Bench(data, "cuda", keep, Nobody())


def task(on: Bench, cell: Cell) -> Task:
    """The settings that the cell means today."""
    return task_of(on, cell.method, cell.variant, overrides=cell.overrides)


def missing_seeds(cell: Cell, path: Path) -> tuple[int, ...]:
    """Seeds whose last phase does not stand in the table."""
    on = outline(cell.dataset, keep=KEEP)
    wanted, table = task(on, cell), Table(path, on)
    last = wanted.phase_name(len(METHODS[cell.method].phases) - 1)
    return tuple(seed for seed in cell.seeds if not table.holds(wanted, last, seed))


def missing(path: Path) -> Iterator[tuple[Cell, tuple[int, ...]]]:
    """Cells that are not run, or not with all seeds."""
    for cell in WANTED:
        seeds = missing_seeds(cell, path)
        if seeds:
            yield cell, seeds


def run_missing(path: Path, *, minutes: float, device: str, keep: Path) -> None:
    """Run cells in order while the estimate of the next one fits into what is left of the minutes."""
    from dcviz.data import load

    end = time.monotonic() + 60 * minutes
    for cell, seeds in missing(path):
        left = (end - time.monotonic()) / 60
        if cell.minutes > left:
            print(f"left out, {cell.minutes:g} min do not fit into {left:.1f}: {cell.command}", flush=True)
            continue
        start = time.monotonic()
        with bench(load(cell.dataset), device=device, keep=keep) as on:
            reproduce(on, [task(on, cell)], seeds, path)
        print(f"{(time.monotonic() - start) / 60:.1f} min: {cell.command}", flush=True)


def show(path: Path) -> None:
    """Print what is missing, with the command that runs it and how long that takes."""
    found = list(missing(path))
    for cell, seeds in found:
        about = "" if cell.measured else "~"
        what = f"{cell.method} {cell.dataset} ({cell.variant}), seeds {' '.join(map(str, seeds))}"
        print(f"not run: {what}, {about}{cell.minutes:g} min\n    {cell.command}")
    minutes = sum(cell.minutes for cell, _ in found)
    print(f"{len(found)} of {len(WANTED)} cells are not run, about {minutes:g} min on one H200")
