"""Experiments of the papers beside their main tables: `python -m benchmarks.experiments NAME DATASET`.

imbalance: class c of C is kept with probability r + (1 - r) c / (C - 1), r from .1 to .5 [DCSS, Fig. 7].
mismatch:  the method is told K from 4 to 16, whatever the number of classes [DCSS, Fig. 12].
cdc:       CDC with one loss after the other [CDC, Table 3].
cces:      crops anywhere or about the middle, neighbors in no, one or both heads [CCES, Table 4].

Rows go to benchmarks/results/experiments.csv in the columns of reproduction.csv; `variant` names the level or
the part. Phases tell the methods apart that DCSS goes through: AE + k-means, DCSS_u, DCSS. Labels thin out
the classes of the first experiment, which is its subject; they choose nothing else.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.reproduce import KEEP, RESULTS, Task, reproduce, some_of, task_of
from benchmarks.side_by_side import Bench, bench
from dcviz.benchmarks.experiments import RATIOS, WRONG_CLUSTERS, imbalanced_rows
from dcviz.data import load
from dcviz.data.dataset import DataError, Dataset

OUT = RESULTS.with_name("experiments.csv")
COMPARED = ("dcss", "idec")
LOSSES = {
    "AE*+L_c": {"eta": 0.0, "beta": 0.0},
    "AE*+L_c+L_a": {"beta": 0.0},
    "AE*+L_DC": {},
}
PLAIN = {"AE+L_r": {"lambda_correlation": 0.0, "finetune_epochs": 0}}
CROPS = {"RCrop": "random", "CCrop": "center"}
SWAPS = {"": "none", "+NN(single1)": "instance", "+NN(single2)": "cluster", "+NN(double)": "both"}

Jobs = Iterator[tuple[Bench, list[Task]]]


def thinned(on: Bench, ratio: float) -> Bench:
    """The same bench with fewer points of the early classes; first phases lie in a folder of their own."""
    data = on.data
    if data.labels is None:
        raise DataError(f"{data.name} has no labels to thin out classes by: choose labeled data")
    rows = imbalanced_rows(data.labels, ratio, seed=0)
    keep = on.keep / f"imbalance-{ratio:g}"
    keep.mkdir(parents=True, exist_ok=True)
    return replace(on, data=replace(data, x=data.x[rows], labels=data.labels[rows], position=None), keep=keep)


def imbalance(on: Bench, preset: str, own: dict[str, str]) -> Jobs:
    for ratio in RATIOS:
        there = thinned(on, ratio)
        for method in COMPARED:
            yield there, [named(there, method, f"imbalance {ratio:g}", preset, own)]


def mismatch(on: Bench, preset: str, own: dict[str, str]) -> Jobs:
    """One latent dimension for all K, so that K alone differs."""
    d = str(max(2, on.data.clusters or 10))
    for clusters in WRONG_CLUSTERS:
        for method in COMPARED:
            told = {"latent_dim": d, **own, "clusters": str(clusters)}
            yield on, [named(on, method, f"K {clusters}", preset, told)]


def cdc(on: Bench, preset: str, own: dict[str, str]) -> Jobs:
    yield on, [named(on, "cdc", arm, preset, {**own, **told}) for arm, told in PLAIN.items()]
    yield on, [named(on, "cdc", arm, preset, {**own, **told}) for arm, told in LOSSES.items()]


def cces(on: Bench, preset: str, own: dict[str, str]) -> Jobs:
    for crop, how in CROPS.items():
        for suffix, swap in SWAPS.items():
            yield on, [named(on, "cces", crop + suffix, preset, {**own, "crop": how, "swap": swap})]


EXPERIMENTS = {"imbalance": imbalance, "mismatch": mismatch, "cdc": cdc, "cces": cces}


def named(on: Bench, method: str, variant: str, preset: str, own: dict[str, object]) -> Task:
    """Settings under a name that no preset of the method may claim; settings it lacks are left out."""
    from models.catalog import METHODS

    known = METHODS[method].settings.__dataclass_fields__
    task = task_of(
        on, method, "default", preset=preset, overrides={k: v for k, v in own.items() if k in known}
    )
    return replace(task, variant=variant)


def run(name: str, on: Bench, *, seeds: Sequence[int], preset: str, own: dict[str, str], out: Path) -> None:
    """Train what is missing of an experiment."""
    for there, tasks in EXPERIMENTS[name](on, preset, own):
        reproduce(there, tasks, seeds, out)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.experiments", description=__doc__)
    parser.add_argument("experiment", choices=list(EXPERIMENTS))
    parser.add_argument("dataset")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--preset", default="paper")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--points", type=int, help="only so many points, drawn at random")
    parser.add_argument("--keep", type=Path, default=KEEP, help="folder of first phases to use again")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    data: Dataset = load(given.dataset)
    data = some_of(data, given.points) if given.points else data
    own = dict(each.split("=", 1) for each in given.set)
    with bench(data, device=given.device, keep=given.keep) as on:
        run(given.experiment, on, seeds=given.seeds, preset=given.preset, own=own, out=given.out)


if __name__ == "__main__":
    main()
