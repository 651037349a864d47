"""Workers as processes of this machine, independent of whoever started them."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from dcviz.engine.launchers.starting import (
    HANDLE,
    ROOT,
    announce,
    check_startable,
    handle_of,
    keep_handle,
    tail,
    together_command,
    worker_command,
    worker_environment,
)
from dcviz.engine.place import Place, place_of
from dcviz.engine.spare import SPARE
from dcviz.runs import Run
from dcviz.runs.errors import RunError
from dcviz.runs.process import host_name, is_alive, process_stamp


class LocalLauncher:
    """Starts `python -m dcviz.engine.worker RUN` in a session of its own.

    The process outlives the page, the browser and the server that started it; all anyone needs to find
    it again is in the run folder.
    """

    title = "this machine"

    def missing(self, place: Place) -> str | None:
        """Nothing is ever missing here."""
        return None

    def command(self, run: Run, *, resume: str | bool = False) -> list[str]:
        """The command that `submit` starts; run from the project's folder it does the same by hand."""
        return worker_command(run, resume=resume)

    def submit(self, run: Run, *, resume: str | bool = False) -> dict[str, Any]:
        """Start the worker, detached, its output appended to log.txt.

        Returns:
            The handle: engine, pid, pid_started, host, command.

        Raises:
            RunBusyError: if the run is being trained already.
            RunError: if it may only be looked at.
        """
        return self._start([run], self.command(run, resume=resume))

    def submit_together(self, runs: Sequence[Run]) -> dict[str, Any]:
        """Start one worker for several runs, each from wherever it is; its output goes to the first's log.

        `stop(force=True)` of any of them ends the process, and with it the training of all.

        Returns, Raises:
            As `submit`; the handle is the same for all.
        """
        return self._start(runs, together_command(runs))

    def _start(self, runs: Sequence[Run], command: list[str]) -> dict[str, Any]:
        """Start a command that trains these runs."""
        for run in runs:
            check_startable(run)
        for run in runs:
            (run.path / HANDLE).unlink(missing_ok=True)
            announce(run, "starting the worker")
        share = place_of(runs[0]).share
        # The spare was started before anyone knew of a share of the GPU, and trains one run.
        spare = SPARE.hand_over(command[3:]) if share == 1 and len(runs) == 1 else None
        with open(runs[0].path / "log.txt", "ab") as log:
            log.write(f"$ {shlex.join(command)}\n".encode())
            log.flush()
            process = spare or subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **worker_environment(share=share)},
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        # Collects the process when it ends: a zombie would look alive to other programs.
        threading.Thread(target=process.wait, name=f"reaper-{process.pid}", daemon=True).start()
        handle = {"engine": "local", "pid": process.pid, "pid_started": process_stamp(process.pid),
                  "host": host_name(), "command": command}  # fmt: skip
        for run in runs:
            keep_handle(run, handle)
        return handle

    def prepare(self) -> None:
        """Have a spare worker load torch now, so that the next start takes no time; only ever one waits."""
        SPARE.keep({**os.environ, **worker_environment()})

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
        handle = handle_of(run)
        if self.status(handle) != "alive":
            raise RunError(f"run {run.id} has no living worker on {host_name()}; there is nothing to kill")
        os.killpg(int(handle["pid"]), signal.SIGKILL)

    def logs(self, run: Run, *, lines: int = 40) -> str:
        """The last lines of log.txt; empty before the first start."""
        return tail(run.path / "log.txt", lines)

    def fetch(self, run: Run) -> None:
        """Nothing to bring home: the worker writes right here."""
