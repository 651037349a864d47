"""Training somewhere else from the command line: which engine, handing a run over, watching it from here."""

import argparse
import sys
import time
from typing import Any

from dcviz.cli.progress import Progress
from dcviz.engine.errors import RequestError
from dcviz.engine.launchers import launcher
from dcviz.engine.place import Place, keep_place
from dcviz.runs import Run
from dcviz.runs.status import ACTIVE

LOOK_SECONDS = 0.5


def add_engine_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments that say where to train."""
    command.add_argument("--engine", metavar="NAME", help="local (default), ray or slurm")
    command.add_argument("--address", default="", help="ray: http://head:8265; slurm: none")
    command.add_argument("--gpus", type=float, metavar="G", help="GPUs of a training; 0.25 shares one")
    command.add_argument(
        "--cpus", type=float, default=1.0, metavar="C", help="cores of a training; default 1"
    )
    command.add_argument(
        "--folder", default="", metavar="URL", help="where the run travels if the nodes do not see this disk"
    )
    command.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE",
        help="of the engine: partition, time (minutes), python, ...",
    )  # fmt: skip
    command.add_argument("--detach", action="store_true", help="do not wait for the end")


def place_asked(given: argparse.Namespace, options: dict[str, str], before: Place | None = None) -> Place:
    """Where to train; a resume goes where the run was trained before unless told otherwise.

    Raises:
        RequestError: if the engine is unknown or lacks something here.
    """
    if given.engine is None and before is not None:
        place = before
    else:
        place = Place(given.engine or "local", given.address, given.gpus, given.cpus, given.folder, options)
    if lack := launcher(place.engine).missing(place):
        raise RequestError(lack)
    return place


def hand_over(run: Run, place: Place, given: argparse.Namespace, *, resume: str | bool = False) -> bool:
    """Give a run to its engine and, unless told not to, watch it to its end.

    Returns:
        Whether the end was seen.
    """
    keep_place(run, place)
    engine = launcher(place.engine)
    engine.submit(run, resume=resume)
    out = sys.stderr if given.json else sys.stdout
    out.write(f"run {run.id} in {run.path}, handed to {engine.title}\n")
    out.flush()
    return not given.detach and _watch(run, out)


def _watch(run: Run, out: Any) -> bool:
    start = run.epochs()[-1].position if run.epochs() else 0.0
    progress = Progress(sys.stderr if sys.stderr.isatty() else out, phases=run.spec["phases"], start=start)
    told = len(run.lines())
    try:
        while (status := run.status())["state"] in ACTIVE:
            progress.moved(status)
            for line in run.lines()[told:]:
                progress.listed(line)
                told += 1
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        out.write(f"\nthe run goes on without this terminal; python -m dcviz control {run.id} stop ends it\n")
        return False
    finally:
        progress.close()
    return True
