"""How far a training is: a bar that redraws itself in a terminal, plain lines in a pipe."""

import shutil
import threading
import time
from typing import Any, TextIO

from dcviz.cli.output import score_text, seconds_text

WIDTH = 28
REDRAW_SECONDS = 0.1
LINE_SECONDS = 2.0
# The first batches wait for caches and compilers; a guess from them would frighten.
SETTLE_SECONDS = 1.0


def bar_text(share: float) -> str:
    """A bar that is filled so far, 0 to 1."""
    return "█" * int(share * WIDTH) + "·" * (WIDTH - int(share * WIDTH))


class Progress:
    """Listens to a worker in this process.

    Args:
        stream: where to write; a terminal gets a bar, anything else lines.
        phases: name and epochs of each phase.
        start: epoch the training begins at.
    """

    def __init__(self, stream: TextIO, *, phases: list[list[Any]], start: float = 0.0):
        self.stream, self.live = stream, stream.isatty()
        self.epochs = sum(int(length) for _, length in phases)
        self.ends, end = set(), 0
        for _, length in phases:
            end += int(length)
            self.ends.add(end)
        self.start = start
        self.began: float | None = None
        self.scores = ""
        self.drawn = self.told = 0.0
        self.scoring = ""
        self._lock = threading.Lock()

    def moved(self, status: dict[str, Any]) -> None:
        """The worker is elsewhere now."""
        now = time.monotonic()
        if status["state"] == "running" and self.began is None:
            self.began = now
        if self.live and now - self.drawn >= REDRAW_SECONDS:
            self.drawn = now
            self._draw(self._bar(status, now))
        elif not self.live and status.get("scoring", "") != self.scoring:
            self._tell(status.get("scoring", ""), now)

    def listed(self, line: dict[str, Any]) -> None:
        """An epoch is on the disk."""
        self.scores = score_text(line["scores"])
        now = time.monotonic()
        if not self.live and (now - self.drawn >= LINE_SECONDS or line["epoch"] in self.ends):
            self.drawn = now
            losses = " ".join(f"{name} {value:.4g}" for name, value in line["losses"].items())
            text = f"epoch {line['epoch']:g}/{self.epochs}  {line['phase']}  {losses}  {self.scores}"
            self.stream.write(text.rstrip() + "\n")
            self.stream.flush()

    def _tell(self, scoring: str, now: float) -> None:
        """A line about a large epoch that is being scored; the training and the recorder both come here."""
        with self._lock:
            if not scoring or now - self.told < LINE_SECONDS:
                return
            self.scoring, self.told = scoring, now
            self.stream.write(f"{scoring}\n")
            self.stream.flush()

    def close(self) -> None:
        """Leave the last bar standing on a line of its own."""
        if self.live and self.drawn:
            self.stream.write("\n")
            self.stream.flush()

    def _bar(self, status: dict[str, Any], now: float) -> str:
        if status["state"] not in ("running", "paused"):
            return status.get("message") or status["state"]
        done = status.get("epoch", 0) + status.get("batch", 0) / max(1, status.get("batches", 1))
        bar = bar_text(min(1.0, done / max(1, self.epochs)))
        left = "paused" if status["state"] == "paused" else self._left(done, now)
        text = f"{bar} {done:.0f}/{self.epochs} {status.get('phase', '')}  {left}  {self.scores}"
        return f"{text}  {status['scoring']}" if status.get("scoring") else text

    def _left(self, done: float, now: float) -> str:
        trained = done - self.start
        if self.began is None or trained <= 0 or now - self.began < SETTLE_SECONDS:
            return "ETA -"
        return f"ETA {seconds_text((now - self.began) / trained * (self.epochs - done))}"

    def _draw(self, text: str) -> None:
        # A text that wraps could not be redrawn; one that is shorter than the last leaves no rest.
        width = shutil.get_terminal_size().columns - 1
        self.stream.write(f"\r{text[:width]}\x1b[K")
        self.stream.flush()
