"""Logs of a run, read while they grow: metrics.jsonl as epochs, events.jsonl as dicts."""

import json
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dcviz.runs.errors import RunError

KEY = re.compile(r"([0-9]{5,7})(?:b([0-9]{5,7}))?")


def epoch_key(epoch: int, batch: int = 0) -> str:
    """File name stem of a snapshot: `00050`, or `00050b00012` after 12 batches of the next epoch."""
    return f"{epoch:05d}" + (f"b{batch:05d}" if batch else "")


def check_key(key: str | int) -> str:
    """Return the key as text if it can name a snapshot.

    Raises:
        RunError: for anything else, so that no path can be smuggled in as a key.
    """
    text = epoch_key(key) if isinstance(key, int) else str(key)
    if not KEY.fullmatch(text):
        raise RunError(f"a snapshot key looks like 00050 or 00050b00012, got {text[:40]!r}")
    return text


@dataclass(frozen=True)
class Epoch:
    """One line of metrics.jsonl: what was measured when a snapshot was taken.

    Attributes:
        key: stem of its files.
        position: epochs trained, real-valued for a snapshot inside an epoch.
        epoch: whole epochs trained.
        batch: batches trained of the epoch that follows, 0 for a whole epoch.
        iteration: batches trained since the start of the run.
        phase: name of the phase the last batch belonged to.
        phase_index: its number, from 0.
        losses: mean of each named loss over the epoch.
        scores: live scores; None where a score does not exist.
        reasons: for each None among the scores, one sentence why.
        extras: numbers that only this method has; its arrays are read by `Run.extras`.
        seconds: time spent training the epoch.
        time: seconds since 1970 when the line was written.
    """

    key: str
    position: float
    epoch: int
    batch: int
    iteration: int
    phase: str
    phase_index: int
    losses: dict[str, float | None] = field(default_factory=dict)
    scores: dict[str, float | None] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    seconds: float | None = None
    time: float | None = None
    extras: dict[str, float | None] = field(default_factory=dict)


class JsonLines:
    """A growing file of JSON lines; each call of `read` parses only what is new.

    A partial last line is left for the next call. A damaged line is skipped. If the file was replaced
    or became shorter, it is read again from the start.
    """

    def __init__(self, path: Path):
        self.path = path
        self.generation = 0
        self._lock = threading.Lock()
        self._offset = 0
        self._inode: int | None = None
        self._items: list[dict[str, Any]] = []

    def read(self) -> tuple[int, list[dict[str, Any]]]:
        """All whole lines so far, with a number that changes whenever they did."""
        with self._lock:
            try:
                stat = self.path.stat()
            except OSError:
                self._restart(None)
                return self.generation, self._items
            if stat.st_ino != self._inode or stat.st_size < self._offset:
                self._restart(stat.st_ino)
            if stat.st_size > self._offset:
                self._parse_tail()
            return self.generation, self._items

    def _restart(self, inode: int | None) -> None:
        if self._items or self._inode != inode:
            self._items, self.generation = [], self.generation + 1
        self._offset, self._inode = 0, inode

    def _parse_tail(self) -> None:
        with open(self.path, "rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        found = [item for line in data[:whole].splitlines() if (item := _parse(line)) is not None]
        if found:
            # A new list: a reader may still hold the old one.
            self._items, self.generation = self._items + found, self.generation + 1


class Metrics:
    """The epochs listed in metrics.jsonl, in order of position; of two lines with one key the last counts."""

    def __init__(self, path: Path):
        self._lines = JsonLines(path)
        self._seen = -1
        self._epochs: tuple[Epoch, ...] = ()

    def lines(self) -> list[dict[str, Any]]:
        """The whole lines as they were written."""
        return list(self._lines.read()[1])

    def epochs(self) -> tuple[Epoch, ...]:
        """All epochs whose files are there."""
        generation, items = self._lines.read()
        if generation != self._seen:
            by_key = {epoch.key: epoch for item in items if (epoch := parse_epoch(item)) is not None}
            self._epochs = tuple(sorted(by_key.values(), key=lambda epoch: (epoch.position, epoch.key)))
            self._seen = generation
        return self._epochs


def parse_epoch(item: dict[str, Any]) -> Epoch | None:
    """One line of metrics.jsonl as an Epoch, or None if it lacks what an epoch needs."""
    try:
        match = KEY.fullmatch(item["key"])
        if match is None:
            return None
        return Epoch(
            key=item["key"],
            position=float(item["epoch"]),
            epoch=int(match[1]),
            batch=int(match[2] or 0),
            iteration=int(item.get("iteration", 0)),
            phase=str(item.get("phase", "")),
            phase_index=int(item.get("phase_index", 0)),
            losses=dict(item.get("losses") or {}),
            scores=dict(item.get("scores") or {}),
            reasons={
                name.removesuffix("_reason"): str(text)
                for name, text in item.items()
                if name.endswith("_reason")
            },
            seconds=item.get("seconds"),
            time=item.get("time"),
            extras=dict(item.get("extras") or {}),
        )
    except (KeyError, TypeError, ValueError):
        return None


def span(epochs: tuple[Epoch, ...]) -> str:
    """From which epoch to which, and how many, in words."""
    return f"{epochs[0].key} to {epochs[-1].key} ({len(epochs)} epochs)" if epochs else "none yet"


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        item = json.loads(line)
    except ValueError:
        return None
    return item if isinstance(item, dict) else None
