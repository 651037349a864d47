"""The worker: trains the run in a folder and writes what it sees. `python -m dcviz.engine.worker RUN`.

The only part of the engine that imports torch. It may be killed at any moment: what metrics.jsonl lists
is whole on the disk, and `--resume` goes on from the last checkpoint.
"""

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dcviz.engine import several
from dcviz.engine.control import steered
from dcviz.engine.devices import cpu_count
from dcviz.engine.endings import Ending, ending_of
from dcviz.engine.reporter import Reporter
from dcviz.engine.session import Fit, Session
from dcviz.runs import Run, default_store
from dcviz.runs.errors import RunError
from dcviz.runs.lock import training_lock
from dcviz.runs.writer import RunWriter


@dataclass(frozen=True)
class Listener:
    """Who watches a training from inside its process: the command line's progress bar."""

    moved: Callable[[dict[str, Any]], None] = lambda status: None
    listed: Callable[[dict[str, Any]], None] = lambda line: None


def work(
    run: Run, *, resume: str | bool = False, listener: Listener | None = None, fit: Fit | None = None
) -> dict[str, Any]:
    """Train a run to its end, or until it is stopped or breaks.

    Args:
        run: its folder.
        resume: True goes on from the last checkpoint, a key from that one.
        listener: watches.
        fit: stands in for `models.training.fit` in tests.

    Returns:
        The last status: state "finished", "stopped" or "failed", and the error if there was one.

    Raises:
        RunBusyError: if another process trains this run.
        RunError: if the run cannot be started (damaged, or begun before and `resume` is False).
    """
    run.must_be_writable()
    if run.broken:
        raise RunError(f"run {run.id} cannot be trained: {run.broken}")
    listener = listener or Listener()
    several.hand_over(run, resume)
    with training_lock(run.path):
        start = start_key(run, resume)
        writer = RunWriter(run)
        writer.tidy()
        epochs = sum(int(length) for _, length in run.spec.get("phases") or [])
        reporter = Reporter(writer, listener=listener.moved, epochs=epochs, device=run.spec.get("device"))
        with reporter:
            ending = _guarded(_session_of(run)(run, writer, reporter, listener.listed, fit), start)
            if ending.full_disk:
                writer.release_reserve()
            reporter.update(state=ending.state, message=ending.message, error=ending.error)
        writer.release_reserve()
        return reporter.status


def _session_of(run: Run) -> type[Session]:
    """Putting data through stored weights is a sitting too, one that trains nothing."""
    if not (run.path / "data" / "reembed.json").exists():
        return Session
    from dcviz.engine.inspect.reembed import Reembedding

    return Reembedding


def _guarded(job: Session, start: str | None) -> Ending:
    """Run a training; whatever ends it becomes a state with words."""
    try:
        with steered(job.control):
            return job.train(start)
    except BaseException as error:
        ending = ending_of(error, settings=job.run.spec.get("settings") or {}, kept=job.run.checkpoints())
        job.log(ending.details)
        return ending


def start_key(run: Run, resume: str | bool) -> str | None:
    """The checkpoint to start from; None is the very beginning."""
    kept, listed = run.checkpoints(), run.epochs()
    parent = run.spec.get("parent")
    if isinstance(resume, str):
        if resume not in kept:
            raise RunError(f"run {run.id} has no checkpoint {resume!r}; it has: {', '.join(kept) or 'none'}")
        return resume
    if resume and run.status()["state"] == "finished":
        raise RunError(
            f"run {run.id} is finished at epoch {listed[-1].position:g}; branch it to train further"
        )
    if resume:
        return kept[-1] if kept else None
    fresh = not listed or (parent and kept == (parent["key"],))
    if not fresh:
        raise RunError(
            f"run {run.id} was trained before, to epoch {listed[-1].position:g}: resume it (--resume)"
        )
    return parent["key"] if parent else None


def main(arguments: list[str] | None = None) -> int:
    """The command: exit code 0 for a finished or stopped training, 1 for a failed one, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m dcviz.engine.worker", description=__doc__)
    parser.add_argument("run", help="id of a run, or its folder")
    parser.add_argument("--resume", nargs="?", const=True, default=False, metavar="KEY",
                        help="go on from the last checkpoint, or from the one of this key")  # fmt: skip
    given = parser.parse_args(arguments)
    try:
        status = work(default_store().open(given.run), resume=given.resume)
    except RunError as error:
        sys.stderr.write(f"dcviz: {error}\n")
        return 1
    if status["error"]:
        sys.stderr.write(f"dcviz: {status['error']['message']}\n")
    return 1 if status["state"] == "failed" else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cpu_count() - 1)))
    sys.exit(main())
