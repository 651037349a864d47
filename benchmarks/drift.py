"""What core points should rebuild in R-DC's phase 2: `python -m benchmarks.drift` applies the rule for it.

Every candidate of docs/selection.md continues from the same first phases. What the rule sees goes to
benchmarks/results/drift.csv, training by training, so that a second call goes on with what is missing; when
all stand there the choice is printed, and only then are labels read: drift_labels.csv, which nothing reads.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.reproduce import KEEP, RESULTS, append
from benchmarks.side_by_side import Bench, SinceBranch, bench, here_today
from dcviz.data import load
from dcviz.geometry.agreement import agreement
from dcviz.geometry.clusters import k_means
from models.snapshot import Snapshot

SEEDS = {"digits": (0, 1, 2, 3, 4), "pneumoniamnist": (0, 1, 2)}
CANDIDATES = ("moment", "switch", "neighbors", "input")
"""From the printed equation outwards."""
CASES = {"default": {}, "all core": {"core": "all"}}
PRETRAIN, EPOCHS, EVERY = 60, 60, 10
LOWEST, HIGHEST, NEAR = 2 / 3, 3 / 2, 0.02


def settings_of(on: Bench, case: str, candidate: str) -> Any:
    """Settings of one training, all in the small network."""
    first = max(PRETRAIN, on.settings("rdc", preset="quick").pretrain_epochs)
    own = {"network": "digits", "pretrain_epochs": first, "finetune_epochs": EPOCHS, "core_image": candidate}
    return on.settings("rdc", preset="quick", **own, **CASES[case])


def unexplained(on: Bench, settings: Any, checkpoint: Any) -> float:
    """Squared error of the decoded clean points, as a share of their variance: above 1 the mean is nearer."""
    import torch

    from models.checkpoint import load_networks
    from models.loop import implementation
    from models.method import Data
    from models.training import resident

    data = Data(resident(on.data.x, "cpu"), on.data.scale, on.data.image_shape)
    method = implementation("rdc")(settings, data, seed=0)
    load_networks(method, checkpoint.tensors)
    with torch.no_grad():
        x = data.chunk(0, data.n)
        error = (method.decode(method.latents()) - x).square().mean()
        return float(error / (x - x.mean(0)).square().mean())


def spread(z: np.ndarray) -> float:
    """Root-mean-square latent norm about the mean."""
    return float(np.sqrt(np.square(z - z.mean(0), dtype=np.float64).sum(1).mean()))


def train(on: Bench, case: str, candidate: str, seed: int, path: Path) -> None:
    """One second phase; rows of its snapshots, and its last partition beside the kept first phases."""
    settings = settings_of(on, case, candidate)
    first = on.first_phases("rdc", settings, [seed])[seed][0]
    switch = spread(first.tensors["z"])
    training = {"settings": settings, "seed": seed, "checkpoint": first, "start_phase": 1}
    rows, z = [], first.tensors["z"]
    for snapshot in snapshots(on, training):
        assert snapshot.checkpoint is not None
        z = snapshot.latents
        core = snapshot.checkpoint.tensors["phase.core"]
        rows.append({
            "dataset": on.data.name, "case": case, "core_image": candidate, "seed": seed,
            "epoch": snapshot.epoch - settings.pretrain_epochs,
            "proximity": round(snapshot.losses["proximity"], 6),
            "reconstruction": round(snapshot.losses["reconstruction"], 6),
            "unexplained": round(unexplained(on, settings, snapshot.checkpoint), 4),
            "scale": round(spread(z) / switch, 4), "core_share": round(float(core.mean()), 4),
            **here_today(on.device),
        })  # fmt: skip
    found = k_means(z, settings.clusters, seed=0, n_init=20).assignments
    np.save(partition_path(on, case, candidate, seed), found)
    append(path, rows)
    last = {name: rows[-1][name] for name in ("reconstruction", "unexplained", "scale")}
    print(on.data.name, case, candidate, seed, last, flush=True)


def snapshots(on: Bench, training: dict[str, Any]) -> Iterator[Snapshot]:
    """Snapshots of a second phase, all with a checkpoint."""
    from models.training import fit

    data, schedule = on.data, SinceBranch(every=EVERY, checkpoint_every=1)
    place: dict[str, Any] = {
        "scale": data.scale,
        "image_shape": data.image_shape,
        "device": on.device,
    }
    return fit("rdc", data.x, schedule=schedule, **training, **place)


def partition_path(on: Bench, case: str, candidate: str, seed: int) -> Path:
    """Where the last partition of a training lies."""
    return on.keep / f"drift-{on.data.name}-{case.replace(' ', '-')}-{candidate}-{seed}.npy"


def choose(rows: pd.DataFrame, stability: dict[str, float]) -> str:
    """The candidate of the rule: admissible, nearly the most stable, nearest to the printed equation."""
    fine = rows["scale"].between(LOWEST, HIGHEST) & (rows["unexplained"] < 1)
    admissible = [name for name in CANDIDATES if name in stability and fine[rows["core_image"] == name].all()]
    if not admissible:
        raise SystemExit("no candidate is admissible: all run away, collapse or lose their pictures")
    top = max(stability[name] for name in admissible)
    return next(name for name in admissible if stability[name] >= top - NEAR)


def agreement_of_seeds(partitions: Sequence[np.ndarray]) -> float:
    """Mean adjusted Rand index over all pairs."""
    return float(np.mean([agreement(a, b).ari for a, b in itertools.combinations(partitions, 2)]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drift", description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--keep", type=Path, default=KEEP)
    parser.add_argument("--out", type=Path, default=RESULTS.parent / "drift.csv")
    given = parser.parse_args()
    stable: dict[str, list[float]] = {name: [] for name in CANDIDATES}
    labels = []
    for dataset, seeds in SEEDS.items():
        with bench(load(dataset), device=given.device, keep=given.keep) as on:
            for case, name, seed in itertools.product(CASES, CANDIDATES, seeds):
                if not partition_path(on, case, name, seed).exists():
                    train(on, case, name, seed, given.out)
            for name in CANDIDATES:
                found = [np.load(partition_path(on, "default", name, seed)) for seed in seeds]
                stable[name].append(agreement_of_seeds(found))
            for case, name, seed in itertools.product(CASES, CANDIDATES, seeds):
                found = np.load(partition_path(on, case, name, seed))
                labels.append({"dataset": dataset, "case": case, "core_image": name, "seed": seed,
                               "truth": on.data.labels, "found": found, **here_today(on.device)})  # fmt: skip
    stability = {name: float(np.mean(values)) for name, values in stable.items()}
    print("stability", {name: (np.round(stable[name], 3).tolist()) for name in CANDIDATES})
    print("chosen without labels:", choose(pd.read_csv(given.out), stability), flush=True)
    pd.DataFrame(
        {**{k: row[k] for k in ("dataset", "case", "core_image", "seed")},
         "acc": round(agreement(row["truth"], row["found"]).acc, 4),
         **{k: row[k] for k in ("device", "date")}} for row in labels
    ).to_csv(given.out.with_name("drift_labels.csv"), index=False)  # fmt: skip


if __name__ == "__main__":
    main()
