"""Two moments of runs beside each other: what is left after laying one onto the other, who changed sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dcviz.geometry.agreement import agreement
from dcviz.geometry.filters import split
from dcviz.geometry.movement import neighbor_overlap
from dcviz.geometry.neighbors import finite_rows
from dcviz.geometry.projection import align
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run

PLAIN = ("method", "dataset", "dataset_options", "preset", "seed", "n", "latent_dim", "clusters", "device",
         "phases", "thresholds", "parent", "source", "versions")  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """What it takes to lay one moment onto another.

    Args:
        lengths: (n,) how far each point stays from its partner after shift, turn and scaling; unit of the
            first moment's latents.
        spread: root mean square distance of the first moment's points from their mean, same unit.
        kept: share of neighbors both moments have.
        agree: adjusted Rand index between the two clusterings.
    """

    lengths: np.ndarray
    spread: float
    kept: float
    agree: float


def same_points(first: Run, second: Run) -> bool:
    """Whether row i is the same point in both: one data set read in one way."""
    same = ("dataset", "dataset_options", "n")
    return all(first.spec.get(name) == second.spec.get(name) for name in same)


def measurable(run: Run, key: str) -> np.ndarray:
    """The latents of an epoch for a measurement that looks at all of them.

    Raises:
        ValueError: if they hold NaN or infinity; names the epoch and the first such row.
    """
    z = run.latents(key)
    good = finite_rows(z)
    if not good.all():
        raise ValueError(
            f"The latents of epoch {run.epoch(key).position:g} hold NaN or infinity, first in row "
            f"{int(np.argmin(good))}: with them nothing can be measured. Choose another epoch, or import "
            "the latents without such rows."
        )
    return z


def difference(first: Run, first_key: str, second: Run, second_key: str) -> Difference:
    """Lay the second epoch onto the first (Procrustes, scaled) and measure what is left over.

    The latents are compared in all their dimensions; fewer dimensions are filled up with zeros.

    Raises:
        ValueError: if one of the two holds NaN or infinity.
    """
    target, moved = _wide(measurable(first, first_key), measurable(second, second_key))
    lengths = np.linalg.norm(align(moved, target, scale=True) - target, axis=1)
    spread = float(np.sqrt(((target - target.mean(0)) ** 2).sum(1).mean()))
    return Difference(
        lengths, spread, neighbor_overlap(first.neighbors(first_key), second.neighbors(second_key)),
        agreement(first.assignments(first_key), second.assignments(second_key)).ari,
    )  # fmt: skip


def crossing(
    first: Run, first_key: str, first_at: Thresholds, second: Run, second_key: str, second_at: Thresholds
) -> pd.DataFrame:
    """One row a point: core in the first epoch, core in the second, each at its thresholds."""
    core = [
        split(run.neighbors(key).distances, at).core
        for run, key, at in ((first, first_key, first_at), (second, second_key, second_at))
    ]
    frame = pd.DataFrame({"point": np.arange(len(core[0])), "core before": core[0], "core after": core[1]})
    labels = first.labels()
    if labels is not None:
        frame["label"] = labels
    frame["cluster before"] = first.assignments(first_key)
    frame["cluster after"] = second.assignments(second_key)
    return frame


def settings_that_differ(runs: Sequence[Run]) -> pd.DataFrame:
    """One row a setting that is not the same in all runs, one column a run."""
    flat = [
        _flat({name: run.spec.get(name) for name in PLAIN} | dict(run.spec.get("settings") or {}))
        for run in runs
    ]
    names = dict.fromkeys(name for each in flat for name in each)
    rows = {name: [each.get(name, "–") for each in flat] for name in names}
    differing = {name: values for name, values in rows.items() if len(set(values)) > 1}
    return pd.DataFrame.from_dict(
        differing, orient="index", columns=[f"{i + 1}: {run.name}" for i, run in enumerate(runs)]
    )


def _wide(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    width = max(first.shape[1], second.shape[1])
    return tuple(np.pad(z.astype(np.float64), ((0, 0), (0, width - z.shape[1]))) for z in (first, second))  # type: ignore[return-value]


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        elif value is not None:
            found[f"{prefix}{name}"] = _plain(value)
    return found


def _plain(value: Any) -> str:
    """A setting in words: phases as "pretraining 200, proximity 100", not as a list of lists."""
    if isinstance(value, list | tuple):
        return ", ".join(
            " ".join(map(str, each)) if isinstance(each, list | tuple) else str(each) for each in value
        )
    return str(value)
