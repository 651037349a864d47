"""Print what several trainings at once cost: `python -m benchmarks.together [--device cuda] [--models 25]`.

Each row: one training alone, as many computed as one by batched products, and as many turn by turn on streams
of their own, in milliseconds for an iteration of each; and how many times one that is. R-DC's two phases,
DEC, IDEC and the auto-encoder, on the network of the papers unless --network says otherwise.

What is timed are whole epochs that end without a snapshot, from first batch to first batch: shuffling and
the losses of the epoch are in it, embedding all points for a snapshot is not. Rows that end with "a snapshot
each epoch" time an epoch of the same training that ends with one. Rows of the table whose column `epochs` is
empty are older: all of their epochs end with a snapshot.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch

from benchmarks.reproduce import append
from benchmarks.side_by_side import device_name
from dcviz.data import load
from dcviz.data.dataset import Dataset
from models.catalog import METHODS, resolve_preset
from models.plan import Plan, fit_plan
from models.schedule import Schedule
from models.together import fit_together

MEASURED = (("autoencoder", 0), ("rdc", 0), ("rdc", 1), ("dec", 1), ("idec", 1))
EPOCHS = 5
"""The first makes ready, two end without a snapshot and one with; the last always has one."""
KEPT = ", a snapshot each epoch"


class OneBeforeLast(Schedule):
    """Snapshots at the end of the epoch before the last, and where there always are."""

    def snapshot_at(self, epoch: int, plan: Plan) -> bool:
        """Whether this epoch yields a snapshot."""
        return epoch == plan.epochs - 1 or epoch in plan.ends


class Clock:
    """A control that holds nobody up and notes when each epoch begins."""

    def __init__(self) -> None:
        self.began: dict[int, float] = {}

    def between_batches(self, epoch: int, batch: int, batches: int, iteration: int) -> str:
        """Always go on."""
        self.began.setdefault(epoch, time.perf_counter())
        return "go"


def milliseconds(
    data: Dataset, method: str, phase: int, count: int, *, as_one: bool, device: str, **own: Any
) -> tuple[float, float]:
    """Time for one iteration of each of `count` trainings of a phase.

    Returns:
        of the better of two epochs without a snapshot, and of one that ends with a snapshot of each training.
    """
    epochs = {"pretrain_epochs": EPOCHS if phase == 0 else 1}
    if len(METHODS[method].phases) > 1:
        epochs |= {"finetune_epochs": EPOCHS if phase else 0, "refresh_every": 1_000_000}
    settings = resolve_preset(
        method, n=data.n, input_dim=data.input_dim, image_shape=data.image_shape, clusters=data.clusters,
        device=device, preset="paper", overrides=epochs | own,
    )[1]  # fmt: skip
    # The last in the round: when its epoch begins, all have read the losses of the one before.
    clock, plan = Clock(), fit_plan(method, settings, data.n)
    trainings: list[dict[str, Any]] = [{"settings": settings, "seed": seed} for seed in range(count)]
    trainings[-1]["control"] = clock
    for _ in fit_together(
        method, data.x, trainings, as_one=as_one, scale=data.scale, image_shape=data.image_shape,
        device=device, schedule=OneBeforeLast(checkpoint_every=1_000_000),
    ):  # fmt: skip
        pass
    begins = [clock.began[epoch] for epoch in range(plan.epochs - 4, plan.epochs)]
    *plain, kept = (1e3 * (b - a) / plan.batches_per_epoch for a, b in pairwise(begins))
    return min(plain), kept


def rows_of(
    data: Dataset, count: int, methods: Sequence[str], *, device: str, **own: Any
) -> Iterator[tuple[str, float, str]]:
    """Rows as they are measured."""
    for method, phase in MEASURED:
        if method not in methods:
            continue
        name = f"{method} {METHODS[method].phases[phase]}"
        one, kept = milliseconds(data, method, phase, 1, as_one=False, device=device, **own)
        yield f"{name}, 1 alone", one, "ms/round"
        yield f"{name}, 1 alone{KEPT}", kept, "ms/round"
        for as_one, how in ((True, "as one"), (False, "turn by turn")):
            many, kept = milliseconds(data, method, phase, count, as_one=as_one, device=device, **own)
            yield f"{name}, {count} {how}", many, "ms/round"
            yield f"{name}, {count} {how}, times one", many / one, ""
            yield f"{name}, {count} {how}{KEPT}", kept, "ms/round"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.together", description=__doc__)
    parser.add_argument("--dataset", default="fashionmnist")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--models", type=int, default=25)
    names = list(dict.fromkeys(method for method, _ in MEASURED))
    parser.add_argument("--methods", nargs="+", choices=names, default=names)
    parser.add_argument("--points", type=int, help="only so many points (a CPU needs fewer)")
    parser.add_argument("--network", help="instead of the papers'")
    parser.add_argument("--out", type=Path, help="table to append the rows to")
    given = parser.parse_args()
    data = load(given.dataset)
    if given.points:
        data = replace(data, x=data.x[: given.points], labels=None, position=None)
    own = {"network": given.network} if given.network else {}
    fixed = {"dataset": data.name, "n": data.n, "device": device_name(given.device),
             "torch": torch.__version__, "date": datetime.now(UTC).date().isoformat()}  # fmt: skip
    rows = []
    for what, value, unit in rows_of(data, given.models, given.methods, device=given.device, **own):
        print(f"{what:70s} {value:10.3f} {unit}", flush=True)
        epochs = "with a snapshot" if what.endswith(KEPT) else "without a snapshot"
        rows.append({"what": what, "value": round(value, 4), "unit": unit, **fixed, "epochs": epochs})
    if given.out:
        append(given.out, rows)


if __name__ == "__main__":
    main()
