"""Steering a training through files: pause, continue, one epoch, one batch, stop, snapshot now."""

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dcviz.runs.run import ACTIONS

POLL_SECONDS = 0.05


class FileControl:
    """What `fit` asks between two batches; it reads the requests that pages leave in control/.

    A request is an empty file named after the action; it is removed when it is taken. Files work where
    signals do not: over a network disk, on a cluster, from another user's session. Looking costs one
    directory listing, at most every 50 ms, so that batches of a millisecond are not slowed.

    Args:
        folder: the run's control/ folder.
        changed: called with ("paused" | "running", epoch, batch) when the training halts or goes on.
        moved: called with (epoch, batch, batches) before every batch, and again while paused.
    """

    def __init__(
        self,
        folder: Path,
        *,
        changed: Callable[[str, int, int], None] = lambda state, epoch, batch: None,
        moved: Callable[[int, int, int], None] = lambda epoch, batch, batches: None,
    ):
        self.folder = folder
        self.changed, self.moved = changed, moved
        self.stopping = False
        self.paused = self._halted = False
        self._snapshot = False
        self._kept: tuple[int, int] | None = None
        self._halt_at: int | None = None
        self._next_look = 0.0
        folder.mkdir(parents=True, exist_ok=True)

    def request(self, action: str) -> None:
        """Take a request from inside the process (a signal, Ctrl-C)."""
        if action not in ACTIONS:
            raise ValueError(f"action must be one of {', '.join(ACTIONS)}, got {action!r}")
        if action == "stop":
            self.stopping = True
        elif action == "snapshot":
            self._snapshot = True
        elif action == "pause":
            self.paused = True
        else:
            self.paused = False
            self._halt_at = {"step_epoch": -1, "step_batch": -2}.get(action)

    def forget(self, *, before: float = math.inf) -> None:
        """Drop requests that were meant for another worker of this run: files older than `before`."""
        for action in self._asked():
            if (self.folder / action).stat().st_mtime < before:
                (self.folder / action).unlink(missing_ok=True)

    def between_batches(self, epoch: int, batch: int, batches: int, iteration: int) -> str:
        """Say what is to happen now; while paused, say nothing until that changes.

        Args:
            epoch: finished epochs.
            batch: batches done in the epoch that follows.
            batches: batches an epoch.
            iteration: batches done in all.

        Returns:
            "go", "snapshot" (keep this moment, then ask again) or "stop" (keep it with a checkpoint, end).
        """
        self.moved(epoch, batch, batches)
        self.look()
        self._count_steps(epoch, batch, batches)
        here = (epoch, batch)
        if self.paused and not self._wants_something(here):
            self._wait(epoch, batch, batches)
        if self.stopping:
            return "stop"
        if self._snapshot:
            self._snapshot, self._kept = False, here
            return "snapshot"
        return "go"

    def _wants_something(self, here: tuple[int, int]) -> bool:
        """Whether a halted training has something to do here; a moment is kept only once."""
        if self._snapshot and here == self._kept:
            self._snapshot = False
        return self.stopping or self._snapshot

    def _count_steps(self, epoch: int, batch: int, batches: int) -> None:
        """Turn "one epoch", "one batch" into the place to halt at; halt there."""
        here = epoch * batches + batch
        if self._halt_at == -1:
            self._halt_at = (epoch + 1) * batches
        elif self._halt_at == -2:
            self._halt_at = here + 1
        elif self._halt_at is not None and here >= self._halt_at:
            # Who steps wants to see where it led, whatever the schedule keeps.
            self._halt_at, self.paused, self._snapshot = None, True, True

    def _wait(self, epoch: int, batch: int, batches: int) -> None:
        if not self._halted:
            self._halted = True
            self.changed("paused", epoch, batch)
        while self.paused and not self._wants_something((epoch, batch)):
            time.sleep(POLL_SECONDS)
            self.moved(epoch, batch, batches)
            self.look()
        self._count_steps(epoch, batch, batches)
        if not self.paused:
            self._halted = False
            self.changed("running", epoch, batch)

    def look(self) -> None:
        """Take the requests that have come; a look less than 50 ms after the last costs nothing."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + POLL_SECONDS * 0.9
        for action in self._asked():
            (self.folder / action).unlink(missing_ok=True)
            self.request(action)

    def _asked(self) -> list[str]:
        """Names of the requests, oldest first; a folder that is gone (a lost network disk) asks nothing."""
        try:
            with os.scandir(self.folder) as entries:
                asked = [(entry.stat().st_mtime_ns, entry.name) for entry in entries if entry.name in ACTIONS]
        except OSError:
            return []
        return [name for _, name in sorted(asked)]


@contextmanager
def steered(*controls: FileControl) -> Iterator[None]:
    """Let SIGTERM and the first Ctrl-C stop at the next batch; a second Ctrl-C ends at once."""

    def stop(number: int, frame: object) -> None:
        if number == signal.SIGINT and all(control.stopping for control in controls):
            raise KeyboardInterrupt
        for control in controls:
            control.request("stop")

    try:
        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    except ValueError:  # not the main thread: who runs it there has its own way to stop it
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        # What was asked too late must not stop the next sitting.
        for control in controls:
            control.forget()
