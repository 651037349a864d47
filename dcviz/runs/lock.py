"""One process at a time: locks that vanish with their holder, even on kill -9."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dcviz.runs.errors import RunBusyError


def try_lock(path: Path) -> int | None:
    """Lock the file at `path`, making it where missing; None if another process holds it.

    The kernel ends the lock when the file is closed or the process dies in whatever way, so a lock
    never has to be cleared by hand.

    Returns:
        The open file; `os.close` ends the lock.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock; a missing file is free."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


@contextmanager
def training_lock(folder: Path) -> Iterator[None]:
    """Own a run folder for training.

    Raises:
        RunBusyError: if another worker owns it; two starts of one run would overwrite each other.
    """
    # A page that looks whether the lock is held holds it itself for a moment: ask more than once.
    for _ in range(4):
        file = try_lock(folder / ".lock")
        if file is not None:
            break
        time.sleep(0.05)
    if file is None:
        raise RunBusyError(
            f"run {folder.name} is already being trained; its page shows it, a second start is refused"
        )
    try:
        yield
    finally:
        os.close(file)
