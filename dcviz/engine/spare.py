"""A spare worker: a process that has loaded torch already and waits for a run, so that a start takes no time.

`python -m dcviz.engine.spare` reads one line from its standard input, the arguments of the worker, and
becomes that worker. If the line never comes (the server has gone, or nobody trained for a while) it ends.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 900.0
"""Seconds a spare waits for a run; it holds some 300 MB meanwhile."""
UNDISTURBED = 20.0
"""Seconds that a training begun by a spare has the machine to itself before the next spare loads."""
LOADED = ("models.methods.idec", "models.methods.rdc", "models.methods.autoencoder", "safetensors.numpy",
          "dcviz.engine.worker")  # fmt: skip


class Spare:
    """At most one waiting process of this server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: subprocess.Popen[bytes] | None = None
        self._given: tuple[subprocess.Popen[bytes], float] | None = None

    def keep(self, environment: Mapping[str, str]) -> None:
        """Have a process waiting; at once if one is there, else it begins to load in the background.

        Not while the one before has just begun to train: loading torch would take a core from it.
        """
        with self._lock:
            if self._given is not None:
                process, since = self._given
                if process.poll() is None and time.monotonic() - since < UNDISTURBED:
                    return
            if self._waiting is None or self._waiting.poll() is not None:
                self._waiting = subprocess.Popen(
                    [sys.executable, "-m", "dcviz.engine.spare"], cwd=ROOT, env=dict(environment),
                    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )  # fmt: skip

    def hand_over(self, arguments: Sequence[str]) -> subprocess.Popen[bytes] | None:
        """Give the waiting process a run; None if there is no such process, and nothing was started then."""
        with self._lock:
            process, self._waiting = self._waiting, None
        if process is None or process.poll() is not None or process.stdin is None:
            return None
        try:
            process.stdin.write(json.dumps(list(arguments)).encode() + b"\n")
            process.stdin.close()
        except OSError:
            return None
        self._given = process, time.monotonic()
        return process

    def dismiss(self) -> None:
        """End the waiting process, if there is one."""
        with self._lock:
            process, self._waiting = self._waiting, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait(30)


SPARE = Spare()


def rehearse() -> None:
    """Train and measure a handful of points: what torch, scipy and scikit-learn load late is there then."""
    from dcviz.data.loading import load
    from dcviz.geometry.neighbors import neighbor_graph
    from dcviz.geometry.scores import live_scores
    from dcviz.geometry.thresholds import Thresholds
    from models.catalog import resolve_preset
    from models.replay import EAGER_STEPS
    from models.schedule import Schedule
    from models.training import fit

    for name in LOADED:
        importlib.import_module(name)
    data = load("arcs", n=80)
    short = {"pretrain_epochs": EAGER_STEPS + 5, "finetune_epochs": 1}  # past the first recording
    _, settings = resolve_preset("dec", n=80, input_dim=2, clusters=4, overrides=short)
    for snapshot in fit("dec", data.x, settings=settings, schedule=Schedule(every=1000)):
        graph = neighbor_graph(snapshot.latents, m=15)
        live_scores(snapshot.latents, graph, clusters=4, labels=data.labels, thresholds=Thresholds())


def main() -> int:
    """Load, wait for the arguments, become the worker of that run."""
    rehearse()
    if not select.select([sys.stdin], [], [], PATIENCE)[0]:
        return 0
    line = sys.stdin.readline()
    if not line:
        return 0
    arguments = [str(each) for each in json.loads(line)]
    log = os.open(Path(arguments[0]) / "log.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    from dcviz.engine.worker import main as work

    return work(arguments)


if __name__ == "__main__":
    sys.exit(main())
