"""Feature Twist on real latents: `python -m benchmarks.real_twist fashionmnist` [RDC, Fig. 1, 13-15].

DEC, DynAE and R-DC go on from the same first phase of each seed. Dimensions, twist against the switch, purity
and the shares of true neighbors before and after filtering are taken on 10,000 fixed points at many epochs of
both phases and written to benchmarks/results/real_twist.csv.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reproduce import KEEP, RESULTS, append, task_of
from benchmarks.side_by_side import Bench, bench, here_today
from dcviz.data import load
from dcviz.geometry.clusters import k_means
from dcviz.geometry.linear import RELEASED_THRESHOLD, linear_dimension
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.reference import reference
from dcviz.geometry.scores import live_scores
from dcviz.geometry.thresholds import Thresholds
from dcviz.geometry.twist_scores import twist_scores

METHODS = ("dec", "dynae", "rdc")
FIRST_EVERY, SECOND_EVERY = 60, 2
POINTS = 10_000
TWIST = ("rotation", "stretch", "tear", "overlap", "procrustes")
LIVE = ("acc", "id", "lid", "id_all", "lid_all", "participation_ratio", "curvature", "core_share", "purity",
        "purity_core", "purity_filtered", "scale")  # fmt: skip


def scores_of(z: np.ndarray, switch: np.ndarray | None, labels: np.ndarray, clusters: int,
              thresholds: Thresholds) -> dict[str, Any]:  # fmt: skip
    """All columns of one moment; twist only against a switch."""
    graph = neighbor_graph(z, m=15)
    found = k_means(z, clusters, seed=0, n_init=20).assignments
    live, _, _ = live_scores(
        z, graph, assignments=found, clusters=clusters, labels=labels, thresholds=thresholds
    )
    scores = {name: live.get(name) for name in LIVE}
    indexes = [linear_dimension(z[found == k], threshold=RELEASED_THRESHOLD, zero_based=True).number
               for k in range(clusters) if (found == k).sum() > z.shape[1]]  # fmt: skip
    known = [number for number in indexes if number is not None]
    scores["lid_released"] = float(np.mean(known)) if known else None
    twist = {} if switch is None else twist_scores(reference(switch), z, graph=graph)
    return scores | {name: twist.get(name) for name in TWIST}


Jobs = list[tuple[str, int, int, Any]]
"""Arm, seed, epoch and the scores to come."""


def train(on: Bench, seeds: Sequence[int]) -> Jobs:
    """Both phases of all methods and seeds; the scores are computed beside, in other processes."""
    rdc = task_of(on, "rdc", "paper Table 2").settings
    rows = np.sort(np.random.default_rng(0).permutation(on.data.n)[:POINTS])
    assert on.data.labels is not None
    labels, limits = on.data.labels[rows], Thresholds(rdc.M, rdc.lambda_ratio, rdc.tau_distance)
    jobs: Jobs = []

    def submit(arm: str, seed: int, epoch: int, z: np.ndarray, switch: np.ndarray | None) -> None:
        job = on.pool.submit(scores_of, z[rows], switch, labels, rdc.clusters, limits)
        jobs.append((arm, seed, epoch, job))

    def watch(seed: int, snapshot: Any) -> None:
        submit("first phase", seed, snapshot.epoch, snapshot.latents, None)

    firsts = on.first_phases("rdc", rdc, seeds, every=FIRST_EVERY, watch=watch)
    for method in METHODS:
        settings = rdc if method == "rdc" else on.settings(method, finetune_epochs=rdc.finetune_epochs,
                                                           pretrain_epochs=rdc.pretrain_epochs)  # fmt: skip
        trainings = [{"settings": settings, "seed": seed, "checkpoint": firsts[seed][0], "start_phase": 1}
                     for seed in seeds]  # fmt: skip
        for seed in seeds:
            switch = firsts[seed][0].tensors["z"]
            submit(method, seed, rdc.pretrain_epochs, switch, switch[rows])
        for number, snapshot in on.fit(method, trainings, every=SECOND_EVERY):
            switch = firsts[seeds[number]][0].tensors["z"][rows]
            submit(method, seeds[number], snapshot.epoch, snapshot.latents, switch)
    return jobs


def write(on: Bench, jobs: Jobs, folder: Path) -> None:
    """Wait for the scores and append them."""
    place = here_today(on.device)
    append(folder / "real_twist.csv", [
        {"dataset": on.data.name, "arm": arm, "seed": seed, "epoch": epoch, **short(job.result()), **place}
        for arm, seed, epoch, job in jobs
    ])  # fmt: skip


def short(scores: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value is None else round(float(value), 5) for name, value in scores.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_twist", description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--keep", type=Path, default=KEEP)
    parser.add_argument("--out", type=Path, default=RESULTS.parent)
    given = parser.parse_args()
    with bench(load(given.dataset), device=given.device, keep=given.keep) as on:
        write(on, train(on, given.seeds), given.out)


if __name__ == "__main__":
    main()
