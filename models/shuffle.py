"""The order in which a training takes its points: a fresh shuffle every epoch, made before it is needed."""

from __future__ import annotations

import numpy as np


class Shuffle:
    """The rows of each batch of any epoch: a function of seed and epoch alone.

    All batches have one size, so that a captured iteration fits; the last is filled up from the start of the
    same shuffle.

    Args:
        seed: of the training.
        n: points.
        batches: an epoch.
        size: of a batch.
    """

    def __init__(self, seed: int, n: int, *, batches: int, size: int):
        self.seed, self.n, self.shape = seed, n, (batches, size)
        self.ready: tuple[int, np.ndarray] | None = None

    def prepare(self, epoch: int) -> None:
        """Shuffle for the epoch after so many now, while a device is busy with what it was given.

        Between epochs the device waits for whatever the host does: 25 trainings as one for 25 shuffles.
        """
        self.ready = epoch, self._made(epoch)

    def rows(self, epoch: int) -> np.ndarray:
        """Rows (batches, size), int64, of the epoch after so many."""
        ready, self.ready = self.ready, None
        return ready[1] if ready is not None and ready[0] == epoch else self._made(epoch)

    def _made(self, epoch: int) -> np.ndarray:
        return np.resize(np.random.default_rng([self.seed, epoch]).permutation(self.n), self.shape)
