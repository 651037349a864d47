"""How many ways k-means sees the same latents: `python -m benchmarks.optima fashionmnist --seeds 0 1 2`.

R-DC has no clusters of its own: its accuracy is that of k-means on its latents, and of many starts the one of
least inertia counts. Where solutions of nearly equal inertia differ in accuracy, a shift of the latents that
nobody would see decides which of them counts. For each seed, at the switch and at the end, one row a start:
how much more inertia its solution has than the best, its agreement with the labels, and the classes that are
in the majority in none of its clusters. Labels choose nothing: all rows are of trainings that know none.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import dcviz
from benchmarks.reproduce import KEEP, some_of
from benchmarks.rows import append
from benchmarks.side_by_side import Bench, bench, here_today
from dcviz.data import load
from dcviz.geometry.agreement import agreement
from dcviz.geometry.clusters import k_means

RESULTS = Path(__file__).parent / "results" / "optima.csv"
STARTS = 50
Row = dict[str, Any]


def left_out(labels: np.ndarray, assignments: np.ndarray) -> tuple[int, ...]:
    """Classes in the majority in no cluster: what a clustering does not see."""
    counts = np.zeros((int(assignments.max()) + 1, int(labels.max()) + 1), np.int64)
    np.add.at(counts, (assignments, labels), 1)
    return tuple(int(each) for each in np.setdiff1d(np.unique(labels), counts.argmax(1)))


def solution(z: np.ndarray, labels: np.ndarray, clusters: int, start: int) -> Row:
    """Where k-means ends from one start."""
    found = k_means(z, clusters, seed=start)
    scores = agreement(labels, found.assignments)
    unseen = " ".join(map(str, left_out(labels, found.assignments)))
    return {"start": start, "inertia": found.inertia, "acc": round(scores.acc, 4),
            "nmi": round(scores.nmi, 4), "left_out": unseen}  # fmt: skip


def solutions(on: Bench, z: np.ndarray, starts: int) -> list[Row]:
    """Solutions of all starts, the best first; inertia as the share by which it exceeds the least."""
    labels, clusters = on.data.labels, on.data.clusters
    if labels is None or clusters is None:
        raise ValueError("these data have no labels to compare with: choose labeled data")
    jobs = [on.pool.submit(solution, z, labels, clusters, start) for start in range(starts)]
    found = sorted((job.result() for job in jobs), key=lambda row: row["inertia"])
    least = found[0]["inertia"]
    return [{**row, "inertia": f"{row['inertia'] / least - 1:.6f}"} for row in found]


def looks(on: Bench, settings: Any, seeds: list[int]) -> Iterator[tuple[int, str, np.ndarray]]:
    """Latents of every seed at the switch and at the end."""
    starts = {seed: found[0] for seed, found in on.first_phases("rdc", settings, seeds).items()}
    for seed, start in starts.items():
        yield seed, "phase 1", start.tensors["z"]
    trainings = [
        {"settings": settings, "seed": seed, "checkpoint": start, "start_phase": 1}
        for seed, start in starts.items()
    ]
    ends = {number: at.latents for number, at in on.fit("rdc", trainings)}
    yield from ((seeds[number], "phase 2", ends[number]) for number in sorted(ends))


def told(place: Mapping[str, Any], found: list[Row], near: float = 0.005) -> str:
    """One line about a look: the solution that counts, and what those beside it say."""
    close = [row["acc"] for row in found if float(row["inertia"]) <= near]
    return (f"{place['arm']}, seed {place['seed']}, {place['phase']}: ACC {found[0]['acc']:.3f}; "
            f"{len(close)} of {len(found)} within {near:.1%} of its inertia: "
            f"{min(close):.3f} to {max(close):.3f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.optima", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("dataset")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="other than the preset's")
    parser.add_argument("--points", type=int, help="only so many points, drawn at random: a CPU needs fewer")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--keep", type=Path, default=KEEP)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    data = load(given.dataset)
    data = some_of(data, given.points) if given.points else data
    own = dict(each.split("=", 1) for each in given.set)
    since = here_today(given.device) | {"version": f"dcviz {dcviz.__version__}"}
    with bench(data, device=given.device, keep=given.keep) as on:
        settings = on.settings("rdc", **own)
        for seed, phase, z in looks(on, settings, given.seeds):
            place = {"dataset": data.name, "n": data.n, "arm": ", ".join(given.set) or "default",
                     "seed": seed, "phase": phase}  # fmt: skip
            found = solutions(on, z, given.starts)
            append(given.out, [{**place, **row, **since} for row in found])
            print(told(place, found), flush=True)


if __name__ == "__main__":
    main()
