"""Measure what the second phase does to the four arcs: `python -m benchmarks.twist [--seeds 8] [--arms ...]`.

For every seed one auto-encoder is pretrained; every arm goes on from that very checkpoint. The table of
all measured epochs is benchmarks/results/twist.csv; a second call goes on with what is missing. What the
lessons claim stands in tests/lessons, with margins taken from this table.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data import load
from dcviz.data.dataset import Dataset
from dcviz.geometry.agreement import agreement
from dcviz.geometry.clusters import k_means
from dcviz.geometry.movement import procrustes_disparity
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.purity import same_label
from dcviz.geometry.reference import Reference, reference
from dcviz.geometry.twist import flipped_share, frozen_crossings, rotation_dispersion, tear_rate
from models.catalog import resolve_preset
from models.schedule import Schedule
from models.snapshot import Checkpoint
from models.training import fit

RESULTS = Path(__file__).parent / "results" / "twist.csv"
STEPS = (0, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200, 250, 300, 350, 400, 500, 600,
         700, 800, 900, 1000)  # fmt: skip
"""Epochs after the switch that are measured."""
PURITY_NEIGHBORS = 10
COLUMNS = ("arm", "seed", "epoch", "movement", "flip", "crossings", "rotation", "tear", "purity", "acc",
           "condition")  # fmt: skip


@dataclass(frozen=True)
class Arm:
    """A second phase: a method with settings, on a data set with a pretraining of its own."""

    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = "arcs"
    preset: str = "standard"
    epochs: int = 200


ARMS: dict[str, Arm] = {
    "dec": Arm("dec"),
    "dec slow": Arm("dec", {"finetune_learning_rate": 1e-4}, epochs=500),
    "idec": Arm("idec", epochs=500),
    "rdc": Arm("rdc"),
    "rdc gamma 1": Arm("rdc", {"gamma": 1.0}, epochs=500),
    "rdc gamma 0.1": Arm("rdc", {"gamma": 0.1}, epochs=500),
    "rdc gamma 0": Arm("rdc", {"gamma": 0.0}, epochs=500),
    "rdc gamma 0 M 15 all core": Arm("rdc", {"gamma": 0.0, "M": 15, "core": "all"}, epochs=500),
    "dec linear": Arm("dec", preset="linear"),
    "rdc linear": Arm("rdc", preset="linear"),
    "dec blobs": Arm("dec", dataset="blobs"),
    "rdc blobs": Arm("rdc", dataset="blobs"),
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.twist", description=__doc__)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    given = parser.parse_args(arguments)
    for seed in range(given.seeds):
        for name in given.arms:
            if (name, str(seed)) not in done():
                write(name, seed)
                sys.stdout.write(f"{name}, seed {seed}\n")
                sys.stdout.flush()
    return 0


def done() -> set[tuple[str, str]]:
    """Arms and seeds that stand in the table."""
    if not RESULTS.exists():
        return set()
    with RESULTS.open() as file:
        return {(row["arm"], row["seed"]) for row in csv.DictReader(file)}


def write(name: str, seed: int) -> None:
    rows = list(path(ARMS[name], seed))
    fresh = not RESULTS.exists()
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if fresh:
            table.writeheader()
        for row in rows:
            table.writerow({"arm": name, "seed": seed, **{k: _text(v) for k, v in row.items()}})


def path(arm: Arm, seed: int, *, steps: tuple[int, ...] = STEPS) -> Iterator[dict[str, float]]:
    """Pretrain, switch, and measure as the second phase goes on.

    Args:
        arm: the second phase.
        seed: of weights and order; the data are the reference draw (seed 0).
        steps: epochs after the switch to measure; 0 is the switch itself.

    Yields:
        One row of the table (without arm and seed) an epoch.
    """
    data = load(arm.dataset)
    settings = settings_of(arm, data)
    frozen: Reference | None = None
    for snapshot in fit(arm.method, data.x, settings=settings, seed=seed, schedule=Schedule(every=5)):
        step = snapshot.epoch - settings.pretrain_epochs
        if step not in steps:
            continue
        frozen = frozen or reference(snapshot.latents)
        yield {"epoch": step, **measured(frozen, snapshot.latents, data, snapshot.checkpoint)}


def settings_of(arm: Arm, data: Dataset) -> Any:
    """Complete settings of an arm."""
    return resolve_preset(
        arm.method, n=data.n, input_dim=data.input_dim, clusters=data.clusters, preset=arm.preset,
        overrides={**arm.settings, "finetune_epochs": arm.epochs},
    )[1]  # fmt: skip


def measured(
    frozen: Reference, z: np.ndarray, data: Dataset, checkpoint: Checkpoint | None = None
) -> dict[str, float]:
    """Movement, damage and what the usual scores say, against the frozen switch."""
    assert data.labels is not None
    graph = neighbor_graph(z, m=PURITY_NEIGHBORS)
    found = k_means(z, data.clusters or 4, seed=0, n_init=10)
    return {
        "movement": procrustes_disparity(frozen.z, z),
        "flip": flipped_share(frozen, z),
        "crossings": frozen_crossings(frozen, z),
        "rotation": rotation_dispersion(frozen, z),
        "tear": tear_rate(frozen, z),
        "purity": float(same_label(graph.indices, data.labels).mean()),
        "acc": float(agreement(data.labels, found.assignments).acc or 0),
        "condition": _condition(checkpoint),
    }


def _condition(checkpoint: Checkpoint | None) -> float:
    """Condition number of a linear encoder: how flat it presses the plane."""
    weight = checkpoint.tensors.get("network.encoder.0.weight") if checkpoint else None
    return float(np.linalg.cond(weight)) if weight is not None and weight.shape == (2, 2) else float("nan")


def _text(value: float) -> str:
    return f"{value:.5g}"


if __name__ == "__main__":
    sys.exit(main())
