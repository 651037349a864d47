"""A sweep as a folder beside the runs: its plan, Optuna's journal, and the names of its trainings."""

import subprocess
import sys
import time
from pathlib import Path

from dcviz.engine.sweeps.plan import Plan, note_of, plan_from
from dcviz.runs import Run, RunStore
from dcviz.runs.errors import RunError
from dcviz.runs.files import read_json, write_json
from dcviz.runs.lock import is_locked
from dcviz.runs.run import ID

FOLDER = ".sweeps"


class Sweep:
    """One sweep of a store. A training of it is an ordinary run whose id begins with the sweep's.

    Args:
        path: its folder.
        store: of the runs.
    """

    def __init__(self, path: Path, store: RunStore):
        self.path, self.store = path, store
        self.plan = plan_from(read_json(path / "sweep.json"))

    @property
    def id(self) -> str:
        """Name of the folder."""
        return self.path.name

    @property
    def driven(self) -> bool:
        """Whether somebody starts its trainings right now."""
        return is_locked(self.path / ".lock")

    def run_id(self, trial: int, seed: int) -> str:
        """Id of a training; the same after a restart, so that none is ever made twice."""
        return f"{self.id}-{trial:03d}-{seed}"

    def run(self, trial: int, seed: int) -> Run | None:
        """A training that was begun, or None."""
        path = self.store.root / self.run_id(trial, seed)
        return self.store.by_id(path.name) if (path / "run.json").exists() else None

    def stop(self) -> None:
        """Start no more trainings; those that run go on."""
        (self.path / "stop").touch()


def create(plan: Plan, store: RunStore) -> Sweep:
    """Make the folder of a checked plan."""
    name = f"sweep-{time.strftime('%Y%m%d-%H%M%S')}-{plan.method}"
    for number in range(1, 1000):
        path = store.root / FOLDER / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        write_json(path / "sweep.json", note_of(plan))
        return Sweep(path, store)
    raise RunError(f"1,000 sweeps named {name} exist already")


def sweeps(store: RunStore) -> list[Sweep]:
    """Every sweep, newest first."""
    found = sorted((store.root / FOLDER).glob("*/sweep.json"), reverse=True)
    return [Sweep(file.parent, store) for file in found]


def open_sweep(name: str, store: RunStore) -> Sweep:
    """The sweep of this id.

    Raises:
        RunError: if there is none.
    """
    if not ID.fullmatch(name) or not (store.root / FOLDER / name / "sweep.json").exists():
        raise RunError(f"there is no sweep {name!r} in {store.root / FOLDER}")
    return Sweep(store.root / FOLDER / name, store)


def drive_apart(sweep: Sweep) -> None:
    """Have a process of its own drive a sweep, which outlives the page; at once if one does."""
    if sweep.driven:
        return
    with open(sweep.path / "log.txt", "ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "dcviz.engine.sweeps.driver", str(sweep.store.root), sweep.id],
            cwd=Path(__file__).resolve().parents[3], stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
