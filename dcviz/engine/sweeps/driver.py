"""Drives a sweep: starts its trainings on its engine, so many at once, and tells Optuna how they ended.

`python -m dcviz.engine.sweeps.driver RUNS SWEEP`. It may be killed at any moment and started again: what was
drawn is in the journal, what was trained in the runs, and no training is ever made twice.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dcviz.engine.launchers import launcher
from dcviz.engine.launchers.local import LocalLauncher
from dcviz.engine.launchers.starting import handle_of
from dcviz.engine.place import keep_place
from dcviz.engine.sweeps.folder import Sweep, open_sweep
from dcviz.engine.sweeps.objective import objective
from dcviz.engine.sweeps.origin import begin, half_made
from dcviz.engine.sweeps.plan import group_size
from dcviz.engine.sweeps.search import ask, drawn, study_of, tell
from dcviz.runs import Run, RunStore
from dcviz.runs.errors import RunBusyError, RunError
from dcviz.runs.lock import training_lock
from dcviz.runs.notes import LONGEST
from dcviz.runs.status import ACTIVE

LOOK_SECONDS = 0.5
Submit = Callable[[Run, bool], Any]


class Driver:
    """One sitting of a sweep.

    Args:
        sweep: its folder.
        submit: stands in for the engine in tests, which then trains one run a process.
        said: called with a sentence whenever something begins or ends.
    """

    def __init__(
        self, sweep: Sweep, *, submit: Submit | None = None, said: Callable[[str], None] = lambda text: None
    ):
        self.sweep, self.plan, self.said = sweep, sweep.plan, said
        self.alone = submit is not None
        self.submit = submit or (
            lambda run, again: launcher(self.plan.place.engine).submit(run, resume=again)
        )
        self.study = study_of(sweep)
        self.starts: dict[str, int] = {}

    def drive(self) -> bool:
        """Go on until every combination is trained; False if it was told to stop before."""
        (self.sweep.path / "stop").unlink(missing_ok=True)
        with training_lock(self.sweep.path):
            while not (self.sweep.path / "stop").exists():
                if self.step():
                    return True
                time.sleep(LOOK_SECONDS)
        return False

    def step(self) -> bool:
        """Tell what has ended, start what fits; True when nothing is left."""
        for number in self._open():
            self._tell(number)
        active = len({_process(run) for run in self._begun() if _active(run)})
        started = 0
        while active + started < self.plan.at_once and self._start_one():
            started += 1
        return not active and not started

    def _open(self) -> list[int]:
        """Combinations that are not told yet; one cut off while it was drawn is told as failed."""
        import optuna

        known, found = drawn(self.study, self.plan), []
        for trial in self.study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
            if trial.number in known:
                found.append(trial.number)
            else:
                tell(self.study, trial.number, None)
        return found

    def _undrawn(self) -> int:
        return self.plan.combinations - len(drawn(self.study, self.plan))

    def _begun(self) -> list[Run]:
        pairs = ((number, seed) for number in self._open() for seed in self.plan.seeds)
        return [run for number, seed in pairs if (run := self.sweep.run(number, seed)) is not None]

    def _tell(self, number: int) -> None:
        runs = [self.sweep.run(number, seed) for seed in self.plan.seeds]
        states = [run.status()["state"] if run else "absent" for run in runs]
        if "failed" in states and not any(state in ACTIVE for state in states):
            tell(self.study, number, None)
            self.said(f"combination {number} failed; its runs say why")
        elif all(state == "finished" for state in states):
            value = objective(self.plan.objective, [run for run in runs if run])
            tell(self.study, number, value)
            told = "not defined" if value is None else f"{value:.4g}"
            self.said(f"combination {number}: {self.plan.objective} {told}")

    def _start_one(self) -> bool:
        """Start one process, with as many trainings as may share it; False if none is left to start."""
        job: list[tuple[Run, bool]] = []
        for number, seed, values in self._waiting():
            if (found := self._made(number, seed, values)) is not None:
                job.append(found)
                if len(job) >= (1 if self.alone else group_size(self.plan, str(found[0].spec["device"]))):
                    break
        return bool(job) and self._send(job)

    def _waiting(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Trainings of the combinations that are open, then of new ones.

        What has not been told yet cannot teach TPE where to look: it draws one combination a process.
        """
        known = drawn(self.study, self.plan)
        begun = self._open()
        for number in begun:
            yield from ((number, seed, known[number]) for seed in self.plan.seeds)
        new = 0
        while self._undrawn() and not (new and self.plan.search == "tpe"):
            trial, new = ask(self.study, self.plan), new + 1
            yield from ((trial.number, seed, dict(trial.params)) for seed in self.plan.seeds)

    def _made(self, number: int, seed: int, values: dict[str, Any]) -> tuple[Run, bool] | None:
        """The run of a training and whether it was begun before; None if it is not to be started now."""
        run, name = self.sweep.run(number, seed), self.sweep.run_id(number, seed)
        if run is not None and half_made(run):
            run.delete()
        elif run is not None:
            return (run, True) if self._may_resume(run) else None
        request, store = self.plan.request(values, seed), self.sweep.store
        run = begin(self.plan, request, store=store, path=store.root / name)
        run.set_tags([self.sweep.id])
        if self.plan.origin is None:  # a branch says itself what it changes
            run.rename(_title(run.name, values))
        keep_place(run, self.plan.place)
        return run, False

    def _send(self, job: list[tuple[Run, bool]]) -> bool:
        """Hand a job to the engine; False if somebody trains one of its runs."""
        try:
            if len(job) == 1:
                self.submit(*job[0])
            else:
                LocalLauncher().submit_together([run for run, _ in job])
        except RunBusyError:
            return False
        for run, again in job:
            self.starts[run.id] = self.starts.get(run.id, 0) + 1
            names = [each.name for each in self.plan.axes]
            shown = [f"{name} {run.spec['settings'][name]}" for name in names] + [f"seed {run.spec['seed']}"]
            self.said(f"{'resumed' if again else 'started'} {run.id}: {', '.join(shown)}")
        return True

    def _may_resume(self, run: Run) -> bool:
        """What died is tried once more; what somebody stopped waits for the next sitting."""
        tried = self.starts.get(run.id, 0)
        state = run.status()["state"]
        never = state == "queued" and not _active(run)
        return (state == "interrupted" and tried < 2) or ((state == "stopped" or never) and not tried)


def _title(name: str, values: dict[str, Any]) -> str:
    """What tells a training from the others of its sweep; its first name is that of all."""
    own = [f"{axis} {value:g}" if isinstance(value, float) else f"{axis} {value}"
           for axis, value in values.items()]  # fmt: skip
    return f"{name}, with {', '.join(own)}"[:LONGEST]


def _active(run: Run) -> bool:
    """Whether an engine has it; a folder that was made but never submitted calls itself queued too."""
    return run.status()["state"] in ACTIVE and (run.path / "status.json").exists()


def _process(run: Run) -> str:
    """What tells the process of a run from others; trainings that share one have its handle in common."""
    return str(handle_of(run) or run.id)


def main(arguments: list[str] | None = None) -> int:
    """Drive one sweep to its end; exit code 1 if another process drives it."""
    parser = argparse.ArgumentParser(prog="python -m dcviz.engine.sweeps.driver", description=__doc__)
    parser.add_argument("root", type=Path, help="the folder of the runs")
    parser.add_argument("sweep", help="id of the sweep")
    given = parser.parse_args(arguments)
    try:
        Driver(
            open_sweep(given.sweep, RunStore(given.root)), said=lambda text: print(text, flush=True)
        ).drive()
    except RunError as error:
        sys.stderr.write(f"dcviz: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
