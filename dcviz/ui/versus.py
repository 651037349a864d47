"""Comparing moments of runs: who is compared, what differs in how they were made, who changed sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dcviz.geometry.agreement import agreement
from dcviz.geometry.filters import split
from dcviz.geometry.movement import neighbor_overlap
from dcviz.geometry.projection import align
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.ui import cached
from dcviz.viewer import ViewState

PLAIN = ("method", "dataset", "dataset_options", "preset", "seed", "n", "latent_dim", "clusters", "device",
         "phases", "thresholds", "parent", "source", "versions")  # fmt: skip
_remember = st.cache_data(show_spinner=False, max_entries=32)


@dataclass(frozen=True)
class Side:
    """One of the moments compared: a run, where its viewer stands, and its name in legends."""

    run: Run
    seen: ViewState
    name: str

    @property
    def key(self) -> str:
        """Of the stored epoch all numbers belong to."""
        return str(self.seen.key)

    @property
    def identity(self) -> tuple[str, str]:
        """What results are remembered by."""
        return cached.identity(self.run), self.key


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


def difference(first: Side, second: Side) -> Difference:
    """Lay the second moment onto the first (Procrustes, scaled) and measure what is left over.

    The latents are compared in all their dimensions; fewer dimensions are filled up with zeros.
    """
    return laid_onto(first.run, first.key, second.run, second.key)


def laid_onto(first: Run, first_key: str, second: Run, second_key: str) -> Difference:
    """The same, of a stored epoch of each of two runs."""
    a, b = (cached.identity(first), first_key), (cached.identity(second), second_key)
    return _difference(first, second, a, b, first_key, second_key)


@_remember
def _difference(_a: Run, _b: Run, a: tuple, b: tuple, key_a: str, key_b: str) -> Difference:
    target, moved = _wide(_a.latents(key_a), _b.latents(key_b))
    lengths = np.linalg.norm(align(moved, target, scale=True) - target, axis=1)
    spread = float(np.sqrt(((target - target.mean(0)) ** 2).sum(1).mean()))
    return Difference(
        lengths, spread, neighbor_overlap(_a.neighbors(key_a), _b.neighbors(key_b)),
        agreement(_a.assignments(key_a), _b.assignments(key_b)).ari,
    )  # fmt: skip


def crossing(first: Side, second: Side) -> pd.DataFrame:
    """One row a point: core in the first moment, core in the second, each at the thresholds of its side."""
    return _crossing(
        first.run, second.run, first.identity, second.identity, first.key, second.key,
        astuple(first.seen.thresholds), astuple(second.seen.thresholds),
    )  # fmt: skip


@_remember
def _crossing(
    _a: Run, _b: Run, a: tuple, b: tuple, key_a: str, key_b: str, at_a: tuple, at_b: tuple
) -> pd.DataFrame:
    core = [
        split(run.neighbors(key).distances, Thresholds(*at)).core
        for run, key, at in ((_a, key_a, at_a), (_b, key_b, at_b))
    ]
    frame = pd.DataFrame({"point": np.arange(len(core[0])), "core before": core[0], "core after": core[1]})
    labels = _a.labels()
    if labels is not None:
        frame["label"] = labels
    frame["cluster before"], frame["cluster after"] = _a.assignments(key_a), _b.assignments(key_b)
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


def seeds_of(run: Run, shelf: Sequence[Run]) -> list[Run]:
    """Runs that differ from this one in the seed alone, itself included."""

    def made(each: Run) -> Any:
        spec = each.spec
        return tuple(
            repr(spec.get(name)) for name in ("method", "dataset", "dataset_options", "settings", "phases")
        )

    return [each for each in shelf if made(each) == made(run) and each.epochs()]


def _wide(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    width = max(first.shape[1], second.shape[1])
    return tuple(np.pad(z.astype(np.float64), ((0, 0), (0, width - z.shape[1]))) for z in (first, second))  # type: ignore[return-value]


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        elif value is not None:
            found[f"{prefix}{name}"] = str(value)
    return found
