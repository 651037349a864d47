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
# Ten times 0.1 is a little more than 1.
WHOLE = 1 + 1e-6


@dataclass(frozen=True)
class Claim:
    """One place in the queue of a device; the first train (one, or some that share it), the others wait."""

    device: str
    place: int
    run: str
    path: str
    pid: int
    since: float
    share: float = 1.0
    training: bool = True


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
    taken = 0.0
    for ticket in _tickets(_folder(device)):
        if not is_locked(ticket):
            continue
        note = _note(ticket)
        taken += (share := _share(note))
        claims.append(
            Claim(device, len(claims), str(note.get("run", "?")), str(note.get("path", "")),
                  int(note.get("pid", 0)), float(note.get("since", 0)), share, taken <= WHOLE)
        )  # fmt: skip
    return claims


def shortest_queue(devices: list[str]) -> str:
    """The device of which the least is claimed; the first of equals."""
    return min(devices, key=lambda device: sum(claim.share for claim in queue(device)))


def own_share() -> float:
    """The part of a GPU this process may fill, as its launcher said (DCVIZ_GPU_SHARE); 1 is all of it."""
    try:
        share = float(os.environ.get("DCVIZ_GPU_SHARE") or 1)
    except ValueError:
        return 1.0
    return share if 0 < share <= 1 else 1.0


@contextmanager
def leased(device: str, *, run: str, path: Path, waiting: Callable[[int], bool]) -> Iterator[None]:
    """Hold a device for the length of a `with` block, after waiting for one's turn.

    A ticket is a numbered file that its process keeps locked, with the share of the device that it wants.
    A ticket has its turn when its share fits beside those of all living tickets before it: nobody overtakes,
    and small trainings share a GPU. The kernel unlocks the ticket of a process that dies, so a killed worker
    frees the device at once. CPU trainings need no turn, nor those to which a cluster gave its GPUs.

    Args:
        device: "cpu" or a CUDA device with its number.
        run: id shown in the queue.
        path: run folder shown in the queue.
        waiting: called with the number of claims ahead, every half second; False gives up.

    Raises:
        QueueLeftError: if `waiting` gave up.
    """
    if not device.startswith("cuda") or os.environ.get("DCVIZ_LEASE") == "off":
        yield
        return
    folder, share = _folder(device), own_share()
    note = {"run": run, "path": str(path), "pid": os.getpid(), "since": time.time(), "share": share}
    ticket, file = _draw(folder, note)
    try:
        while ahead := _ahead(folder, ticket, share):
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


def _ahead(folder: Path, ticket: Path, share: float) -> int:
    """How many trainings are before this one; 0 when its share fits beside all of theirs."""
    before = [other for other in _tickets(folder) if other.name < ticket.name and is_locked(other)]
    taken = sum(_share(_note(other)) for other in before)
    return len(before) if taken + share > WHOLE else 0


def _share(note: dict[str, Any]) -> float:
    """A ticket without a share wants the whole device."""
    share = note.get("share", 1.0)
    return float(share) if isinstance(share, (int, float)) else 1.0


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
