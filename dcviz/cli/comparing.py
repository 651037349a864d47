"""The command that holds two epochs of runs beside each other: compare."""

import argparse
import sys
from typing import Any

import numpy as np

from dcviz.cli.output import print_json
from dcviz.data.dataset import DataError
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run, default_store


def compare(given: argparse.Namespace) -> int:
    """Show what Compare shows: what is left over, who changed sides, which settings differ."""
    store = default_store()
    runs = store.open(given.run), store.open(given.other)
    first_key = _key(runs[0], given.epoch)
    keys = first_key, _key(runs[1], given.other_epoch or _same_epoch(runs, given.epoch and first_key))
    found = _found(runs, keys)
    if given.json:
        print_json(found)
        return 0
    first, second = (f"{run.id}, epoch {int(key[:5])}" for run, key in zip(runs, keys, strict=True))
    median, spread = found["displacement_median"], found["spread"]
    write = sys.stdout.write
    write(f"{second}, laid onto {first}\n")
    write(f"median displacement  {median:.4g} ({median / (spread or 1):.1%} of the spread {spread:.4g})\n")
    write(f"neighbors kept       {found['neighbors_kept']:.1%}\n")
    write(f"clusters agree       ARI {found['clusters_ari']:.3f}\n")
    at = found["thresholds"]
    write(
        f"changed sides        {found['core_to_border']} core to border, {found['border_to_core']} back, of "
        f"{found['n']} points (both at M = {at['M']}, lambda_ratio = {at['lambda_ratio']:g})\n"
    )
    for name, (one, other) in found["settings"].items():
        write(f"differs: {name}: {one} | {other}\n")
    return 0


def _found(runs: tuple[Run, Run], keys: tuple[str, str]) -> dict[str, Any]:
    from dcviz.exchange import beside

    first, second = runs
    if not beside.same_points(first, second):
        raise DataError(
            f"{first.id} and {second.id} do not hold the same points (data, options or n differ), so no "
            "point has a partner; compare runs of one data set, or put one set through both: "
            "python -m dcviz reembed"
        )
    # One pair for both, as on the page: at other thresholds points change sides for that alone.
    at = Thresholds(**(first.spec.get("thresholds") or {}))
    apart = beside.difference(first, keys[0], second, keys[1])
    points = beside.crossing(first, keys[0], at, second, keys[1], at)
    before, after = points["core before"].to_numpy(), points["core after"].to_numpy()
    table = beside.settings_that_differ(runs)
    return {
        "first": {"run": first.id, "key": keys[0]}, "second": {"run": second.id, "key": keys[1]},
        "n": len(points), "displacement_median": float(np.median(apart.lengths)), "spread": apart.spread,
        "neighbors_kept": apart.kept, "clusters_ari": apart.agree,
        "core_to_border": int((before & ~after).sum()), "border_to_core": int((~before & after).sum()),
        "thresholds": {"M": at.M, "lambda_ratio": at.lambda_ratio},
        "settings": {str(name): [str(value) for value in row] for name, row in zip(
            table.index, table.to_numpy(), strict=True)},
    }  # fmt: skip


def _same_epoch(runs: tuple[Run, Run], asked: str | None) -> str | None:
    """The epoch asked of the first, where the other is another run that holds it too."""
    held = {epoch.key for epoch in runs[1].epochs()}
    return asked if runs[0].path != runs[1].path and asked in held else None


def _key(run: Run, asked: str | None) -> str:
    """The key of the epoch asked for, or of the last."""
    if asked is not None:
        return run.epoch(int(asked) if asked.isdigit() else asked).key
    epochs = run.epochs()
    if not epochs:
        raise DataError(f"run {run.id} has no stored epoch yet; wait for it, or compare another")
    return epochs[-1].key
