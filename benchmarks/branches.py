"""Branch second phases from kept first ones: `python -m benchmarks.branches ablation|sensitivity DATASET`.

ablation: P1, P1+P2, P1+P3, P1+P2+P3, with P1 R-DC's first phase, P2 its second, P3 DEC's loss [RDC, Table 8].
sensitivity: lambda_ratio x tau_distance, all from one first phase [RDC, Fig. 17].
Tables go to benchmarks/results/ablation.csv and sensitivity.csv; seeds that stand there with the settings of
today are left out, so a call that was cut off is simply made again.
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.reproduce import KEEP, RESULTS, append, task_of
from benchmarks.side_by_side import Bench, agreement_of, bench, here_today
from dcviz.data import load

RATIOS, DISTANCES = (0.1, 0.6, 0.8, 0.9, 1.0), (0.1, 0.3, 0.7, 1.0, 1.2)


def ablation(on: Bench, seeds: Sequence[int], folder: Path) -> None:
    """All arms of each seed from the same first phase."""
    task, dec = task_of(on, "rdc", "paper Table 2"), on.settings("dec")
    rdc, path = task.settings, folder / "ablation.csv"
    seeds = [seed for seed in seeds if not holds(path, on, seed, task.settings_hash)]
    if not seeds:
        return
    firsts = {seed: found[0] for seed, found in on.first_phases("rdc", rdc, seeds).items()}
    second = ends(on, "rdc", rdc, firsts)
    after = {seed: snapshot.checkpoint for seed, snapshot in second.items()}
    arms = {"P1+P2": second, "P1+P3": ends(on, "dec", dec, firsts), "P1+P2+P3": ends(on, "dec", dec, after)}
    jobs = [("P1", s, rdc.pretrain_epochs, scored(on, s, f.tensors["z"], None)) for s, f in firsts.items()]
    jobs += [
        (arm, seed, at.epoch, scored(on, seed, at.latents, at.assignments))
        for arm, found in arms.items() for seed, at in found.items()
    ]  # fmt: skip
    rows = [
        row(on, job.result(), arm=arm, seed=seed, epochs=epochs) | {"settings_hash": task.settings_hash}
        for arm, seed, epochs, job in jobs
    ]
    append(path, rows)


def sensitivity(on: Bench, seed: int, folder: Path) -> None:
    """The grid of both thresholds from one first phase."""
    places = list(itertools.product(RATIOS, DISTANCES))
    tasks = [
        task_of(on, "rdc", "paper Table 2", overrides={"lambda_ratio": ratio, "tau_distance": distance})
        for ratio, distance in places
    ]
    path = folder / "sensitivity.csv"
    if holds(path, on, seed, tasks[0].settings_hash):
        return
    first = on.first_phases("rdc", tasks[0].settings, [seed])[seed][0]
    trainings = [
        {"settings": task.settings, "seed": seed, "checkpoint": first, "start_phase": 1} for task in tasks
    ]
    last = dict(on.fit("rdc", trainings))
    jobs = [scored(on, seed, last[k].latents, None) for k in range(len(places))]
    append(path, [
        row(on, job.result(), lambda_ratio=ratio, tau_distance=distance, seed=seed, epochs=last[k].epoch)
        | {"settings_hash": tasks[k].settings_hash}
        for k, ((ratio, distance), job) in enumerate(zip(places, jobs, strict=True))
    ])  # fmt: skip


def holds(path: Path, on: Bench, seed: int, settings_hash: str) -> bool:
    """Whether a seed stands in a table with these settings; its rows are written all at once."""
    if not path.exists():
        return False
    wanted = (on.data.name, str(seed), settings_hash)
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        return any((row["dataset"], row["seed"], row["settings_hash"]) == wanted for row in rows)


def ends(on: Bench, method: str, settings: Any, starts: Mapping[int, Any]) -> dict[int, Any]:
    """The last snapshot of a second phase begun at each seed's checkpoint."""
    seeds = list(starts)
    trainings = [
        {"settings": settings, "seed": seed, "checkpoint": starts[seed], "start_phase": 1} for seed in seeds
    ]
    return {seeds[number]: snapshot for number, snapshot in on.fit(method, trainings)}


def scored(on: Bench, seed: int, z: Any, assignments: Any) -> Any:
    return on.pool.submit(agreement_of, z, assignments, on.data.labels, on.data.clusters, seed)


def row(on: Bench, scores: Mapping[str, float], **place: Any) -> dict[str, Any]:
    found = {name: round(scores[name], 4) for name in ("acc", "nmi", "ari", "f1_macro", "majority")}
    where = here_today(on.device)
    print(on.data.name, place, f"ACC {scores['acc']:.3f}", flush=True)
    return {"dataset": on.data.name, **place, **found, **where}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.branches", description=__doc__)
    parser.add_argument("what", choices=("ablation", "sensitivity"))
    parser.add_argument("dataset")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--keep", type=Path, default=KEEP)
    parser.add_argument("--out", type=Path, default=RESULTS.parent)
    given = parser.parse_args()
    with bench(load(given.dataset), device=given.device, keep=given.keep) as on:
        if given.what == "ablation":
            ablation(on, given.seeds, given.out)
        else:
            for seed in given.seeds:
                sensitivity(on, seed, given.out)


if __name__ == "__main__":
    main()
