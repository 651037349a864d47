"""Time an iteration of every phase of any method: `python -m benchmarks.iterations --methods dcss cdc decs`.

Rows as `benchmarks.training` has them, into the same table: captured (on a GPU), eager, and the floor, which
is the counted products of the iteration at the highest rate a large product reaches on this device in TF32
(bfloat16 may be faster). By default the methods that benchmarks.training leaves out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.arithmetic import iteration_flops
from benchmarks.reproduce import append
from benchmarks.side_by_side import device_name
from benchmarks.training import MEASURED, RESULTS, printed, rate, settings_of, shared
from dcviz.data import load
from dcviz.data.dataset import Dataset
from models.catalog import METHODS
from models.plan import PHASE_EPOCHS
from models.training import fit

ELSEWHERE = {method for method, _ in MEASURED}
"""What `benchmarks.training` times; whatever else is in the catalog is timed here."""
PAPERS = tuple(method for method in METHODS if method not in ELSEWHERE)
CONVOLUTIONAL = {"dcss": {"network": "conv"}, "decs": {"network": "conv"}}
"""Networks that papers use for pictures of 28 x 28 beside the fully connected one."""


def measured(methods: Sequence[str]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every phase of these methods, with the published network too where that is another one."""
    for method in methods:
        for own in ({}, CONVOLUTIONAL[method]) if method in CONVOLUTIONAL else ({},):
            for phase in range(len(METHODS[method].phases)):
                yield method, phase, own


def first(data: Dataset, points: int | None) -> Dataset:
    if points is None or points >= data.n:
        return data
    return replace(data, x=data.x[:points], labels=None, position=None)


def milliseconds(
    data: Dataset, method: str, phase: int, *, device: str, capture: str, epochs: int, **own: Any
) -> float:
    """The best epoch's time an iteration; later phases with their first look at the whole set alone."""
    names = PHASE_EPOCHS[: len(METHODS[method].phases)]
    changes: dict[str, Any] = dict.fromkeys(names, 0) | {"pretrain_epochs": 1} | {names[phase]: epochs}
    if "refresh_every" in METHODS[method].settings.__dataclass_fields__:
        changes["refresh_every"] = 1_000_000
    settings = settings_of(data, method, device, **changes, **own)
    snapshots = fit(method, data.x, settings=settings, capture=capture, **shared(data, device))
    return 1e3 * min(s.seconds / s.batches for s in snapshots if s.epoch and s.phase_index == phase)


def rows_of(
    data: Dataset, device: str, epochs: int, methods: Sequence[str]
) -> Iterator[tuple[str, float, str]]:
    peak = rate(device)
    for method, phase, own in measured(methods):
        entry = METHODS[method]
        part = first(data, entry.max_points)
        name = f"{method} {entry.phases[phase]}" + "".join(f" ({value})" for value in own.values())
        work = iteration_flops(method, settings_of(part, method, device, **own), part, phase)
        yield f"{name}, floor", work / peak / 1e9, "ms/iteration"
        for capture in ("auto", "off") if device != "cpu" else ("off",):
            kind = "captured" if capture == "auto" else "eager"
            turns = epochs if capture == "auto" or device == "cpu" else 1
            found = milliseconds(part, method, phase, device=device, capture=capture, epochs=turns, **own)
            yield f"{name}, {kind}", found, "ms/iteration"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.iterations", description=__doc__)
    parser.add_argument("--methods", nargs="+", choices=list(METHODS), default=list(PAPERS))
    parser.add_argument("--dataset", default="fashionmnist")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--epochs", type=int, default=3, help="epochs timed; the best counts")
    parser.add_argument("--points", type=int, help="only so many points (a CPU needs fewer)")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    data = first(load(given.dataset), given.points)
    fixed = {"dataset": data.name, "n": data.n, "device": device_name(given.device),
             "torch": torch.__version__, "date": datetime.now(UTC).date().isoformat()}  # fmt: skip
    for what, value, unit in printed(rows_of(data, given.device, given.epochs, given.methods)):
        append(given.out, [{"what": what, "value": round(value, 4), "unit": unit, **fixed}])


if __name__ == "__main__":
    main()
