"""One heavy training a GPU: a queue of tickets, visible to every page, that no crash can block."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcviz.data.paths import cache_root
from dcviz.runs.lock import is_locked

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Claim:
    """One place in the queue of a device; the first one is training, the others wait."""

    device: str
    place: int
    run: str
    path: str
    pid: int
    since: float


class QueueLeftError(RuntimeError):
    """Waiting was given up (the run was stopped before its turn came)."""


def lease_root() -> Path:
    """Folder of the tickets; one for all run stores of this user on this machine."""
    return cache_root() / "leases"


def queue(device: str) -> list[Claim]:
    """Who trains on a device and who waits, in order; empty when it is free.

    Args:
        device: "cuda:0", "cuda:1", ...
    """
    claims: list[Claim] = []
    for ticket in _tickets(_folder(device)):
        if not is_locked(ticket):
            continue
        note = _note(ticket)
        claims.append(
            Claim(device, len(claims), str(note.get("run", "?")), str(note.get("path", "")),
                  int(note.get("pid", 0)), float(note.get("since", 0)))
        )  # fmt: skip
    return claims


def shortest_queue(devices: list[str]) -> str:
    """The device with the fewest claims; the first of equals."""
    return min(devices, key=lambda device: len(queue(device)))


@contextmanager
def leased(device: str, *, run: str, path: Path, waiting: Callable[[int], bool]) -> Iterator[None]:
    """Hold a device for the length of a `with` block, after waiting for one's turn.

    A ticket is a numbered file that its process keeps locked. The lowest living ticket has the device;
    the kernel unlocks the ticket of a process that dies, so a killed worker frees the device at once.
    CPU trainings need no turn.

    Args:
        device: "cpu" or a CUDA device with its number.
        run: id shown in the queue.
        path: run folder shown in the queue.
        waiting: called with the number of claims ahead, every half second; False gives up.

    Raises:
        QueueLeftError: if `waiting` gave up.
    """
    if not device.startswith("cuda"):
        yield
        return
    folder = _folder(device)
    ticket, file = _draw(folder, {"run": run, "path": str(path), "pid": os.getpid(), "since": time.time()})
    try:
        while ahead := _ahead(folder, ticket):
            if not waiting(ahead):
                raise QueueLeftError(f"gave up waiting for {device}; {ahead} ahead")
            time.sleep(POLL_SECONDS)
        yield
    finally:
        ticket.unlink(missing_ok=True)
        os.close(file)


def _draw(folder: Path, note: dict[str, Any]) -> tuple[Path, int]:
    """Make and lock the next ticket; drop those of dead processes."""
    folder.mkdir(parents=True, exist_ok=True)
    turn = os.open(folder / "turn.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        numbers = [0]
        for old in _tickets(folder):
            numbers.append(int(old.stem))
            if not is_locked(old):
                old.unlink(missing_ok=True)
        ticket = folder / f"{max(numbers) + 1:08d}.ticket"
        file = os.open(ticket, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        fcntl.flock(file, fcntl.LOCK_EX)
        os.write(file, json.dumps(note).encode())
        return ticket, file
    finally:
        os.close(turn)


def _ahead(folder: Path, ticket: Path) -> int:
    return sum(1 for other in _tickets(folder) if other.name < ticket.name and is_locked(other))


def _tickets(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.ticket"))


def _folder(device: str) -> Path:
    return lease_root() / device.replace(":", "-")


def _note(ticket: Path) -> dict[str, Any]:
    try:
        note = json.loads(ticket.read_bytes())
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
