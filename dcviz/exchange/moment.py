"""One epoch from elsewhere in the form that the recorder of runs takes."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Moment:
    """What is known of one epoch; the fields a snapshot of our own training has too.

    Args:
        epoch: whole epochs trained.
        latents: (n, d) finite float32.
        assignments: (n,) int32 predicted clusters, or None.
        phase: name of the phase that led here.
        phase_index: its number, from 0.
        losses: named numbers.
        seconds: training time of the epoch, 0 if unknown.
        checkpoint: tensors and meta to store with it, or None.
    """

    epoch: int
    latents: np.ndarray
    assignments: np.ndarray | None = None
    phase: str = "imported"
    phase_index: int = 0
    losses: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    iteration: int = 0
    batch: int = 0
    batches: int = 1
    confidence: np.ndarray | None = None
    centers: np.ndarray | None = None
    checkpoint: object | None = None
    extras: dict[str, float] = field(default_factory=dict)
