"""A run that a training loop elsewhere is filling: folder, pulse, recorder, phases as they appear."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.arrays import encode_labels
from dcviz.data.checks import usable_neighbors
from dcviz.data.dataset import DataError
from dcviz.engine.recorder import Recorder
from dcviz.engine.reporter import Reporter
from dcviz.exchange.intake import noticed, plane_extras, run_spec, usable_clusters
from dcviz.exchange.moment import Moment
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run, RunStore
from dcviz.runs.lock import training_lock
from dcviz.runs.writer import RunWriter

METHOD = "recorded"
ABOUT = ("clusters", "inputs", "position", "settings", "seed", "dataset", "name")


class Recording:
    """A run that a training loop elsewhere is filling.

    Args:
        path: of the run folder; made here, or filled by an earlier recording.
        z: (n, d) first latents.
        labels: true classes, or None.
        about: what `record` was told.
    """

    def __init__(self, path: Path, z: np.ndarray, labels: Any, about: Mapping[str, Any]):
        import sklearn.cluster  # noqa: F401  # on the recorder's thread it might come after the program's end

        self.run, self.shape = _opened(path, z, labels, about), z.shape
        held = (self.run.spec["n"], self.run.spec["latent_dim"])
        if held != z.shape:
            raise DataError(
                f"run {self.run.id} holds latents of shape {held}, got {z.shape}; give the run another name"
            )
        listed = self.run.epochs()
        self.last = listed[-1].epoch if listed else -1
        self.phases: list[list[Any]] = [list(each) for each in self.run.spec.get("phases") or []]
        self._lock = training_lock(self.run.path)
        self._lock.__enter__()
        self.writer = RunWriter(self.run)
        self.writer.tidy()
        self.reporter = Reporter(
            self.writer, state="running", epochs=0, message="recorded by its own program"
        )
        self.reporter.__enter__()
        self.recorder = Recorder(
            self.writer, labels=self.run.labels(), clusters=int(self.run.spec["clusters"] or 0),
            thresholds=Thresholds(**self.run.spec["thresholds"]), telling=self.reporter.score,
        )  # fmt: skip
        if listed:
            self.recorder.previous = self.run.assigned(listed[-1].key)
        self.since, self.process = time.perf_counter(), os.getpid()

    def add(
        self,
        epoch: int,
        z: np.ndarray,
        *,
        assignments: np.ndarray | None,
        losses: Mapping[str, Any],
        phase: str,
    ) -> Run:
        """Hand one epoch to the recorder. Raises as `record`."""
        if z.shape != self.shape:
            raise DataError(
                f"epoch {epoch}: latents have shape {z.shape}, the epochs before {self.shape}; record the "
                "same points in the same order every time"
            )
        if epoch <= self.last:
            raise DataError(
                f"epoch {epoch} does not come after epoch {self.last} of run {self.run.id}; count on, or "
                "give the run another name"
            )
        numbers = {str(name): float(value) for name, value in losses.items()}
        self._enter_phase(phase, epoch)
        seconds, self.since = time.perf_counter() - self.since, time.perf_counter()
        index = len(self.phases) - 1
        self.recorder.put(Moment(epoch, z, assignments, phase, index, numbers, seconds, iteration=epoch))
        self.last = epoch
        self.reporter.update(phase=phase, phase_index=index, epoch=epoch, epochs=epoch, kept=epoch)
        return self.run

    def close(self) -> None:
        """Write what is under way; the run is finished then, or failed where storing broke."""
        if os.getpid() != self.process:
            return  # a fork of the program that records ends here: its threads stayed with the parent
        try:
            self.recorder.close()
            self.reporter.update(state="finished", message="recorded by its own program")
        except Exception as error:
            self.reporter.update(
                state="failed", error={"message": str(error), "hint": "Earlier epochs are whole."}
            )
            raise
        finally:
            self.reporter.__exit__(None, None, None)
            self.writer.release_reserve()
            self._lock.__exit__(None, None, None)

    def _enter_phase(self, phase: str, epoch: int) -> None:
        """Phases are not known before: each epoch lengthens the last one, a new name begins another."""
        known = self.phases[-1][0] if self.phases else None
        if known != phase:
            if known is not None:
                self.writer.event("phase", epoch=self.last, old=known, new=phase)
            self.phases.append([phase, 0])
        self.phases[-1][1] = epoch - sum(length for _, length in self.phases[:-1])
        self.writer.facts({"phases": self.phases})


def _opened(path: Path, z: np.ndarray, labels: Any, about: Mapping[str, Any]) -> Run:
    if (path / "run.json").exists():
        run = RunStore(path.parent).open(path)
        if run.spec.get("method") != METHOD:
            raise DataError(
                f"run {run.id} was not recorded but is {run.spec.get('method')}; choose a new name"
            )
        return run
    codes, names = (None, ()) if labels is None else encode_labels(path.name, np.asarray(labels), len(z))
    extras = plane_extras(path.name, about, len(z))
    notices = noticed(z, about.get("clusters"), codes)
    known = {name: about[name] for name in ("settings", "seed") if name in about}
    spec = run_spec(
        str(about.get("dataset", path.name)), z, source="recorded by its own program", method=METHOD,
        clusters=usable_clusters(about.get("clusters"), names), class_names=names, notices=notices,
        thresholds=Thresholds(M=usable_neighbors(len(z), Thresholds.M)), phases=[],
        name=str(about.get("name", path.name)), **known,
    )  # fmt: skip
    run = RunStore(path.parent).create(spec, path=path)
    RunWriter(run).data(labels=codes, **extras)
    return run
