"""Apply the label-free rule of docs/selection.md to R-DC: `python -m benchmarks.choose DATASET`.

Thirty trainings (six candidates, five seeds) branch from five first phases. The table of what the rule sees
goes to benchmarks/results/selection.csv; only then are the chosen partitions compared with the labels and the
rows of variant "rule" added to reproduction.csv. What the labels say of all candidates stands in
selection_labels.csv, which nothing reads.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reproduce import KEEP, RESULTS, Table, Task, append, task_of
from benchmarks.side_by_side import Bench, bench, here_today
from dcviz.data import load
from dcviz.geometry.agreement import agreement
from dcviz.geometry.clusters import k_means, silhouette
from models.catalog import fit_plan

CANDIDATES = tuple(itertools.product((5, 15), (0.3, 0.6, 0.8)))
SEEDS = (0, 1, 2, 3, 4)
ITERATIONS, EVERY = 11_200, 1_400
LOWEST, HIGHEST, NEAR = 2 / 3, 3 / 2, 0.01
ROWS = 2_000
AT_ONCE = 15

Looked = dict[tuple[tuple[int, float] | None, int, int], dict[str, Any]]
"""By candidate (None at the switch), seed and snapshot number: scale, partition, silhouette, epoch."""


def look(z: np.ndarray, clusters: int, rows: np.ndarray) -> dict[str, Any]:
    """What the rule reads of one snapshot; no labels."""
    found = k_means(z, clusters, seed=0, n_init=20).assignments
    scale = float(np.sqrt(np.square(z - z.mean(0), dtype=np.float64).sum(1).mean()))
    part = silhouette(z[rows], found[rows])
    return {"scale": scale, "partition": found, "silhouette": -1.0 if part is None else float(part)}


def rand_index(a: np.ndarray, b: np.ndarray) -> float:
    return agreement(a, b).ari


def train(on: Bench, task: Task) -> tuple[Looked, float]:
    """Branch all candidates from the first phases; look at every snapshot, and at the switch (number 0)."""
    firsts = on.first_phases("rdc", task.settings, SEEDS)
    batches = fit_plan("rdc", task.settings, on.data.n).batches_per_epoch
    every = max(1, round(EVERY / batches))
    epochs = every * (ITERATIONS // EVERY)
    rows = np.random.default_rng(0).permutation(on.data.n)[:ROWS]
    jobs: dict[tuple[tuple[int, float] | None, int, int], Any] = {}
    start = time.perf_counter()
    places = list(itertools.product(CANDIDATES, SEEDS))
    for seed in SEEDS:
        jobs[None, seed, 0] = on.pool.submit(look, firsts[seed][0].tensors["z"], task.settings.clusters, rows)
    for first in range(0, len(places), AT_ONCE):
        group = places[first : first + AT_ONCE]
        trainings = [
            {"settings": candidate_settings(on, task, candidate, epochs), "seed": seed,
             "checkpoint": firsts[seed][0], "start_phase": 1}
            for candidate, seed in group
        ]  # fmt: skip
        for number, snapshot in on.fit("rdc", trainings, every=every):
            key = (*group[number], (snapshot.epoch - task.settings.pretrain_epochs) // every)
            jobs[key] = on.pool.submit(look, snapshot.latents, task.settings.clusters, rows)
    seconds = (time.perf_counter() - start) / len(places)
    looked = {
        key: {**job.result(), "epochs": task.settings.pretrain_epochs + key[2] * every}
        for key, job in jobs.items()
    }
    return looked, seconds


def candidate_settings(on: Bench, task: Task, candidate: tuple[int, float], epochs: int) -> Any:
    m, ratio = candidate
    changes = {"M": m, "lambda_ratio": ratio, "finetune_epochs": epochs}
    return task_of(on, "rdc", "paper Table 2", overrides=changes).settings


def table_of(looked: Looked) -> list[dict[str, Any]]:
    """One row a candidate and snapshot: scale against the switch, stability, silhouette."""
    rows = []
    numbers = sorted({number for _, _, number in looked if number})
    for candidate, number in itertools.product(CANDIDATES, numbers):
        at = [looked[candidate, seed, number] for seed in SEEDS]
        scale = [here["scale"] / looked[None, seed, 0]["scale"] for seed, here in zip(SEEDS, at, strict=True)]
        pairs = itertools.combinations([here["partition"] for here in at], 2)
        rows.append({
            "M": candidate[0], "lambda_ratio": candidate[1], "snapshot": number, "epochs": at[0]["epochs"],
            "scale_low": min(scale), "scale_high": max(scale),
            "stability": float(np.mean([rand_index(a, b) for a, b in pairs])),
            "silhouette": float(np.mean([here["silhouette"] for here in at])),
        })  # fmt: skip
    return rows


def choose(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row the rule picks: admissible, most stable, ties by silhouette, first snapshot near its best."""
    kinds: dict[tuple[int, float], list[dict[str, Any]]] = {}
    for row in rows:
        kinds.setdefault((row["M"], row["lambda_ratio"]), []).append(row)
    admissible = [
        kind for kind in kinds.values()
        if all(row["scale_low"] >= LOWEST and row["scale_high"] <= HIGHEST for row in kind)
    ]  # fmt: skip
    if not admissible:
        raise SystemExit("no candidate is admissible: all run away or collapse")
    best = [max(kind, key=lambda row: row["stability"]) for kind in admissible]
    top = max(row["stability"] for row in best)
    winner = max((row for row in best if row["stability"] >= top - NEAR), key=lambda row: row["silhouette"])
    kind = kinds[winner["M"], winner["lambda_ratio"]]
    return next(row for row in kind if row["stability"] >= winner["stability"] - NEAR)


def apply_rule(on: Bench, path: Path) -> dict[str, Any]:
    """Train, write what the rule sees, choose, and only then look at the labels."""
    task = task_of(on, "rdc", "paper Table 2")
    looked, seconds = train(on, task)
    rows = table_of(looked)
    chosen = choose(rows)
    place = here_today(on.device)
    append(path.parent / "selection.csv", [
        {"dataset": on.data.name, **rounded(row), "chosen": row is chosen, **place} for row in rows
    ])  # fmt: skip
    print(
        "chosen without labels:",
        {k: chosen[k] for k in ("M", "lambda_ratio", "epochs", "stability")},
        flush=True,
    )
    candidate, table = (chosen["M"], chosen["lambda_ratio"]), Table(path, on)
    length = chosen["epochs"] - task.settings.pretrain_epochs
    final = Task("rdc", candidate_settings(on, task, candidate, length), "rule")
    assert on.data.labels is not None
    for seed in SEEDS:
        found = looked[candidate, seed, chosen["snapshot"]]["partition"]
        table.add(final, "phase 2", seed, epochs=chosen["epochs"], seconds=seconds,
                  scores=vars(agreement(on.data.labels, found)))  # fmt: skip
    append(path.parent / "selection_labels.csv", [
        {"dataset": on.data.name, "M": key[0][0], "lambda_ratio": key[0][1], "seed": key[1],
         "epochs": here["epochs"], "acc": round(agreement(on.data.labels, here["partition"]).acc, 4),
         "scale": round(here["scale"] / looked[None, key[1], 0]["scale"], 4), **place}
        for key, here in sorted(looked.items(), key=str) if key[0]
    ])  # fmt: skip
    return chosen


def rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.choose", description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--keep", type=Path, default=KEEP)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    with bench(load(given.dataset), device=given.device, keep=given.keep) as on:
        apply_rule(on, given.out)


if __name__ == "__main__":
    main()
