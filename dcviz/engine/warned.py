"""What a training warns of, kept: as events that pages show, and in the log."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MOST = 200
_METHODS = str(Path(__file__).resolve().parents[2] / "models")


@contextmanager
def kept_warnings(event: Callable[[str], None], log: Callable[[str], None]) -> Iterator[None]:
    """Hear every warning while the block runs.

    Warnings of our methods become events, each text once and at most 200, so that a warning that comes
    with every epoch cannot fill the disk; those of libraries go to the log alone. Python keeps the way
    warnings are shown for the whole process: only one training a process may use this.

    Args:
        event: is given the text of a method's warning.
        log: is given the text of any warning.
    """
    seen: set[str] = set()

    def show(message: Warning | str, category: type[Warning], filename: str, *rest: Any, **more: Any) -> None:
        text = str(message)
        if text in seen or len(seen) >= MOST:
            return
        seen.add(text)
        log(f"{category.__name__}: {text}")
        if filename.startswith(_METHODS):
            event(text)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
