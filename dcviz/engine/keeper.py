"""The keeper: looks after runs that other machines train, whether or not a page is open.

`python -m dcviz.engine.keeper RUNS` asks the clusters every two seconds what became of the jobs of a store,
fetches their logs, submits again what died with its node, and ends when nothing is left to look after. One
keeper a store; whoever submits a job or opens its page sees to it that there is one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from dcviz.engine.place import place_of
from dcviz.runs import Run, RunStore
from dcviz.runs.files import append_line, read_json, write_json
from dcviz.runs.lock import is_locked, try_lock
from dcviz.runs.status import ACTIVE, read_status

POLL_SECONDS = 2.0
LOCK = ".keeper.lock"
# Losses of a node in a row without one epoch in between; then the cluster, not chance, is to blame.
MOST_LOSSES = 3
PAUSE_SECONDS = 1.0
# A submission that was cut off leaves an announcement without a job.
HANDOVER_SECONDS = 60.0
# A cluster that has not answered about a dead worker for a day will not.
GIVEN_UP_SECONDS = 86_400.0


def ensure_keeper(root: Path) -> None:
    """Have a keeper at work on this store; at once if there is one."""
    if is_locked(root / LOCK) or os.environ.get("DCVIZ_KEEPER") == "off":
        return
    with open(root / ".keeper.log", "ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "dcviz.engine.keeper", str(root)], cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def look_after(run: Run) -> bool:
    """Hold what the cluster says against what the run folder says; act where they differ.

    Returns:
        Whether there is still something to look after.
    """
    from dcviz.engine.launchers import launcher_of
    from dcviz.engine.launchers.starting import handle_of

    engine, handle = launcher_of(run), handle_of(run)
    if _over(run):
        return False
    try:
        engine.fetch(run)
    except Exception as error:
        _cut_off(run, error)
    status = run.status()
    if status["state"] in ACTIVE and not status.get("waiting_for"):
        return True  # the worker itself is writing
    seen = engine.status(handle) if handle else "unknown"
    if seen == "lost":
        return _again(run, handle)
    if seen == "gone":
        return _settle(run, status, engine.logs(run, lines=6))
    if not handle and time.time() - float(status.get("heartbeat") or 0) > HANDOVER_SECONDS:
        return _settle(run, status, "The submission was cut off before the cluster had the job.")
    return True


def recall(run: Run, message: str) -> None:
    """Write that a run is stopped which had no worker that could write it."""
    status = {**_written(run), "state": "stopped", "message": message, "pid": None, "waiting_for": None}
    write_json(run.path / "status.json", {**status, "heartbeat": time.time()})


def _over(run: Run) -> bool:
    status = run.status()
    silent = time.time() - float(status.get("heartbeat") or 0) > GIVEN_UP_SECONDS
    forgotten = status["state"] == "interrupted" and silent
    return run.read_only or forgotten or status["state"] not in (*ACTIVE, "interrupted")


def _written(run: Run) -> dict[str, Any]:
    try:
        status: dict[str, Any] = read_json(run.path / "status.json")
    except Exception:
        return {}
    return status


def _again(run: Run, handle: dict[str, Any]) -> bool:
    """Submit once more what was lost with its node; it goes on from its last checkpoint."""
    from dcviz.engine.launchers import launcher_of
    from dcviz.engine.launchers.starting import handle_of, keep_handle

    listed = len(run.epochs())
    losses = 1 + (int(handle.get("losses", 0)) if listed <= int(handle.get("listed", -1)) else 0)
    if losses > MOST_LOSSES:
        return _settle(run, run.status(), f"Its node was lost {MOST_LOSSES} times without one new epoch.")
    if losses > 1 and time.time() - float(handle.get("sent", 0)) < PAUSE_SECONDS * 3**losses:
        return True  # a cluster needs a while to notice that a node is dead, and would use it again
    start = run.checkpoints()[-1] if run.checkpoints() else None
    _note(run, {"type": "retry", "epoch": run.epochs()[-1].position if listed else 0, "key": start})
    launcher_of(run).submit(run, resume=True)
    keep_handle(run, {**handle_of(run), "losses": losses, "listed": listed})
    return True


def _settle(run: Run, status: dict[str, Any], why: str) -> bool:
    """The job is over and its worker never said so."""
    if status.get("waiting_for"):
        message = "The job ended before its worker could write."
        error = {"message": message, "hint": f"{why.strip() or 'It printed nothing.'}"}
        failed = {**_written(run), "state": "failed", "message": message, "waiting_for": None, "error": error}
        write_json(run.path / "status.json", {**failed, "heartbeat": time.time()})
    return read_status(run.path)["state"] in ACTIVE


def _cut_off(run: Run, error: Exception) -> None:
    """Say that nothing can be heard; what is trained over there goes on meanwhile."""
    status, place = _written(run), place_of(run)
    if not place.folder or status.get("state") not in ACTIVE or status.get("waiting_for"):
        return
    said = (str(error).splitlines() or [type(error).__name__])[0]
    cut = {"waiting_for": "the network", "message": f"no connection to {place.folder}: {said}"}
    write_json(run.path / "status.json", {**status, **cut})


def _note(run: Run, event: dict[str, Any]) -> None:
    append_line(run.path / "events.jsonl", {**event, "time": time.time()})


def keep(root: Path) -> None:
    """Look after every run of the store until none is left."""
    store, patience = RunStore(root), 3
    while patience:
        away = [run for run in store.list() if not place_of(run).here and not _over(run)]
        patience = 3 if sum(map(_guarded, away)) else patience - 1
        time.sleep(POLL_SECONDS)


def _guarded(run: Run) -> bool:
    """One run that cannot be looked after must not keep the others from it."""
    try:
        return look_after(run)
    except Exception:
        sys.stderr.write(f"{time.strftime('%F %T')} {run.id}\n{traceback.format_exc()}")
        return True


def main(arguments: list[str] | None = None) -> int:
    """Keep one store; at once over if another keeper does."""
    parser = argparse.ArgumentParser(prog="python -m dcviz.engine.keeper", description=__doc__)
    parser.add_argument("root", type=Path, help="the folder of the runs")
    root = parser.parse_args(arguments).root
    file = try_lock(root / LOCK)
    if file is None:
        return 0
    try:
        os.truncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        keep(root)
    finally:
        os.close(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
