"""The worker's pulse: status.json, renewed every two seconds whatever the training is busy with."""

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from dcviz.runs.process import host_name, own_stamp
from dcviz.runs.writer import RunWriter

HEARTBEAT_SECONDS = 1.5
OFTEN = 0.2
"""Seconds between two writes where only the place of the training has changed."""


class Reporter:
    """Keeps the status in memory and writes it: at once when the state changes, else by a pulse thread.

    Args:
        writer: pen of the run.
        listener: called with the status after every move, for a progress bar; must return quickly.
        status: what is known at the start (epochs, device, ...).
    """

    def __init__(
        self, writer: RunWriter, *, listener: Callable[[dict[str, Any]], None] | None = None, **status: Any
    ):
        self.writer, self.listener = writer, listener
        self.status: dict[str, Any] = {
            "state": "starting", "error": None, "message": "", "started": time.time(), "host": host_name(),
            "pid": os.getpid(), "pid_started": own_stamp(), **status,
        }  # fmt: skip
        self.scoring = ""
        self._written = 0.0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._pulse, name="heartbeat", daemon=True)

    def __enter__(self) -> "Reporter":
        self.update()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def update(self, **changes: Any) -> None:
        """Change the status and write it now."""
        self.status = {**self.status, **changes}
        self._write(sync="state" in changes)
        self._tell()

    def arrive(self, **changes: Any) -> None:
        """Change the status where a snapshot was taken; written now only if the last time is a while ago.

        Epochs may come every few milliseconds, and the training would wait for each of the writes.
        """
        if time.monotonic() - self._written > OFTEN or changes.get("phase") != self.status.get("phase"):
            self.update(**changes)
            return
        self.status = {**self.status, **changes}
        self._tell()

    def move(self, epoch: int, batch: int, batches: int) -> None:
        """Note where the training is; the pulse writes it."""
        self.status = {**self.status, "epoch": epoch, "batch": batch, "batches": batches}
        self._tell()

    def score(self, text: str) -> None:
        """Note what is done with a large epoch; the pulse writes it.

        It comes from the thread that records, so it stands beside the status that the training replaces.
        """
        self.scoring = text
        self._tell()

    def _tell(self) -> None:
        if self.listener is not None:
            self.listener(self._now())

    def _now(self) -> dict[str, Any]:
        return {**self.status, "scoring": self.scoring} if self.scoring else self.status

    def _pulse(self) -> None:
        while not self._over.wait(HEARTBEAT_SECONDS):
            self._write(sync=False)

    def _write(self, *, sync: bool) -> None:
        with self._lock:
            self._written = time.monotonic()
            try:
                self.writer.status({**self._now(), "heartbeat": time.time()}, sync=sync)
            except OSError:
                # A full disk must not kill the pulse: the writer of epochs meets it too and ends the run.
                return
