"""Several runs of one method and one data set in one process. `python -m dcviz.engine.together RUN RUN ...`.

On a GPU trainings that are alike compute their batches as one; elsewhere they take turns, batch by batch, and
each is to the last bit what it is alone. Every run keeps its own folder, lock, status, log and requests:
pause, step and stop reach the one they were asked of, and the others go on. Who ends the process ends all of
them; each resumes from its own last checkpoint, alone or together.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from dcviz.data.dataset import Dataset
from dcviz.engine import several
from dcviz.engine.control import steered
from dcviz.engine.devices import cpu_count
from dcviz.engine.lease import leased
from dcviz.engine.reporter import Reporter
from dcviz.engine.seat import Breath, Seat
from dcviz.engine.session import Session, keep_to_share
from dcviz.engine.warned import kept_warnings
from dcviz.runs import Run, default_store
from dcviz.runs.errors import RunError
from dcviz.runs.writer import RunWriter

SHARED = ("method", "dataset", "dataset_options", "device")
"""What the runs of one process must have in common."""


class Job:
    """One sitting of several runs.

    Args:
        runs: of one method, data set and device.

    Raises:
        RunError: if they cannot share a process.
    """

    def __init__(self, runs: Sequence[Run]):
        for name in SHARED:
            if len(found := {str(run.spec.get(name)) for run in runs}) > 1:
                raise RunError(f"runs that train together share their {name}, got {', '.join(sorted(found))}")
        for run in runs:
            run.must_be_writable()
            if run.broken or several.device_count(run.spec) > 1:
                raise RunError(f"run {run.id} trains alone: {run.broken or 'it asks for several devices'}")
        self.seats: list[Seat] = []
        self.starts: list[str | None] = []
        for run in runs:
            self._admit(run, [each.id for each in runs])

    def _admit(self, run: Run, ids: list[str]) -> None:
        """Seat a run; one that is trained elsewhere, or over, is left out."""
        writer = RunWriter(run)
        epochs = sum(int(length) for _, length in run.spec.get("phases") or [])
        reporter = Reporter(writer, epochs=epochs, device=run.spec.get("device"), together=ids)
        seat = Seat(run, writer, reporter, lambda line: None, None)
        try:
            self.starts.append(seat.enter())
            self.seats.append(seat)
        except RunError as error:
            sys.stderr.write(f"dcviz: {error}\n")

    def work(self) -> list[dict[str, Any]]:
        """Train all to their ends; returns the last status of each."""
        try:
            with steered(*(seat.control for seat in self.seats)):
                self._train()
        except BaseException as error:
            for seat in self.seats:
                seat.close(error)
        return [seat.reporter.status for seat in self.seats]

    def _train(self) -> None:
        if not self.seats:
            return
        first = self.seats[0]
        self._tell(message="reading the data")
        data = first.data = Session.load(first)
        for seat in self.seats:
            seat.data = data
            seat.read_data()
        device = first.device()
        self._tell(state="queued", device=device, message=f"waiting for {device}")
        with leased(device, run=first.run.id, path=first.run.path, waiting=self._waiting):
            self._tell(state="starting", message="starting torch")
            keep_to_share(device)
            self._together(data, device)

    def _together(self, data: Dataset, device: str) -> None:
        """The training itself."""
        import torch

        from models.together import fit_together

        torch.set_num_threads(max(1, cpu_count() - 1))
        for seat, start in zip(self.seats, self.starts, strict=True):
            seat.log(f"trains with {len(self.seats) - 1} others on {device} from {start or 'the start'}")
        opened = [(seat, _opened(seat, start)) for seat, start in zip(self.seats, self.starts, strict=True)]
        seats = [seat for seat, own in opened if own is not None]
        trainings = [own for _, own in opened if own is not None]
        for own in trainings:
            own["control"] = Breath(own["control"], seats)
        with kept_warnings(self._warned, self._log):
            moments: Iterator[tuple[int, Any]] = fit_together(
                self.seats[0].spec["method"], data.x, trainings, scale=data.scale,
                image_shape=data.image_shape, device=device,
                ended=lambda number, error: seats[number].close(error),
            )  # fmt: skip
            for number, snapshot in moments:
                seats[number].take(snapshot, device)

    def _tell(self, **changes: Any) -> None:
        for seat in self.seats:
            seat.reporter.update(**changes)

    def _waiting(self, ahead: int) -> bool:
        """Every seat looks at its requests; the job leaves the queue when all have stopped."""
        wanted = [seat.waiting(ahead) for seat in self.seats]
        return any(wanted)

    def _warned(self, text: str) -> None:
        """Nobody knows whose it is: all that still train are told."""
        for seat in self._training():
            seat.warned(text)

    def _log(self, text: str) -> None:
        for seat in self._training():
            seat.log(text)

    def _training(self) -> list[Seat]:
        """Seats whose run is not over: one that is may be training elsewhere, or deleted."""
        return [seat for seat in self.seats if seat.ending is None]


def _opened(seat: Seat, start: str | None) -> dict[str, Any] | None:
    """A run's own arguments of `fit`; None where it cannot go on, which costs the others nothing."""
    try:
        return seat.open(start)
    except Exception as error:
        seat.close(error)
        return None


def main(arguments: list[str] | None = None) -> int:
    """The command: exit code 0 if all finished or were stopped, 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m dcviz.engine.together", description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="id of a run, or its folder; begun ones go on")
    given = parser.parse_args(arguments)
    try:
        store = default_store()
        found = Job([store.open(name) for name in given.runs]).work()
    except RunError as error:
        sys.stderr.write(f"dcviz: {error}\n")
        return 1
    return 1 if any(status["state"] == "failed" for status in found) else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cpu_count() - 1)))
    sys.exit(main())
