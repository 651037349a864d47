"""How a training can end, and what to tell the user: what happened, what was kept, what to change."""

import errno
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dcviz.data.dataset import DataError
from dcviz.engine.lease import QueueLeftError
from dcviz.runs.errors import RunError


@dataclass(frozen=True)
class Ending:
    """The last state of a training.

    Attributes:
        state: finished, stopped or failed.
        message: one line for the list of runs.
        error: {"message", "hint"} of a failure, else None.
        details: traceback for log.txt.
        full_disk: whether the disk had no room.
    """

    state: str
    message: str
    error: dict[str, str] | None = None
    details: str = ""
    full_disk: bool = False


def ending_of(error: BaseException, *, settings: Mapping[str, Any], kept: tuple[str, ...]) -> Ending:
    """Turn what ended a training into words.

    Args:
        error: what was raised.
        settings: of the run, to say what to lower.
        kept: keys of the checkpoints that remain.
    """
    if isinstance(error, (QueueLeftError, KeyboardInterrupt)):
        return Ending(
            "stopped", "stopped before its turn" if isinstance(error, QueueLeftError) else "stopped at once"
        )
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    message, hint = _words(error, settings, full)
    return Ending(
        "failed",
        message,
        {"message": message, "hint": f"{hint} {_left(error, kept)}".strip()},
        "".join(traceback.format_exception(error)),
        full,
    )


def _left(error: BaseException, kept: tuple[str, ...]) -> str:
    """What there is to go on from; data that were not to be had are no reason to begin another run."""
    if kept:
        return f"The last good checkpoint is {kept[-1]}."
    if isinstance(error, DataError):
        return "Nothing was trained yet: once that is mended, resume starts this training."
    return "There is no checkpoint yet."


def _words(error: BaseException, settings: Mapping[str, Any], full: bool) -> tuple[str, str]:
    if full:
        return "No space left on the disk.", "Every listed epoch is whole. Make room, then resume."
    if _out_of_memory(error):
        size = settings.get("batch_size", "?")
        return (
            f"Out of memory: {_first_line(error)}",
            f"Lower batch_size (now {size}), choose a smaller network, free the device, or train on the CPU.",
        )
    if hasattr(error, "loss_name"):
        rates = ", ".join(
            f"{name} {value:g}" for name, value in settings.items() if name.endswith("learning_rate")
        )
        return _first_line(
            error
        ), f"Branch from the last good checkpoint with a lower learning rate (now {rates})."
    if isinstance(error, (DataError, RunError)):  # these say themselves what happened and what to do
        return _first_line(error), ""
    return f"{type(error).__name__}: {_first_line(error)}", "log.txt has the details."


def _out_of_memory(error: BaseException) -> bool:
    # torch.OutOfMemoryError derives from RuntimeError; the CPU allocator raises a plain one.
    name, text = type(error).__name__, str(error)
    return isinstance(error, MemoryError) or name == "OutOfMemoryError" or "not enough memory" in text


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
