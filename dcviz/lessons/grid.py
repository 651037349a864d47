"""The switch-moment grid: precomputed answers to "what if clustering began earlier, or weighed more?".

Six switch epochs times six weights of the clustering loss times three seeds, each a training of its own on
the four arcs, twelve frames a training. `python -m benchmarks.switch_grid` makes it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.runs import store

STEP = 32767
ONLY_CLUSTERING = "only clustering"
"""The last weight: DEC, which has no reconstruction left to weigh against."""


@dataclass(frozen=True)
class Cell:
    """One training of the grid.

    Attributes:
        method: id of METHODS that trained it: "idec", or "dec" where only clustering is left.
        settings: what differs from the standard preset, for "train exactly this".
        latents: (F, m, 2) float32, centered; row i is point `SwitchGrid.rows[i]` of the data set.
        scores: name -> (F,) float64; NaN where a score does not exist.
    """

    method: str
    settings: dict[str, Any]
    latents: np.ndarray
    scores: dict[str, np.ndarray]


@dataclass(frozen=True)
class SwitchGrid:
    """The whole grid; frames stay on the disk until a cell is asked for.

    Attributes:
        switches: (S,) epochs of pretraining.
        weights: (W,) weight of the clustering loss, the last being ONLY_CLUSTERING.
        seeds: (R,) seeds.
        steps: (F,) epochs after the switch.
        rows: (m,) which points of the data set were kept.
        inputs: (m, 2) those points.
        position: (m,) their place along the curve, 0 to 1.
        labels: (m,) their curve.
        scores: name -> (S, W, R, F) float64.
        extent: (S, W, R) largest absolute coordinate of a training, unit of the latents.
        frames: (S, W, R, F, m, 2) int16 shares of the extent, mapped from the disk.
    """

    switches: tuple[int, ...]
    weights: tuple[float | str, ...]
    seeds: tuple[int, ...]
    steps: tuple[int, ...]
    rows: np.ndarray
    inputs: np.ndarray
    position: np.ndarray
    labels: np.ndarray
    scores: dict[str, np.ndarray]
    extent: np.ndarray
    frames: np.ndarray

    def cell(self, switch: int, weight: float | str, seed: int) -> Cell:
        """One training of the grid.

        Raises:
            ValueError: if it is not on the grid; nothing is interpolated.
        """
        at = (
            _place("switch", switch, self.switches),
            _place("weight", weight, self.weights),
            _place("seed", seed, self.seeds),
        )
        latents = self.frames[at].astype(np.float32) * (self.extent[at] / STEP)
        method, settings = training(switch, weight)
        return Cell(method, settings, latents, {name: each[at] for name, each in self.scores.items()})


def training(switch: int, weight: float | str) -> tuple[str, dict[str, Any]]:
    """Method and settings behind a place of the grid: exactly what to train to see it in full."""
    settings: dict[str, Any] = {"pretrain_epochs": int(switch), "finetune_epochs": 200}
    if weight == ONLY_CLUSTERING:
        return "dec", settings
    return "idec", {**settings, "gamma": float(weight)}


def weight_text(weight: float | str) -> str:
    """A weight as a narrow table writes it."""
    return "DEC" if isinstance(weight, str) else f"{weight:g}"


def folder_of_the_grid() -> Path:
    """Where the shipped grid lies."""
    return store.GALLERY / "switch_grid"


def switch_grid() -> SwitchGrid | None:
    """Open the shipped grid; None where it was not made."""
    folder = folder_of_the_grid()
    return _open(folder) if (folder / "grid.json").exists() else None


@lru_cache(maxsize=2)
def _open(folder: Path) -> SwitchGrid:
    told = json.loads((folder / "grid.json").read_text(encoding="utf-8"))
    with np.load(folder / "points.npz", allow_pickle=False) as stored:
        points = {name: stored[name] for name in ("rows", "inputs", "position", "labels", "extent")}
    with np.load(folder / "scores.npz", allow_pickle=False) as stored:
        scores = {name: stored[name] for name in stored.files}
    return SwitchGrid(
        tuple(told["switches"]), tuple(told["weights"]), tuple(told["seeds"]), tuple(told["steps"]),
        scores=scores, frames=np.load(folder / "frames.npy", mmap_mode="r", allow_pickle=False), **points,
    )  # fmt: skip


def _place(name: str, value: Any, allowed: tuple[Any, ...]) -> int:
    if value not in allowed:
        raise ValueError(
            f"{name} must be one of {', '.join(map(str, allowed))}, got {value}: only these were trained."
        )
    return allowed.index(value)
