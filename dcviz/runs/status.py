"""What a run is doing now: status.json, and what it means when its writer has gone silent."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dcviz.runs.errors import RunError
from dcviz.runs.files import read_json
from dcviz.runs.process import host_name, is_alive

STATES = ("queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted", "broken")
ACTIVE = ("queued", "starting", "running", "paused")
RESUMABLE = ("queued", "stopped", "failed", "interrupted")
STALE_SECONDS = 30.0
# Clocks of two machines that share a folder may differ; a silent writer elsewhere gets more time.
STALE_SECONDS_ELSEWHERE = 120.0


def read_status(folder: Path, *, now: float | None = None) -> dict[str, Any]:
    """The state of the run in `folder`, with "interrupted" derived where the writer is gone.

    A worker that was killed cannot write that it was. So an active state counts only while its writer
    lives: the process id exists, has the same start time, and its heartbeat is younger than 30 s.

    Returns:
        state, phase, phase_index, epoch, epochs, batch, batches, heartbeat, pid, host, device,
        message, error {message, hint} | None, waiting_for (a job that a cluster has not begun yet, or a
        network that is gone); what is not known is absent or None.
    """
    try:
        status = read_json(folder / "status.json")
    except RunError:
        return _not_started(folder)
    if not isinstance(status, dict) or status.get("state") not in STATES:
        return {"state": "broken", "message": f"{folder / 'status.json'} holds no known state", "error": None}
    status.setdefault("error", None)
    if status["state"] in ACTIVE and not _writer_lives(folder, status, time.time() if now is None else now):
        status |= {
            "state": "interrupted",
            "message": "the worker is gone; resume goes on from the last checkpoint",
        }
    return status


def _not_started(folder: Path) -> dict[str, Any]:
    if (folder / "status.json").exists():
        return {"state": "broken", "message": f"{folder / 'status.json'} is no JSON", "error": None}
    return {"state": "queued", "message": "not started yet; resume starts it", "error": None}


def is_unstarted(status: Mapping[str, Any]) -> bool:
    """Whether a run was made and never handed to an engine: it waits for nobody."""
    told = status.get("heartbeat") or status.get("waiting_for")
    return status["state"] == "queued" and not told


def _writer_lives(folder: Path, status: Mapping[str, Any], now: float) -> bool:
    if status.get("waiting_for"):
        return True  # in the queue of a cluster, for days perhaps: the keeper says when that is over
    age = now - float(status.get("heartbeat") or 0)
    if status.get("host") != host_name():
        return age < STALE_SECONDS_ELSEWHERE
    pid, stamp = status.get("pid"), status.get("pid_started")
    if pid is None:
        # Submitted, but the worker has not written yet: its launcher noted which process it is.
        launched = _launched(folder)
        pid, stamp = launched.get("pid"), launched.get("pid_started")
        return age < STALE_SECONDS and (pid is None or is_alive(pid, stamp))
    return age < STALE_SECONDS and is_alive(pid, stamp)


def _launched(folder: Path) -> dict[str, Any]:
    try:
        handle = read_json(folder / "launcher.json")
    except RunError:
        return {}
    return handle if isinstance(handle, dict) else {}
