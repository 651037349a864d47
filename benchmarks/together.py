"""Print what several trainings at once cost: `python -m benchmarks.together [--device cuda] [--models 25]`.

Each row: one training alone, as many computed as one by batched products, and as many turn by turn on streams
of their own, in milliseconds for an iteration of each; and how many times one that is. R-DC's two phases, DEC
and the auto-encoder, on the network of the papers unless --network says otherwise.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.reproduce import append
from benchmarks.side_by_side import SinceBranch, device_name
from dcviz.data import load
from dcviz.data.dataset import Dataset
from models.catalog import METHODS, resolve_preset
from models.plan import fit_plan
from models.together import fit_together

MEASURED = (("autoencoder", 0), ("rdc", 0), ("rdc", 1), ("dec", 1), ("idec", 1))
EPOCHS = 3


def milliseconds(
    data: Dataset, method: str, phase: int, count: int, *, as_one: bool, device: str, **own: Any
) -> float:
    """The best epoch's time for one iteration of each of `count` trainings of a phase."""
    epochs = {"pretrain_epochs": EPOCHS if phase == 0 else 1}
    if len(METHODS[method].phases) > 1:
        epochs |= {"finetune_epochs": EPOCHS if phase else 0, "refresh_every": 1_000_000}
    settings = resolve_preset(
        method, n=data.n, input_dim=data.input_dim, image_shape=data.image_shape, clusters=data.clusters,
        device=device, preset="paper", overrides=epochs | own,
    )[1]  # fmt: skip
    marks: dict[int, float] = {}
    for _, snapshot in fit_together(
        method, data.x, [{"settings": settings, "seed": seed} for seed in range(count)], as_one=as_one,
        scale=data.scale, image_shape=data.image_shape, device=device,
        schedule=SinceBranch(every=1, checkpoint_every=1_000_000),
    ):  # fmt: skip
        marks[snapshot.epoch] = time.perf_counter()  # of the last training to get there
    ends = sorted(marks)
    best = min(marks[b] - marks[a] for a, b in itertools.pairwise(ends) if a >= ends[-3])
    return 1e3 * best / fit_plan(method, settings, data.n).batches_per_epoch


def rows_of(
    data: Dataset, count: int, methods: Sequence[str], *, device: str, **own: Any
) -> Iterator[tuple[str, float, str]]:
    """Rows as they are measured."""
    for method, phase in MEASURED:
        if method not in methods:
            continue
        name = f"{method} {METHODS[method].phases[phase]}"
        one = milliseconds(data, method, phase, 1, as_one=False, device=device, **own)
        yield f"{name}, 1 alone", one, "ms/round"
        for as_one, how in ((True, "as one"), (False, "turn by turn")):
            many = milliseconds(data, method, phase, count, as_one=as_one, device=device, **own)
            yield f"{name}, {count} {how}", many, "ms/round"
            yield f"{name}, {count} {how}, times one", many / one, ""


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
        print(f"{what:50s} {value:10.3f} {unit}", flush=True)
        rows.append({"what": what, "value": round(value, 4), "unit": unit, **fixed})
    if given.out:
        append(given.out, rows)


if __name__ == "__main__":
    main()
