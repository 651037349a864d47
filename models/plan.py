"""The plan of a training: which phase takes which epochs. Imports no torch, so pages can read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PHASE_EPOCHS = ("pretrain_epochs", "finetune_epochs")
PLANE_INPUTS, SMALL_INPUTS = 3, 256


@dataclass(frozen=True)
class Plan:
    """Phases in order with their epochs; an epoch has `batches_per_epoch` iterations."""

    phases: tuple[tuple[str, int], ...]
    batches_per_epoch: int

    @property
    def epochs(self) -> int:
        """Epochs of all phases together."""
        return sum(epochs for _, epochs in self.phases)

    @property
    def iterations(self) -> int:
        """Iterations of all phases together."""
        return self.epochs * self.batches_per_epoch

    @property
    def ends(self) -> tuple[int, ...]:
        """The last epoch of each phase."""
        return tuple(sum(epochs for _, epochs in self.phases[: i + 1]) for i in range(len(self.phases)))


def fit_plan(method_id: str, settings: Any, n: int) -> Plan:
    """Say how long a training takes, in epochs and iterations.

    Args:
        method_id: one of METHODS.
        settings: the settings of that method.
        n: number of points; a batch larger than n shrinks to n, the last batch of an epoch is filled up.
    """
    from models.catalog import method_entry

    if n < 2:
        raise ValueError(f"training needs at least 2 points, got {n}.")
    phases = method_entry(method_id).phases
    epochs = (getattr(settings, name) for name in PHASE_EPOCHS[: len(phases)])
    size = min(settings.batch_size, n)
    return Plan(tuple(zip(phases, epochs, strict=True)), -(-n // size))


def data_kind(input_dim: int) -> str:
    """Plane (at most 3 inputs), small (at most 256) or large: what the presets go by."""
    if input_dim <= PLANE_INPUTS:
        return "plane"
    return "small" if input_dim <= SMALL_INPUTS else "large"
