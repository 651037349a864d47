"""Workers as jobs of Slurm, handed over by submitit; a shared disk is taken for granted.

Pre-empted or out of time, a job writes a checkpoint, puts itself back into the queue and goes on from there
(`slurm_job.py`). submitit is loaded when used. The address "local" runs the same job without a cluster.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dcviz.engine.errors import RequestError
from dcviz.engine.keeper import ensure_keeper, recall
from dcviz.engine.launchers.slurm_job import WorkerJob
from dcviz.engine.launchers.starting import (
    announced,
    check_startable,
    cluster_environment,
    handle_of,
    keep_handle,
    tail,
    worker_command,
)
from dcviz.engine.place import Place, place_of
from dcviz.engine.several import device_count
from dcviz.runs import Run
from dcviz.runs.errors import RunBusyError, RunError
from dcviz.runs.process import is_alive, process_stamp

ANSWER_SECONDS = 20
MINUTES = 24 * 60
# Pre-emption does not count; running out of time does.
MOST_TIMEOUTS = 100
WAITING = {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "SUSPENDED"}
ALIVE = {"RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "STOPPED", "RESIZING"}
LOST = {"NODE_FAIL", "BOOT_FAIL"}


class SlurmLauncher:
    """Submits with sbatch from this machine; needs submitit, and Slurm's commands."""

    title = "a Slurm cluster"

    def missing(self, place: Place) -> str | None:
        """The package submitit, sbatch, or what Slurm does not know (a part of a GPU, another disk)."""
        if find_spec("submitit") is None:
            return "The engine slurm needs the package submitit: pip install submitit"
        if place.address not in ("", "local"):
            return (
                f'The engine slurm takes no address but "local", got {place.address!r}; submit on the cluster'
            )
        if place.address == "" and shutil.which("sbatch") is None:
            return "The engine slurm needs sbatch: open the lab on a machine of the cluster"
        if place.share < 1:
            return "Slurm shares a GPU by its own means: gpus=0 and an option like gres=shard:1"
        if place.folder:
            return "The engine slurm needs a shared disk for the runs; leave the folder empty"
        return None

    def command(self, run: Run, *, resume: str | bool = False) -> list[str]:
        """The worker's command. It always resumes: what is not begun yet then begins at the start."""
        python = place_of(run).options.get("python", sys.executable)
        return worker_command(run, resume=resume or True, python=python)

    def submit(self, run: Run, *, resume: str | bool = False) -> dict[str, Any]:
        """Hand the worker to Slurm; the run is queued until it has a place.

        Raises:
            RequestError: if something is missing.
            RunBusyError: if the run is being trained, or stands in Slurm's queue already.
            RunError: if Slurm refuses the job.
        """
        place, old = place_of(run), handle_of(run)
        if lack := self.missing(place):
            raise RequestError(lack)
        check_startable(run)
        if old.get("engine") == "slurm" and self.status(old) in ("waiting", "alive"):
            raise RunBusyError(f"run {run.id} is with Slurm already, as job {old['job']}")
        job = WorkerJob(self.command(run, resume=resume), str(run.path))
        with announced(run, "waiting in Slurm's queue", waiting_for="a Slurm job"):
            number = _submit(job, run, place)
        handle: dict[str, Any] = {"engine": "slurm", "address": place.address, "job": number}
        if place.address == "local":
            handle["pid_started"] = process_stamp(int(number))
        keep_handle(run, handle)
        ensure_keeper(run.path.parent)
        return handle

    def status(self, handle: Mapping[str, Any]) -> str:
        """What squeue says of a job; Slurm forgets jobs some minutes after their end."""
        if handle.get("address") == "local":
            return "alive" if is_alive(int(handle["job"]), handle.get("pid_started")) else "gone"
        try:
            done = _ask("squeue", "--noheader", "--format=%T", f"--jobs={handle['job']}")
        except (OSError, subprocess.SubprocessError):
            return "unknown"
        if done.returncode and "Invalid job id" not in done.stderr:
            return "unknown"
        state = done.stdout.strip() or "COMPLETED"
        if state in LOST:
            return "lost"
        return "waiting" if state in WAITING else "alive" if state in ALIVE else "gone"

    def stop(self, run: Run, *, force: bool = False) -> None:
        """Stop at the next batch; a job that waits, or with force any, is cancelled."""
        waiting = bool(run.status().get("waiting_for"))
        if not (force or waiting):
            run.control("stop")
            return
        run.must_be_writable()
        handle = handle_of(run)
        if not handle or self.status(handle) not in ("waiting", "alive"):
            raise RunError(f"run {run.id} has no job in Slurm; there is nothing to stop")
        if handle.get("address") == "local":
            _end_tree(int(handle["job"]))
        else:
            _ask("scancel", *(["--signal=KILL", "--full"] if force else []), str(handle["job"]))
        if waiting:
            recall(run, "taken from Slurm's queue; resume submits it again")

    def logs(self, run: Run, *, lines: int = 40) -> str:
        """The end of the worker's log and of what the job itself printed."""
        printed = tail(run.path / "cluster.log", lines)
        return "\n".join(filter(None, [tail(run.path / "log.txt", lines), printed]))

    def fetch(self, run: Run) -> None:
        """What the job printed into cluster.log: submitit's own words, and a Python that did not start."""
        job = handle_of(run).get("job")
        found = [tail(path, 100) for path in sorted(_folder(run).glob(f"{job}_0_log.*"))]
        if any(found):
            (run.path / "cluster.log").write_text("\n".join(filter(None, found)))


def _folder(run: Run) -> Path:
    """Submitit's own files hold pickles: they stay out of the run folder, which is copied and opened."""
    return run.path.parent / ".slurm" / run.id


def _submit(job: WorkerJob, run: Run, place: Place) -> str:
    import submitit

    kind = "local" if place.address == "local" else "slurm"
    given = dict(place.options)
    lines = [f"export {name}={shlex.quote(value)}" for name, value in cluster_environment(place).items()]
    executor = submitit.AutoExecutor(
        folder=_folder(run), cluster=kind, **{f"{kind}_max_num_timeout": MOST_TIMEOUTS}
    )
    wanted: dict[str, Any] = {"timeout_min": int(given.pop("time", MINUTES)), f"{kind}_setup": lines}
    gpus = int(place.gpus_for(str(run.spec.get("device")), device_count(run.spec)))
    given.pop("python", None)
    if kind == "slurm":
        wanted |= {"name": f"dcviz-{run.id}"[:60],
                   "cpus_per_task": max(1, int(place.cpus)), **({"gpus_per_node": gpus} if gpus else {}),
                   "slurm_additional_parameters": given}  # fmt: skip
    try:
        executor.update_parameters(**wanted)
        return str(executor.submit(job).job_id)
    except Exception as error:  # submitit's own exceptions, those of sbatch, of a wrong option
        raise RunError(f"Slurm refused the job: {' '.join(str(error).split())[:400]}") from error


def _ask(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)


def _end_tree(pid: int) -> None:
    """Kill a process and all it started; the local stand-in has no Slurm that would."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        below = [int(child) for child in children.read_text().split()]
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return
    for child in below:
        _end_tree(child)
