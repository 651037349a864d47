"""What a sweep costs before it starts, and what it has found so far."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, product
from statistics import fmean
from typing import TYPE_CHECKING, Any

from dcviz.engine.estimate import estimate
from dcviz.engine.sweeps.folder import Sweep
from dcviz.engine.sweeps.plan import Plan, group_size
from dcviz.engine.sweeps.search import drawn, study_of
from dcviz.runs import Run

if TYPE_CHECKING:
    import pandas as pd

# Combinations whose cost is estimated one by one; of more, these stand for all.
MOST_ESTIMATED = 64
SCORES = ("acc", "nmi", "ari", "id", "lid", "core_share", "purity")


@dataclass(frozen=True)
class Total:
    """The cost of a whole sweep.

    Attributes:
        combinations: of settings.
        runs: trainings.
        seconds: of training, all together.
        wall_seconds: by the clock, with `at_once` side by side.
        bytes: on the disk.
        basis: where the time comes from.
    """

    combinations: int
    runs: int
    seconds: float
    wall_seconds: float
    bytes: int
    basis: str


def total_cost(plan: Plan, *, runs: Iterable[Run] = ()) -> Total:
    """Tell the cost of a plan before anything is written: estimate times runs over slots.

    Args:
        plan: checked.
        runs: earlier runs to learn the speed from.
    """
    known = list(runs)
    requests = [plan.request(values, plan.seeds[0]) for values in _some(plan)]
    costs = [estimate(request, runs=known) for request in requests]
    seconds = fmean(cost.seconds for cost in costs) * plan.runs
    size = int(fmean(cost.total_bytes for cost in costs) * plan.runs)
    device = requests[0].device
    together = group_size(plan, device)
    slots = min(plan.at_once, math.ceil(plan.runs / together))
    how = "computed as one they take less than that" if device.startswith("cuda") else "they take turns"
    as_one = f"; up to {together} share a process, where {how}" if together > 1 else ""
    return Total(plan.combinations, plan.runs, seconds, seconds / slots, size, costs[0].basis + as_one)


def _some(plan: Plan) -> list[dict[str, Any]]:
    """Combinations to estimate: of a grid its first ones, of ranges their ends."""
    ends = [axis.values or (axis.low, axis.high) for axis in plan.axes]
    typed = [
        [int(value) if axis.whole else value for value in values]
        for axis, values in zip(plan.axes, ends, strict=True)
    ]
    names = [axis.name for axis in plan.axes]
    return [dict(zip(names, values, strict=True)) for values in islice(product(*typed), MOST_ESTIMATED)]


def table(sweep: Sweep) -> "pd.DataFrame":
    """One row a training: combination, seed, settings, objective of the combination, state, scores, seconds.

    Scores stand beside; none of them, and no label, chose anything.
    """
    import pandas as pd

    study, rows = study_of(sweep), []
    values = {trial.number: trial.value for trial in study.trials if trial.state.name == "COMPLETE"}
    for number, settings in drawn(study, sweep.plan).items():
        for seed in sweep.plan.seeds:
            run = sweep.run(number, seed)
            row = {"combination": number, "seed": seed, **settings, sweep.plan.objective: values.get(number)}
            rows.append({**row, **_of_run(run)})
    columns = ["combination", "seed", *(axis.name for axis in sweep.plan.axes), sweep.plan.objective]
    return pd.DataFrame(rows, columns=[*columns, "state", "epoch", *SCORES, "seconds", "run"])


def _of_run(run: Run | None) -> dict[str, Any]:
    if run is None:
        return {"state": "not begun"}
    epochs = run.epochs()
    last = {name: epochs[-1].scores.get(name) for name in SCORES} if epochs else {}
    seconds = sum(epoch.seconds or 0.0 for epoch in epochs)
    where = {"epoch": epochs[-1].position if epochs else None, "seconds": round(seconds, 2), "run": run.id}
    return {"state": run.status()["state"], **last, **where}
