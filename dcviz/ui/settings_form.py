"""A form made from a settings class: each setting with its range, its choices and its help."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import streamlit as st

from models.settings import SettingInfo, describe

# Shown at once, in this order; every other setting is one click away.
FIRST = (
    "clusters",
    "latent_dim",
    "pretrain_epochs",
    "finetune_epochs",
    "M",
    "lambda_ratio",
    "tau_distance",
    "gamma",
)
_COLUMNS = 4


def settings_form(settings: Any, *, key: str) -> dict[str, Any]:
    """Show every setting of a method and return those the user changed.

    Args:
        settings: instance whose values are the starting values (a preset).
        key: prefix of the widgets; another key starts again from the preset.

    Returns:
        Changed settings by name.
    """
    infos = {info.name: info for info in describe(type(settings))}
    first = [infos[name] for name in FIRST if name in infos]
    rest = [info for name, info in infos.items() if name not in FIRST]
    values = _grid(first, settings, key=key)
    with st.expander(f"All {len(infos)} settings", icon=":material/tune:", key=f"{key}_more"):
        values |= _grid(rest, settings, key=key)
    return {name: value for name, value in values.items() if value != getattr(settings, name)}


def _grid(infos: Iterable[SettingInfo], settings: Any, *, key: str) -> dict[str, Any]:
    infos, values = list(infos), {}
    for start in range(0, len(infos), _COLUMNS):
        for column, info in zip(st.columns(_COLUMNS), infos[start : start + _COLUMNS], strict=False):
            with column:
                values[info.name] = one(info, getattr(settings, info.name), key=f"{key}_{info.name}")
    return values


def one(info: Any, value: Any, *, key: str, label: str | None = None, flag: str = "--set") -> Any:
    """One widget for one setting or data option.

    Args:
        info: has name, type, low, high, choices and help.
        value: what it starts with.
        key: of the widget.
        label: instead of the setting's own name.
        flag: how the command line sets it.

    Returns:
        What the widget holds.
    """
    label, help_text = label or title(info.name), f"{info.help}\n\n`{flag} {info.name}=…`"
    if info.choices:
        options = list(info.choices)
        start = options.index(value) if value in options else 0
        return st.selectbox(
            label,
            options,
            index=start,
            key=key,
            help=help_text,
            format_func=lambda each: str(each) or "as it is",
        )
    if info.type is bool:
        return st.toggle(label, value, key=key, help=help_text)
    if info.type in (int, float):
        return _number(info, value, label=label, key=key, help_text=help_text)
    return st.text_input(label, str(value), key=key, help=help_text)


def _number(info: Any, value: Any, *, label: str, key: str, help_text: str) -> Any:
    kind = info.type
    return st.number_input(
        label,
        min_value=None if info.low is None else kind(info.low),
        max_value=None if info.high is None else kind(info.high),
        value=kind(value),
        step=1 if kind is int else _step(float(value)),
        format="%d" if kind is int else "%g",
        key=key,
        help=help_text,
    )


def _step(value: float) -> float:
    """A step that fits the value's own size: .6 moves by .1, 100 by 10, 1e-4 by 1e-4."""
    size = math.floor(math.log10(abs(value) or 1))
    return 10.0 ** (size - 1 if size > 0 else min(size, -1))


def title(name: str) -> str:
    """A setting's name for people: pretrain_epochs → Pretrain epochs; M stays M."""
    return name if len(name) == 1 else name[:1].upper() + name[1:].replace("_", " ")
