"""Which epochs of a training are kept: snapshots and checkpoints. Imports no torch, so pages can count."""

from __future__ import annotations

from dataclasses import dataclass

from models.plan import Plan

POINTS_KEPT = 1_000_000
"""Points in all snapshots of a run, about: what can be scored and stored beside the training."""
LONG_RUN = 400_000
"""The same where not every epoch is kept: training is then faster than scoring."""
FEWEST, DENSE, CHECKPOINTS = 12, 2, 4


@dataclass(frozen=True)
class Schedule:
    """Epochs that yield a snapshot, and those whose snapshot carries a checkpoint.

    Epoch 0, the last epoch of each phase and the very last epoch always have both.

    Args:
        every: a snapshot every so many epochs.
        dense_around_switch: every epoch at most this far from a phase switch has one too.
        checkpoint_every: a checkpoint at least every so many epochs, on an epoch with a snapshot.
    """

    every: int = 1
    dense_around_switch: int = 0
    checkpoint_every: int = 10

    def __post_init__(self) -> None:
        for name in ("every", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1 epoch, got {getattr(self, name)}.")
        if self.dense_around_switch < 0:
            raise ValueError(f"dense_around_switch must be 0 or more epochs, got {self.dense_around_switch}.")

    def snapshot_at(self, epoch: int, plan: Plan) -> bool:
        """Whether this epoch yields a snapshot."""
        near = any(abs(epoch - end) <= self.dense_around_switch for end in plan.ends[:-1])
        return epoch % self.every == 0 or near or epoch in plan.ends

    def checkpoint_at(self, epoch: int, plan: Plan) -> bool:
        """Whether the snapshot of this epoch carries a checkpoint."""
        # The next multiple of `every` at or after each multiple of `checkpoint_every`.
        due = epoch % self.every == 0 and epoch % self.checkpoint_every < self.every
        return due or epoch in plan.ends or epoch == 0

    def snapshots(self, plan: Plan) -> tuple[int, ...]:
        """All epochs with a snapshot, in order."""
        return tuple(epoch for epoch in range(plan.epochs + 1) if self.snapshot_at(epoch, plan))

    def checkpoints(self, plan: Plan) -> tuple[int, ...]:
        """All epochs with a checkpoint, in order."""
        return tuple(epoch for epoch in self.snapshots(plan) if self.checkpoint_at(epoch, plan))


def usual_schedule(epochs: int, n: int) -> Schedule:
    """The schedule of a run that was told none: every epoch of small sets, fewer of long runs on large ones.

    Scoring and storing an epoch of n points takes a time that grows with n, and goes on beside the training;
    where every epoch of a fast training were kept, the training would wait for the disk.

    Args:
        epochs: of the whole training.
        n: points.
    """
    if epochs * n <= POINTS_KEPT:
        return Schedule()
    every = min(-(-epochs * n // LONG_RUN), max(1, epochs // FEWEST))
    if every == 1:
        return Schedule()
    return Schedule(every, DENSE, max(10, -(-epochs // CHECKPOINTS)))
