"""Make the switch-moment grid: `python -m benchmarks.switch_grid` (some 20 minutes on one core).

108 ordinary trainings on the four arcs: when does clustering begin, how much does it weigh, which seed.
Twelve frames of 600 points each are kept. Twist is measured against the *input*, which is a plane too: the
latents at an early switch are folded themselves, so a comparison with them would say nothing. A run that
was cut off goes on with the first missing training.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Iterator
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
from dcviz.geometry.twist import flipped_share, frozen_crossings, rotation_dispersion
from dcviz.lessons.grid import ONLY_CLUSTERING, STEP, folder_of_the_grid, training
from dcviz.runs.files import write_array, write_arrays, write_json
from models.catalog import resolve_preset
from models.schedule import Schedule
from models.training import fit

SWITCHES = (0, 5, 20, 50, 100, 200)
WEIGHTS: tuple[float | str, ...] = (0.01, 0.1, 1.0, 10.0, 100.0, ONLY_CLUSTERING)
SEEDS = (0, 1, 2)
STEPS = (0, 5, 10, 20, 30, 40, 55, 70, 90, 120, 160, 200)
POINTS = 600
SCORES = ("flip", "crossings", "rotation", "movement", "purity", "acc")
KEEP = Path(tempfile.gettempdir()) / "dcviz-switch-grid"


def main(*, keep: Path = KEEP) -> int:
    data, folder = load("arcs"), folder_of_the_grid()
    places = list(itertools.product(SWITCHES, WEIGHTS, SEEDS))
    keep.mkdir(exist_ok=True)
    for number, (switch, weight, seed) in enumerate(places, start=1):
        part = keep / f"{switch}-{weight}-{seed}.npz".replace(" ", "_")
        if not part.exists():
            write_arrays(part, trained(data, switch, weight, seed))
            sys.stdout.write(f"{number}/{len(places)}: switch {switch}, weight {weight}, seed {seed}\n")
            sys.stdout.flush()
    collect(data, [keep / f"{s}-{w}-{r}.npz".replace(" ", "_") for s, w, r in places], folder)
    return 0


def trained(
    data: Dataset, switch: int, weight: float | str, seed: int, *, steps: tuple[int, ...] = STEPS
) -> dict[str, np.ndarray]:
    """Train one place of the grid: latents (F, n, 2) and each score (F,)."""
    frames, rows = [], []
    frozen = reference(data.x)
    for z, row in measured(data, frozen, switch, weight, seed, steps):
        frames.append(z)
        rows.append(row)
    scores = {name: np.array([row[name] for row in rows]) for name in SCORES}
    return {"latents": np.stack(frames), **scores}


def measured(
    data: Dataset, frozen: Reference, switch: int, weight: float | str, seed: int, steps: tuple[int, ...]
) -> Iterator[tuple[np.ndarray, dict[str, float]]]:
    """Latents and scores of one training at the wanted steps after the switch."""
    method, settings = training(switch, weight)
    for snapshot in fit(
        method, data.x, settings=complete(method, settings, data), seed=seed, schedule=Schedule(every=5)
    ):
        if snapshot.epoch - switch in steps:
            yield snapshot.latents, scores_of(frozen, snapshot.latents, data)


def complete(method: str, settings: dict[str, Any], data: Dataset) -> Any:
    return resolve_preset(
        method, n=data.n, input_dim=2, clusters=data.clusters, preset="standard", overrides=settings
    )[1]


def scores_of(frozen: Reference, z: np.ndarray, data: Dataset) -> dict[str, float]:
    """Twist against the input, purity of 10 neighbors and k-means accuracy against the labels."""
    assert data.labels is not None
    found = k_means(z, data.clusters or 4, seed=0, n_init=10)
    return {
        "flip": flipped_share(frozen, z),
        "crossings": frozen_crossings(frozen, z),
        "rotation": rotation_dispersion(frozen, z),
        "movement": procrustes_disparity(frozen.z, z),
        "purity": float(same_label(neighbor_graph(z, m=10).indices, data.labels).mean()),
        "acc": float(agreement(data.labels, found.assignments).acc or 0),
    }


def collect(data: Dataset, parts: list[Path], folder: Path) -> None:
    """Put the trainings into four files that open at once."""
    rows = np.arange(0, data.n, data.n // POINTS)[:POINTS]
    shape = (len(SWITCHES), len(WEIGHTS), len(SEEDS))
    opened = [dict(np.load(part)) for part in parts]
    latents = np.stack([part["latents"][:, rows] for part in opened])
    latents -= latents.mean(2, keepdims=True)
    extent = np.abs(latents).max((1, 2, 3))
    frames = np.round(latents / extent[:, None, None, None] * STEP).astype(np.int16)
    scores = {n: np.stack([p[n] for p in opened]).reshape(*shape, len(STEPS)) for n in SCORES}
    assert data.position is not None
    assert data.labels is not None
    write_array(folder / "frames.npy", frames.reshape(*shape, len(STEPS), POINTS, 2))
    write_arrays(folder / "scores.npz", scores)
    write_arrays(
        folder / "points.npz",
        {"rows": rows, "inputs": data.x[rows], "position": data.position[rows], "labels": data.labels[rows],
         "extent": extent.reshape(shape)},
    )  # fmt: skip
    axes = {"switches": SWITCHES, "weights": WEIGHTS, "seeds": SEEDS, "steps": STEPS}
    write_json(folder / "grid.json", axes)


if __name__ == "__main__":
    sys.exit(main())
