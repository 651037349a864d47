"""What waits between a training and its recorder: many small snapshots, or two large ones."""

import threading
from collections import deque
from typing import Any

import numpy as np

ROOM = 64 << 20
"""Bytes that may wait; a training of a second is then not held up by a disk that stalls for a moment."""
FEWEST, MOST = 2, 128
"""Snapshots that may wait whatever their size, and how many at most: a kill loses what waits."""


class Backlog:
    """A queue that holds snapshots by their bytes."""

    def __init__(self) -> None:
        self._items: deque[tuple[Any, int]] = deque()
        self._held = 0
        self._changed = threading.Condition()

    def put(self, item: Any, *, size: int, patience: float) -> bool:
        """Add an item where there is room for it.

        Args:
            item: anything.
            size: its bytes.
            patience: seconds to wait for room.

        Returns:
            Whether it was added.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._room(size), patience):
                return False
            self._items.append((item, size))
            self._held += size
            self._changed.notify_all()
            return True

    def get(self) -> Any:
        """Take the oldest item; waits for one."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._items))
            item, size = self._items.popleft()
            self._held -= size
            self._changed.notify_all()
            return item

    def _room(self, size: int) -> bool:
        waiting = len(self._items)
        return waiting < FEWEST or (waiting < MOST and self._held + size <= ROOM)


def bytes_of(snapshot: Any) -> int:
    """About what a snapshot holds in memory: its latents and its checkpoint."""
    tensors = () if snapshot.checkpoint is None else snapshot.checkpoint.tensors.values()
    return sum(np.asarray(array).nbytes for array in (snapshot.latents, *tensors))
