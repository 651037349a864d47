"""How long an epoch takes: two batches of each phase, timed in a process of their own before the training.

`TRIALS.seconds(request)` never waits: it answers from what is known, or starts a child that finds out while
the asker comes back later. The child, `python -m dcviz.engine.trial`, trains three batches of each phase on
random points of the right shape and notes the quicker of the last two: the first carries what is done once.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import dcviz
from dcviz.data.paths import cache_root
from dcviz.engine.devices import cpu_count
from dcviz.engine.request import Request
from dcviz.runs.process import started_at
from models.plan import PHASE_EPOCHS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 0.8
"""Seconds that a wish has to stay the same before it is tried: sliders move."""
LONGEST = 120.0
"""Seconds after which a child is given up: then the training is long, whatever its two batches take."""
BATCHES = 3


class Trials:
    """What batches took, by all that it depends on; at most one child of this server at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: tuple[str, float] = ("", 0.0)
        self._child: tuple[str, float, subprocess.Popen[bytes]] | None = None
        self._failed: set[str] = set()

    def seconds(self, request: Request) -> dict[str, float] | None:
        """Seconds a batch of each phase; None while they are not known (ask again) or cannot be found."""
        asked = question(request)
        key = key_of(asked)
        path = cache_root() / "trials" / f"{key}.json"
        if path.exists():
            found: dict[str, float] = json.loads(path.read_text())
            return found
        with self._lock:
            self._look(path.parent)
            if key in self._failed or (self._child and self._child[0] == key):
                return None
            if self._asked[0] != key:
                self._asked = (key, time.monotonic())
            elif time.monotonic() - self._asked[1] >= PATIENCE:
                self._start(key, asked, path)
        return None

    def start_seconds(self, device: str) -> float | None:
        """How long a worker of such a device took here from its launch to its first batch, at the last trial.

        A spare worker that has loaded already takes less.
        """
        path = start_path(device)
        return float(json.loads(path.read_text())["seconds"]) if path.exists() else None

    def pending(self, request: Request) -> bool:
        """Whether asking again may bring an answer."""
        return key_of(question(request)) not in self._failed

    def _look(self, folder: Path) -> None:
        """Note a child that has ended without an answer, or takes too long."""
        if self._child is None:
            return
        key, started, child = self._child
        if child.poll() is None and time.monotonic() - started > LONGEST:
            child.kill()
            child.wait()
        if child.poll() is not None:
            if not (folder / f"{key}.json").exists():
                self._failed.add(key)
            self._child = None

    def _start(self, key: str, asked: dict[str, Any], path: Path) -> None:
        if self._child is not None:  # of a wish that has changed
            self._child[2].kill()
            self._child[2].wait()
        threads = {"OMP_NUM_THREADS": str(max(1, cpu_count() - 1))}
        child = subprocess.Popen(
            [sys.executable, "-m", "dcviz.engine.trial", str(path)], cwd=ROOT, env={**threads, **os.environ},
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert child.stdin is not None
        with suppress(BrokenPipeError):  # it has died already; that is seen when it is looked at
            child.stdin.write(json.dumps(asked).encode())
            child.stdin.close()
        self._child = (key, time.monotonic(), child)


TRIALS = Trials()


def question(request: Request) -> dict[str, Any]:
    """All that the time of a batch depends on: epochs and the number of points do not count."""
    spec = request.spec
    settings = {name: value for name, value in spec["settings"].items() if name not in PHASE_EPOCHS}
    return {
        "method": request.method, "settings": settings, "device": request.device,
        "input_dim": request.facts.input_dim, "image_shape": request.facts.image_shape,
        "n": min(request.facts.n, BATCHES * request.settings.batch_size), "version": dcviz.__version__,
        "torch": spec["versions"].get("torch"),
    }  # fmt: skip


def start_path(device: str) -> Path:
    """Where the last child of a kind of device noted how long its start took."""
    return cache_root() / "trials" / f"start-{device.partition(':')[0]}.json"


def key_of(asked: dict[str, Any]) -> str:
    """Sixteen digits that change with any of it."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def tried(asked: dict[str, Any], clock: "Clock | None" = None) -> dict[str, float]:
    """Train the batches: seconds a batch of each phase."""
    import numpy as np

    from models.catalog import method_entry
    from models.schedule import Schedule
    from models.settings import make
    from models.training import fit

    kind = method_entry(asked["method"]).settings
    epochs = {name: 1 for name in PHASE_EPOCHS if name in kind.__dataclass_fields__}
    settings = make(kind, {**asked["settings"], **epochs})
    settings = replace(settings, clusters=min(settings.clusters, asked["n"]))
    x = np.random.default_rng(0).integers(0, 256, (asked["n"], asked["input_dim"]), dtype=np.uint8)
    clock = clock or Clock()
    shape = asked["image_shape"]
    for snapshot in fit(
        asked["method"], x, scale=1 / 255, image_shape=tuple(shape) if shape else None, settings=settings,
        device=asked["device"], control=clock, schedule=Schedule(),
    ):  # fmt: skip
        clock.phase_over(snapshot)
    return clock.found


class Clock:
    """Reads the time before every batch and, for the last of a phase, at its snapshot."""

    def __init__(self) -> None:
        self.start: float | None = None  # seconds this process took to its first batch
        self.marks: list[float] = []
        self.found: dict[str, float] = {}

    def between_batches(self, epoch: int, batch: int, batches: int, iteration: int) -> str:
        """Note the time and let it go on."""
        self.start = self.start or time.time() - started_at()
        self.marks.append(time.perf_counter())
        return "go"

    def phase_over(self, snapshot: Any) -> None:
        """Keep the quickest batch but the first; the only one there is where an epoch has no other."""
        if snapshot.epoch:
            each = [b - a for a, b in zip(self.marks, self.marks[1:], strict=False)]
            self.found[snapshot.phase] = min(each[1:] or each or [snapshot.seconds])
        self.marks = []


def main() -> int:
    """Answer the question on standard input into the file named by the argument."""
    from dcviz.runs.files import write_bytes

    target, asked, clock = Path(sys.argv[1]), json.load(sys.stdin), Clock()
    found = tried(asked, clock)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(start_path(asked["device"]), json.dumps({"seconds": clock.start}).encode())
    write_bytes(target, json.dumps(found).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
