"""One run's part of a job of several: its own lock, pulse, requests and files."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from dcviz.data.dataset import Dataset
from dcviz.engine.control import POLL_SECONDS, FileControl
from dcviz.engine.endings import Ending, ending_of
from dcviz.engine.session import Session
from dcviz.engine.worker import start_key
from dcviz.runs.lock import training_lock


class PatientControl(FileControl):
    """A control that does not block while paused: it says "wait", and the other trainings go on."""

    def _wait(self, epoch: int, batch: int, batches: int) -> None:
        if not self._halted:
            self._halted = True
            self.changed("paused", epoch, batch)

    def between_batches(self, epoch: int, batch: int, batches: int, iteration: int) -> str:
        """As `FileControl`, but "wait" instead of waiting."""
        verb = super().between_batches(epoch, batch, batches, iteration)
        if verb == "go" and self.paused:
            return "wait"
        if self._halted and not self.paused:
            self._halted = False
            self.changed("running", epoch, batch)
        return verb

    @property
    def waiting(self) -> bool:
        """Whether it is paused and its training has halted."""
        return self._halted


class Seat(Session):
    """One run's part of the job."""

    steering = PatientControl
    control: PatientControl
    data: Dataset
    ending: Ending | None = None

    def load(self) -> Dataset:
        """The table is read once for all."""
        return self.data

    def open(self, start: str | None) -> dict[str, Any]:
        """Take the place up; returns the arguments of `fit` that are this run's alone."""
        self.keeping = self.recorder(self.data, start)
        return self.own(start)

    def take(self, snapshot: Any, device: str) -> None:
        """Record a snapshot; who cannot (a full disk) leaves, and the others go on."""
        if self.ending is not None or self.keeping is None:
            return
        try:
            self.note(snapshot)
            self.keeping.put(snapshot, graph=self.graph_of(snapshot, device))
        except Exception as error:
            self.close(error)
            self.control.request("stop")

    def close(self, error: BaseException | None) -> None:
        """Write what is left and say how it ended."""
        if self.ending is not None:
            return
        try:
            if self.keeping is not None:
                self.keeping.close()
        except Exception as met:
            error = error or met
        if error is None and self.control.stopping:
            self.writer.event("stop", epoch=self.reporter.status.get("epoch"))
            self.ending = Ending("stopped", "stopped; resume goes on from here")
        elif error is None:
            self.ending = Ending("finished", "")
        else:
            settings = self.spec.get("settings") or {}
            self.ending = ending_of(error, settings=settings, kept=self.run.checkpoints())
            self.log(self.ending.details)
        if self.ending.full_disk:
            self.writer.release_reserve()
        self.reporter.update(state=self.ending.state, message=self.ending.message, error=self.ending.error)
        self.writer.release_reserve()
        self.things.close()

    def enter(self) -> str | None:
        """Hold the lock and begin the pulse; returns the checkpoint to start from.

        Raises:
            RunError: if the run is trained elsewhere, or over.
        """
        with ExitStack() as things:
            things.enter_context(training_lock(self.run.path))
            start = start_key(self.run, bool(self.run.epochs()))
            self.writer.tidy()
            things.enter_context(self.reporter)
            self.things = things.pop_all()
        return start


class Breath:
    """A seat's control; where all are paused, it rests a moment instead of asking around in circles."""

    def __init__(self, control: PatientControl, seats: Sequence[Seat]):
        self.control, self.seats = control, seats

    def between_batches(self, epoch: int, batch: int, batches: int, iteration: int) -> str:
        """As `models.loop.Control`."""
        verb = self.control.between_batches(epoch, batch, batches, iteration)
        open_seats = [seat for seat in self.seats if seat.ending is None]
        if verb == "wait" and all(seat.control.waiting for seat in open_seats):
            time.sleep(POLL_SECONDS / len(open_seats))
        return verb
