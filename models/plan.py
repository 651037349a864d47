"""The plan of a training: which phase takes which epochs. Imports no torch, so pages can read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PHASE_EPOCHS = ("pretrain_epochs", "finetune_epochs", "pair_epochs")
"""The settings that hold the epochs of a method's first, second and third phase."""
PLANE_INPUTS, SMALL_INPUTS = 3, 256
NETWORK_OF_KIND = {"plane": "mlp", "small": "digits", "large": "fc"}


@dataclass(frozen=True)
class Leg:
    """One phase on the epoch axis: epochs start + 1 to end belong to it."""

    phase_index: int
    phase: str
    start: int
    end: int


@dataclass(frozen=True)
class Plan:
    """Phases in order with their epochs; an epoch has `batches_per_epoch` iterations.

    A branch may start later: at `start_epoch` of another run, with phase number `first_phase`.
    """

    phases: tuple[tuple[str, int], ...]
    batches_per_epoch: int
    start_epoch: int = 0
    first_phase: int = 0

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The phases on the epoch axis, those without epochs left out."""
        ends = self.ends
        starts = (self.start_epoch, *ends[:-1])
        return tuple(
            Leg(self.first_phase + i, name, starts[i], ends[i])
            for i, (name, epochs) in enumerate(self.phases)
            if epochs > 0
        )

    @property
    def ends(self) -> tuple[int, ...]:
        """The last epoch of each phase."""
        lengths = [epochs for _, epochs in self.phases]
        return tuple(self.start_epoch + sum(lengths[: i + 1]) for i in range(len(lengths)))

    @property
    def epochs(self) -> int:
        """The last epoch of all."""
        return self.ends[-1]

    @property
    def iterations(self) -> int:
        """Iterations from the start to the last epoch."""
        return (self.epochs - self.start_epoch) * self.batches_per_epoch


def fit_plan(method_id: str, settings: Any, n: int, *, start_epoch: int = 0, start_phase: int = 0) -> Plan:
    """Say how long a training takes, in epochs and iterations.

    Args:
        method_id: one of METHODS.
        settings: the settings of that method.
        n: number of points; a batch larger than n shrinks to n, the last batch of an epoch is filled up.
        start_epoch: epoch of the checkpoint from which `start_phase` starts.
        start_phase: number of the first phase to run.

    Raises:
        ValueError: for fewer than 2 points, or a phase the method does not have.
    """
    from models.catalog import method_entry

    if n < 2:
        raise ValueError(f"training needs at least 2 points, got {n}.")
    phases = method_entry(method_id).phases
    if not 0 <= start_phase < len(phases):
        raise ValueError(
            f"start_phase must lie in 0 to {len(phases) - 1} for {method_id}, got {start_phase}."
        )
    lengths = (getattr(settings, name) for name in PHASE_EPOCHS[: len(phases)])
    named = tuple(zip(phases, lengths, strict=True))[start_phase:]
    return Plan(named, -(-n // min(settings.batch_size, n)), start_epoch, start_phase)


def data_kind(input_dim: int) -> str:
    """Plane (at most 3 inputs), small (at most 256) or large: what the presets go by."""
    if input_dim <= PLANE_INPUTS:
        return "plane"
    return "small" if input_dim <= SMALL_INPUTS else "large"
