"""What belongs to one page alone, in its address: which tab is open, which data, which runs stand beside.

A widget is `kept` before it is drawn: it begins as the address says, and the address follows it. The first
choice stays out of the address, so that an untouched page has a short one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dcviz.ui import address, words

_SEEN, _KNOWN, _TOLD = "dcviz.address.seen", "dcviz.address.known", "dcviz.address.told"
OTHERS = ("part", "lesson", "word", "pinned", "embed", "embed_options")
"""Keys read by Learn itself, and by Streamlit."""


def kept(
    name: str, options: Sequence[Any], *, key: str, default: Any = None, text: Callable[[Any], str] = str
) -> Any:
    """Keep the choice of a widget in the address; call it before the widget, and give that no default.

    Args:
        name: address key; short, and its meaning never changes.
        options: what can be chosen.
        key: of the widget.
        default: the first choice; the first option if None.
        text: how a choice stands in the address.

    Returns:
        The present choice.
    """
    default = options[0] if default is None else default
    _known().add(name)
    texts = {text(option): option for option in options}
    asked = st.query_params.get(name)
    chosen = st.session_state.get(key)
    seen = st.session_state.setdefault(_SEEN, {}).get(key)
    if chosen not in options or _moved_by_address(asked, chosen, seen, text):
        chosen = texts.get(asked, default) if asked is not None else default
        st.session_state[key] = chosen
    if asked is not None and asked not in texts:
        address.refuse(name, f"here one can choose {_some(list(texts))}")
    st.session_state[_SEEN][key] = (asked, chosen)
    address.write(**{name: None if chosen == default else text(chosen)})
    return chosen


def number(name: str) -> float | None:
    """A number of at least 0 from the page's own part of the address; says so if it is none."""
    _known().add(name)
    asked = st.query_params.get(name)
    if asked is None:
        return None
    try:
        value = float(asked)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        address.refuse(name, "it must be a number at least 0")
        return None
    return value


def unknown() -> list[str]:
    """Address keys that neither this page nor any other knows: of another page, or of a newer version."""
    known = {*address.KEYS, *OTHERS, *_known()}
    return [key for key in st.query_params if key not in known]


def tell_unknown() -> None:
    """Say once which keys of the address were not understood."""
    strange = unknown()
    if strange and st.session_state.get(_TOLD) != strange:
        st.session_state[_TOLD] = strange
        names = words.literal(", ".join(key[:30] for key in strange[:5]))
        st.toast(
            f"This link also asks for {names}, which this page does not know: it comes from another page "
            "or a newer version. The rest is shown."
        )


def _moved_by_address(
    asked: str | None, chosen: Any, seen: tuple[str | None, Any] | None, text: Callable[[Any], str]
) -> bool:
    """Tell the browser's Back from a hand on the widget: only the address changed since the last run."""
    if seen is None:
        return False
    return chosen == seen[1] and asked != seen[0] and asked != text(chosen)


def _known() -> set[str]:
    return st.session_state.setdefault(_KNOWN, set())


def _some(texts: list[str], most: int = 8) -> str:
    return ", ".join(texts[:most]) + (" …" if len(texts) > most else "")
