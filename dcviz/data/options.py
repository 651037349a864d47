"""Option: one argument of a loader or reader, described once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dcviz.data.dataset import DataError


@dataclass(frozen=True)
class Option:
    """One argument of a loader, described once for the form, the command line and the checks.

    Attributes:
        name: keyword of the loader.
        type: int, float or str.
        default: value used when nothing is given.
        low: smallest value allowed, or None.
        high: largest value allowed, or None.
        choices: the only values allowed; empty when any between low and high is.
        help: one sentence for the reader.
    """

    name: str
    type: type
    default: Any
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()
    help: str = ""


def checked_value(owner: str, option: Option, given: Any) -> Any:
    """Turn a value, perhaps text from a command line, into the option's type and hold it to its bounds.

    Args:
        owner: data set or file the option belongs to, for the message.
        option: what is allowed.
        given: the value.

    Returns:
        The value in the option's type.

    Raises:
        DataError: naming the option, the value and what is allowed.
    """
    try:
        value = option.type(given)
        if option.type is int and isinstance(given, float) and value != given:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise DataError(
            f"{owner}: {option.name} must be of type {option.type.__name__}, got {given!r}."
        ) from None
    if option.choices and value not in option.choices:
        allowed = ", ".join(str(choice) for choice in option.choices if choice != "")
        raise DataError(f"{owner}: {option.name} must be one of {allowed}, got {given!r}.")
    low, high = option.low, option.high
    # written so that NaN fails too
    if not ((low is None or value >= low) and (high is None or value <= high)):
        raise DataError(f"{owner}: {option.name} must lie in [{low}, {high}], got {given!r}.")
    return value
