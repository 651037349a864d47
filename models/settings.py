"""Settings: every number a user may change is described once, where it is declared.

`setting(...)` stores range, choices and help beside the default of a dataclass field; the form, the
JSON, the command line and the help text all read them through `describe` and `make`. No torch here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

T = TypeVar("T")
_TRUE, _FALSE = ("true", "on", "yes", "1"), ("false", "off", "no", "0")


class SettingError(ValueError):
    """A setting that does not exist or a value it cannot take; the message says what would do."""


@dataclass(frozen=True)
class SettingInfo:
    """What a form needs to know about one setting."""

    name: str
    type: type
    default: Any
    low: float | None
    high: float | None
    choices: tuple[str, ...] | None
    help: str


def setting(
    default: Any,
    low: float | None = None,
    high: float | None = None,
    help: str = "",
    choices: tuple[str, ...] | None = None,
) -> Any:
    """Declare one field of a frozen settings class, with its range (both ends allowed) and meaning."""
    metadata = {"low": low, "high": high, "choices": choices, "help": help}
    return dataclasses.field(default=default, metadata=metadata)


def describe(cls: type) -> tuple[SettingInfo, ...]:
    """List the settings of a class in the order they were declared."""
    hints = get_type_hints(cls)
    return tuple(
        SettingInfo(
            name=field.name,
            type=hints[field.name],
            default=field.default,
            low=field.metadata.get("low"),
            high=field.metadata.get("high"),
            choices=field.metadata.get("choices"),
            help=field.metadata.get("help", ""),
        )
        for field in dataclasses.fields(cls)
    )


def make(cls: type[T], values: Mapping[str, Any]) -> T:
    """Build a settings object from plain values; text, as a command line gives it, is converted.

    Raises:
        SettingError: for a name the class does not have, or a value outside its type, range or choices.
    """
    known = {info.name: info for info in describe(cls)}
    for name in values:
        if name not in known:
            raise SettingError(f"{cls.__name__} has no setting {name!r}; it has: {', '.join(known)}.")
    return cls(**{name: _checked(known[name], value) for name, value in values.items()})


def _checked(info: SettingInfo, value: Any) -> Any:
    value = _converted(info, value)
    if info.choices is not None and value not in info.choices:
        raise SettingError(f"{info.name} must be one of {', '.join(info.choices)}, got {value!r}.")
    too_low = info.low is not None and not value >= info.low
    too_high = info.high is not None and not value <= info.high
    if too_low or too_high:
        raise SettingError(f"{info.name} must lie in {_range(info)}, got {value}.")
    return value


def _range(info: SettingInfo) -> str:
    low = "(-inf" if info.low is None else f"[{info.low:g}"
    high = "inf)" if info.high is None else f"{info.high:g}]"
    return f"{low}, {high}"


def _converted(info: SettingInfo, value: Any) -> Any:
    """Bring a value to the type of its setting, refusing what would lose something on the way."""
    text = value.strip().lower() if isinstance(value, str) else None
    if info.type is bool and (text in _TRUE or text in _FALSE):
        return text in _TRUE
    if info.type is bool and not isinstance(value, bool):
        raise SettingError(f"{info.name} must be true or false, got {value!r}.")
    if info.type in (int, float):
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if number != number or isinstance(value, bool) or (info.type is int and not number.is_integer()):
            kind = "a whole number" if info.type is int else "a number"
            raise SettingError(f"{info.name} must be {kind}, got {value!r}.")
        return info.type(number)
    return value
