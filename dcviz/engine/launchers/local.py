"""Workers as processes of this machine, independent of whoever started them."""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dcviz.engine.devices import cpu_count
from dcviz.engine.spare import SPARE
from dcviz.runs import Run
from dcviz.runs.errors import RunBusyError, RunError
from dcviz.runs.files import read_json, write_json
from dcviz.runs.lock import is_locked
from dcviz.runs.process import host_name, is_alive, process_stamp

ROOT = Path(__file__).resolve().parents[3]
TAIL_BYTES = 64 * 1024
DYING_SECONDS = 5.0


class LocalLauncher:
    """Starts `python -m dcviz.engine.worker RUN` in a session of its own.

    The process outlives the page, the browser and the server that started it; all anyone needs to find
    it again is in the run folder.
    """

    title = "this machine"

    def command(self, run: Run, *, resume: str | bool = False) -> list[str]:
        """The command that `submit` starts; run from the project's folder it does the same by hand."""
        flags = [] if not resume else ["--resume"] if resume is True else ["--resume", resume]
        return [sys.executable, "-m", "dcviz.engine.worker", str(run.path), *flags]

    def submit(self, run: Run, *, resume: str | bool = False) -> dict[str, Any]:
        """Start the worker, detached, its output appended to log.txt.

        Returns:
            The handle: engine, pid, pid_started, host, command.

        Raises:
            RunBusyError: if the run is being trained already.
            RunError: if it may only be looked at.
        """
        run.must_be_writable()
        if run.broken:
            raise RunError(f"run {run.id} cannot be trained: {run.broken}")
        _refuse_second_start(run)
        for request in (run.path / "control").glob("*"):
            request.unlink(missing_ok=True)
        self._announce(run)
        command = self.command(run, resume=resume)
        with open(run.path / "log.txt", "ab") as log:
            log.write(f"$ {shlex.join(command)}\n".encode())
            log.flush()
            process = SPARE.hand_over(command[3:]) or subprocess.Popen(
                command, cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        # Collects the process when it ends: a zombie would look alive to other programs.
        threading.Thread(target=process.wait, name=f"reaper-{process.pid}", daemon=True).start()
        handle = {"engine": "local", "pid": process.pid, "pid_started": process_stamp(process.pid),
                  "host": host_name(), "command": command}  # fmt: skip
        write_json(run.path / "launcher.json", handle)
        return handle

    def prepare(self) -> None:
        """Have a spare worker load torch now, so that the next start takes no time; only ever one waits."""
        SPARE.keep(_environment())

    def status(self, handle: Mapping[str, Any]) -> str:
        """Whether the process of a handle lives; "unknown" for a handle of another machine."""
        if handle.get("host") != host_name():
            return "unknown"
        return "alive" if is_alive(handle.get("pid"), handle.get("pid_started")) else "gone"

    def stop(self, run: Run, *, force: bool = False) -> None:
        """Stop at the next batch with a checkpoint; with force, kill the worker's own process group.

        Raises:
            RunError: if no worker of this machine is there to be stopped.
        """
        if not force:
            run.control("stop")
            return
        run.must_be_writable()
        handle = self._handle(run)
        if self.status(handle) != "alive":
            raise RunError(f"run {run.id} has no living worker on {host_name()}; there is nothing to kill")
        os.killpg(int(handle["pid"]), signal.SIGKILL)

    def logs(self, run: Run, *, lines: int = 40) -> str:
        """The last lines of log.txt; empty before the first start."""
        path = run.path / "log.txt"
        if not path.exists():
            return ""
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
            text = file.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def _announce(self, run: Run) -> None:
        """Say "starting" before the worker can: importing torch takes seconds."""
        (run.path / "launcher.json").unlink(missing_ok=True)
        status = {"state": "starting", "message": "starting the worker", "pid": None, "host": host_name()}
        write_json(run.path / "status.json", {**status, "heartbeat": time.time(), "error": None})

    def _handle(self, run: Run) -> dict[str, Any]:
        try:
            handle = read_json(run.path / "launcher.json")
        except RunError:
            return {}
        return handle if isinstance(handle, dict) else {}


def _refuse_second_start(run: Run) -> None:
    """Refuse a run that is being trained; wait for a killed worker whose threads are still being ended."""
    deadline = time.monotonic() + DYING_SECONDS
    while is_locked(run.path / ".lock"):
        if run.status()["state"] in ("starting", "running", "paused") or time.monotonic() > deadline:
            raise RunBusyError(f"run {run.id} is already being trained; a second start is refused")
        time.sleep(0.05)


def _environment() -> dict[str, str]:
    """The worker leaves one core to the pages; spinning threads of OpenMP would fight them for it."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, cpu_count() - 1))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": threads}
