"""What a large epoch says before all of it is scored, and how far that is.

Scoring an epoch of a million points takes from half a minute to some minutes. Until then it is not listed, so
the status says what is computed, and after seconds what a random part of the points shows.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from dcviz.geometry.glance import glance
from dcviz.geometry.neighbors import NeighborGraph, finite_rows, neighbor_graph
from dcviz.geometry.search import LARGE_SET
from dcviz.geometry.thresholds import Thresholds

STEPS = 10
"""Times that the search for neighbors tells how far it is."""

Tell = Callable[[str], None]


class Watch:
    """Tells what is done with one epoch; a small one is done before anybody could read it.

    Args:
        snapshot: the epoch.
        tell: is given each text; "" when all is done.
    """

    def __init__(self, snapshot: Any, tell: Tell):
        self.snapshot, self._tell = snapshot, tell
        self.large = len(snapshot.latents) > LARGE_SET
        self.seen = ""

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *exception: object) -> None:
        if self.large:
            self._tell("")

    def tell(self, doing: str) -> None:
        """Say what is done now, after what has been seen."""
        if self.large:
            batch = f" + {self.snapshot.batch} batches" if self.snapshot.batch else ""
            self._tell(f"epoch {self.snapshot.epoch}{batch}: {self.seen}{doing}")

    def neighbors(self, *, m: int, thresholds: Thresholds) -> NeighborGraph:
        """Look at some points, then find the neighbors of all.

        Raises:
            ValueError: if a row holds NaN or infinity.
        """
        z = self.snapshot.latents
        if not self.large:
            return neighbor_graph(z, m=m)
        self._look(z, thresholds)
        doing = f"finding the {m} nearest neighbors of each of {len(z):,} points"
        self.tell(doing)
        return neighbor_graph(z, m=m, progress=_Steps(len(z), lambda share: self.tell(f"{doing}, {share}")))

    def _look(self, z: np.ndarray, thresholds: Thresholds) -> None:
        self.tell(f"a first look at {len(z):,} points")
        if not finite_rows(z).all():
            return  # the search says which row
        total = self.snapshot.losses.get("total")
        found = glance(z, thresholds=thresholds)
        loss = "" if total is None else f"loss {total:.4g}, "
        self.seen = f"{loss}{found} by {found.rows:,} random points; now "


class _Steps:
    """Calls back at every tenth of the way."""

    def __init__(self, n: int, told: Tell):
        self.n, self.told, self.step = n, told, 0

    def __call__(self, done: int) -> None:
        """Points done so far."""
        step = STEPS * done // self.n
        if step > self.step:
            self.step = step
            self.told(f"{step / STEPS:.0%}")
