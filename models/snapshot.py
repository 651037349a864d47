"""What a training hands out: snapshots and checkpoints, plain numpy, and the error that ends it early."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Checkpoint:
    """Everything a training needs to go on exactly: arrays by name, and JSON beside them.

    Names: `network.*` weights, `phase.*` what the phase remembers, `optimizer.*` its moments,
    `random.*` the state of the generator, `sums` of the losses inside an epoch.
    """

    tensors: dict[str, np.ndarray]
    meta: dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """One moment of a training, frozen.

    Args:
        epoch: finished epochs, counted through all phases.
        batch: batches done in the epoch that follows; 0 at the end of an epoch.
        batches: batches an epoch.
        iteration: iterations so far.
        phase: name of the phase that led here.
        phase_index: its number.
        latents: (n, d) float32 of the clean points.
        assignments: (n,) int32 where the method has a clustering of its own.
        confidence: (n,) float32 in 0..1, with assignments.
        centers: (K, d) float32, with assignments.
        losses: means over the epoch (so far), unweighted parts and "total"; empty at epoch 0.
        seconds: training time of the epoch (so far), snapshots left out.
        checkpoint: to resume or branch from here.
        extras: what only this method knows, by the names of its catalog entry: numbers, and arrays that
            are (n, ...) where the entry says "points".
    """

    epoch: int
    batch: int
    batches: int
    iteration: int
    phase: str
    phase_index: int
    latents: np.ndarray
    assignments: np.ndarray | None
    confidence: np.ndarray | None
    centers: np.ndarray | None
    losses: dict[str, float]
    seconds: float
    checkpoint: Checkpoint | None
    extras: dict[str, np.ndarray | float] = field(default_factory=dict)

    @property
    def position(self) -> float:
        """Place on the epoch axis, a real number inside an epoch."""
        return self.epoch + self.batch / self.batches


class DivergenceError(RuntimeError):
    """A loss is no longer a finite number; the last good checkpoint was handed out before."""

    def __init__(self, epoch: int, iteration: int, loss_name: str, value: float):
        super().__init__(
            f"Training diverged in epoch {epoch}, by iteration {iteration}: the mean of the loss "
            f"{loss_name!r} is {value}. Lower the learning rate, or resume from the last checkpoint with "
            "other settings."
        )
        self.epoch, self.iteration = epoch, iteration
        self.loss_name, self.value = loss_name, value
