"""What runs inside a Slurm job: the worker as a child, stopped with a checkpoint before the node is taken."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from dcviz.runs.files import read_json, write_json

# The signal comes 90 s before the end of the job (submitit's default); the checkpoint must be there by then.
GRACE_SECONDS = 75.0
POLL_SECONDS = 0.1
LEAVE_SECONDS = 60.0


class WorkerJob:
    """Called by submitit on the node; `checkpoint` when the job is pre-empted or out of time.

    Args:
        command: of the worker, with --resume.
        folder: of the run.
    """

    def __init__(self, command: list[str], folder: str):
        self.command, self.folder = command, folder

    def __call__(self) -> int:
        """Train until the end; returns the worker's exit code."""
        self.evicted = self.over = False
        # Slurm asks first with SIGTERM, of all processes of the job: the worker stops with a checkpoint.
        signal.signal(signal.SIGTERM, self._evict)
        with open(Path(self.folder) / "log.txt", "ab") as log:
            self.worker = subprocess.Popen(self.command, stdout=log, stderr=subprocess.STDOUT)
        threading.Thread(target=self._collect, daemon=True).start()
        # Sleeping, not waiting: a handler that interrupts a wait could not wait itself.
        while not self.over:
            time.sleep(POLL_SECONDS)
        job = os.environ.get("SLURM_JOB_ID", "")
        # A job that somebody cancelled is not running any more; a pre-empted one is, until its grace is over.
        if self.evicted and job and _answer("squeue", "-h", "-o%T", f"-j{job}") == "RUNNING":
            self._say_queued()
            # One that ended by itself would not come back: put it into the queue, and wait to be ended.
            _answer("scontrol", "requeue", job)
            time.sleep(LEAVE_SECONDS)
        return int(self.worker.returncode)

    def _collect(self) -> None:
        self.worker.wait()
        self.over = True

    def _evict(self, number: int, frame: object) -> None:
        self.evicted = True
        self.worker.terminate()

    def checkpoint(self) -> Any:
        """Stop the worker with a checkpoint; the job that comes back goes on from it."""
        from submitit.helpers import DelayedSubmission

        self.worker.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while not self.over and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        self._say_queued()
        return DelayedSubmission(WorkerJob(self.command, self.folder))

    def _say_queued(self) -> None:
        """The worker wrote "stopped", but nobody stopped it: it waits for its next turn."""
        path = Path(self.folder) / "status.json"
        status = read_json(path)
        if status.get("state") != "stopped":
            return  # finished or failed in the last moment
        job = os.environ.get("SLURM_JOB_ID", "the same job")
        told = {"state": "queued", "pid": None, "host": None, "waiting_for": f"Slurm job {job}",
                "message": "the node was taken away; goes on from its checkpoint in its turn"}  # fmt: skip
        write_json(path, {**status, **told, "heartbeat": time.time()})

    def __getstate__(self) -> dict[str, Any]:
        return {"command": self.command, "folder": self.folder}


def _answer(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip()
