"""LAUNCHERS: where a worker can be started. One file an engine; the run folder is all they share.

To add one: write a module with the functions of `Launcher`, add one line here.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from dcviz.engine.errors import RequestError
from dcviz.engine.launchers.local import LocalLauncher
from dcviz.engine.launchers.ray_jobs import RayLauncher
from dcviz.engine.launchers.slurm import SlurmLauncher
from dcviz.engine.place import Place, place_of
from dcviz.runs import Run


class Launcher(Protocol):
    """Starts the worker of a run somewhere. The handle is JSON, kept in the run's launcher.json."""

    title: str

    def missing(self, place: Place) -> str | None:
        """What this machine lacks for the engine, with the way out; None if a run can be submitted."""

    def command(self, run: Run, *, resume: str | bool = False) -> list[str]:
        """The command that will run, for the page to show."""

    def submit(self, run: Run, *, resume: str | bool = False) -> dict[str, Any]:
        """Start the worker at the run's place; returns the handle at once."""

    def status(self, handle: Mapping[str, Any]) -> str:
        """One of "waiting" (for a place), "alive", "gone", "lost" (the node died) and "unknown"."""

    def stop(self, run: Run, *, force: bool = False) -> None:
        """Ask the worker to stop at the next batch; with force, end its process."""

    def logs(self, run: Run, *, lines: int = 40) -> str:
        """The end of what the worker wrote."""

    def fetch(self, run: Run) -> None:
        """Bring home what lies with the cluster alone: its log, and the run folder without a shared disk."""


LAUNCHERS: dict[str, Launcher] = {"local": LocalLauncher(), "ray": RayLauncher(), "slurm": SlurmLauncher()}


def launcher(name: str = "local") -> Launcher:
    """The engine of this name, or an error that lists the names."""
    if name not in LAUNCHERS:
        raise RequestError(f"engine must be one of {', '.join(LAUNCHERS)}, got {name!r}")
    return LAUNCHERS[name]


def launcher_of(run: Run) -> Launcher:
    """The engine that trains a run, or trained it last."""
    return launcher(place_of(run).engine)
