"""Losses of R-DC's second phase in TF32 beside float32: `python -m benchmarks.precision DATASET --seeds ...`.

From the same first phases, in float32, the second phase goes on in either; the losses of every few epochs are
appended to benchmarks/results/precision_second.csv, and how far their means over seeds part is printed in
standard deviations over seeds. On a processor, which has no TF32, its rounding is put in: both sides of a
product keep 10 of their 23 bits, sums stay float32, as tensor cores have it. The device then says so.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.reproduce import KEEP, append
from benchmarks.side_by_side import Bench, bench, here_today
from dcviz.data import load

RESULTS = Path(__file__).parent / "results" / "precision_second.csv"
ARMS = ("float32", "tf32")
PRODUCTS = {torch.ops.aten.mm: 0, torch.ops.aten.bmm: 0, torch.ops.aten.addmm: 1, torch.ops.aten.baddbmm: 1}
"""Products of matrices, and the place of their first side."""
LOST = 13
"""Bits of float32's fraction that TF32 has not."""


def tf32(x: Tensor) -> Tensor:
    """The nearest numbers that TF32 can hold, ties away from zero."""
    half = 1 << (LOST - 1)
    return ((x.contiguous().view(torch.int32) + half) & -(1 << LOST)).view(torch.float32)


class Rounded(TorchDispatchMode):
    """Rounds both sides of every float32 product as TF32 does, where torch would have used TF32 on a GPU."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """One call of an operator."""
        first = PRODUCTS.get(func.overloadpacket)
        if first is not None and torch.get_float32_matmul_precision() == "high":
            a, b = args[first : first + 2]
            if a.dtype == b.dtype == torch.float32:
                args = (*args[:first], tf32(a), tf32(b), *args[first + 2 :])
        return func(*args, **(kwargs or {}))


def curves(on: Bench, seeds: Sequence[int], every: int, **own: Any) -> Iterator[dict[str, Any]]:
    """Rows of both arms: named losses of the second phase, a mean over an epoch each."""
    settings = {arm: on.settings("rdc", precision=arm, **own) for arm in ARMS}
    starts = on.first_phases("rdc", settings["float32"], seeds)
    for arm in ARMS:
        trainings = [
            {"settings": settings[arm], "seed": seed, "checkpoint": starts[seed][0], "start_phase": 1}
            for seed in seeds
        ]
        with Rounded() if on.device == "cpu" else nullcontext():
            for number, at in on.fit("rdc", trainings, every=every):
                place = {"precision": arm, "seed": seeds[number], "epoch": at.epoch}
                for loss, value in at.losses.items() if at.phase_index else ():
                    yield {**place, "loss": loss, "value": f"{value:.6g}"}


def apart(rows: pd.DataFrame) -> pd.Series:
    """By epoch and loss: how far the two means are apart, in the larger standard deviation over seeds."""
    spread = rows.groupby(["epoch", "loss", "precision"])["value"].agg(["mean", "std"]).unstack("precision")
    return (spread["mean", "tf32"] - spread["mean", "float32"]).abs() / spread["std"].max(axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.precision", description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--every", type=int, default=5, help="epochs between two looks")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--keep", type=Path, default=KEEP)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    data, own = load(given.dataset), dict(each.split("=", 1) for each in given.set)
    fixed = {"dataset": data.name, "settings": " ".join(given.set) or "paper"} | here_today(given.device)
    fixed["device"] += ", TF32's rounding put in" if given.device == "cpu" else ""
    with bench(data, device=given.device, keep=given.keep) as on:
        rows = list(curves(on, given.seeds, given.every, **own))
    append(given.out, [{**row, **fixed} for row in rows])
    found = apart(pd.DataFrame(rows).astype({"value": float}))
    print(f"{len(found)} comparisons: {(found > 1).sum()} differ by more than one standard deviation over "
          f"seeds, {(found > 2).sum()} by more than two; at most {found.max():.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
