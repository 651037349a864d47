"""What every engine does alike before and after a worker starts: its command, its words, its log."""

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dcviz.engine.devices import cpu_count
from dcviz.engine.place import Place
from dcviz.runs import Run
from dcviz.runs.errors import RunBusyError, RunError
from dcviz.runs.files import read_json, write_bytes, write_json
from dcviz.runs.lock import is_locked
from dcviz.runs.process import host_name

ROOT = Path(__file__).resolve().parents[3]
HANDLE = "launcher.json"
TAIL_BYTES = 64 * 1024
DYING_SECONDS = 5.0
OURS = ("DCVIZ_DATA", "DCVIZ_CACHE", "DCVIZ_RUNS")


def worker_command(run: Run, *, resume: str | bool = False, python: str = sys.executable) -> list[str]:
    """The command that trains a run; from the project's folder it does the same by hand."""
    flags = [] if not resume else ["--resume"] if resume is True else ["--resume", resume]
    return [python, "-m", "dcviz.engine.worker", str(run.path), *flags]


def together_command(runs: Sequence[Run], *, python: str = sys.executable) -> list[str]:
    """The command that trains several runs in one process, each from wherever it is."""
    return [python, "-m", "dcviz.engine.together", *(str(run.path) for run in runs)]


def worker_environment(*, threads: int | None = None, share: float = 1.0) -> dict[str, str]:
    """What a worker adds to the environment it finds.

    Args:
        threads: of OpenMP; None leaves one core of this machine to the pages, for spinning threads would
            fight them for it.
        share: the part of one GPU it may fill.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    wanted = os.environ.get("OMP_NUM_THREADS") or str(max(1, cpu_count() - 1))
    found = {"PYTHONPATH": path, "OMP_NUM_THREADS": str(threads) if threads else wanted}
    return {**found, "DCVIZ_GPU_SHARE": f"{share:g}"} if share < 1 else found


def check_startable(run: Run) -> None:
    """Refuse a run that may not be trained or is being trained; drop what was asked of an earlier worker.

    Raises:
        RunBusyError: if the run is being trained already.
        RunError: if it may only be looked at, or is broken.
    """
    run.must_be_writable()
    if run.broken:
        raise RunError(f"run {run.id} cannot be trained: {run.broken}")
    deadline = time.monotonic() + DYING_SECONDS
    # A killed worker holds its lock until the last of its threads has ended.
    while is_locked(run.path / ".lock"):
        if run.status()["state"] in ("starting", "running", "paused") or time.monotonic() > deadline:
            raise RunBusyError(f"run {run.id} is already being trained; a second start is refused")
        time.sleep(0.05)
    for request in (run.path / "control").glob("*"):
        request.unlink(missing_ok=True)


def announce(run: Run, message: str, *, waiting_for: str | None = None) -> None:
    """Say "starting" before the worker can: importing torch takes seconds.

    Args:
        run: the run.
        message: for people.
        waiting_for: the job of a cluster that may stand in its queue for days; the run is "queued" then,
            and stays so until the worker or the keeper says otherwise.
    """
    state: dict[str, Any] = {"state": "starting", "host": host_name()}
    if waiting_for is not None:
        state = {"state": "queued", "host": None, "waiting_for": waiting_for}
    write_json(
        run.path / "status.json",
        {**state, "message": message, "pid": None, "heartbeat": time.time(), "error": None},
    )


def handle_of(run: Run) -> dict[str, Any]:
    """What the engine noted about its last start of this run; empty before the first."""
    try:
        handle = read_json(run.path / HANDLE)
    except RunError:
        return {}
    return handle if isinstance(handle, dict) else {}


def keep_handle(run: Run, handle: Mapping[str, Any]) -> None:
    """Note what is needed to find the worker again, also from another process and after a restart."""
    write_json(run.path / HANDLE, handle)


def tail(path: Path, lines: int) -> str:
    """The last lines of a log; empty where there is none."""
    if not path.exists():
        return ""
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        text = file.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-lines:])


@contextmanager
def announced(run: Run, message: str, *, waiting_for: str) -> Iterator[None]:
    """Announce a job while it is handed over; if that fails, the run is what it was before.

    A run that was nothing before says what refused it: as a run that is "queued" it would wait forever.
    """
    path = run.path / "status.json"
    before = path.read_bytes() if path.exists() else None
    announce(run, message, waiting_for=waiting_for)
    try:
        yield
    except BaseException as error:
        if before is not None:
            write_bytes(path, before)
        elif isinstance(error, Exception):
            told = {"message": str(error), "hint": "Nothing was trained; resume hands it over again."}
            write_json(path, {"state": "failed", "error": told, "heartbeat": time.time()})
        else:
            path.unlink(missing_ok=True)
        raise


def cluster_environment(place: Place) -> dict[str, str]:
    """What a worker of a cluster needs: our folders, its threads; the cluster itself gives out the GPUs."""
    ours = {name: os.environ[name] for name in OURS if name in os.environ}
    threads = max(1, int(place.cpus))
    return {**worker_environment(threads=threads, share=place.share), **ours, "DCVIZ_LEASE": "off"}
