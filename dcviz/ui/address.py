"""The address bar holds the view: which run, which epoch, which thresholds.

Every page reads and writes the same five keys, so that an address can be shared and a change of page keeps
the view. Streamlit clears the address when the page changes; the session remembers it and writes it again.
"""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from dcviz.geometry.thresholds import Thresholds
from dcviz.ui import words

KEYS = ("run", "epoch", "M", "lambda_ratio", "tau_distance")
_MEMORY, _NEXT = "dcviz.address", "dcviz.address.next"


def query() -> dict[str, str]:
    """The present view as address keys; keys that were never set are left out."""
    remembered: dict[str, str] = st.session_state.setdefault(_MEMORY, {})
    for key in KEYS:
        if key in st.query_params:
            remembered[key] = st.query_params[key]
    return dict(remembered)


def write(**changes: Any) -> None:
    """Put values into the address; None takes a key out. Another run forgets the old one's epoch."""
    view = query()
    if "run" in changes and view.get("run", changes["run"]) != changes["run"]:
        view.pop("epoch", None)
    for key, value in changes.items():
        if value is None:
            view.pop(key, None)
        else:
            view[key] = _text(value)
    st.session_state[_MEMORY] = view
    if {key: st.query_params[key] for key in KEYS if key in st.query_params} != view:
        # All at once: every single change would be one more step for the browser's Back.
        others = {key: st.query_params.get_all(key) for key in st.query_params if key not in KEYS}
        st.query_params.from_dict({**others, **view})


def go(**changes: Any) -> None:
    """Run the page once more with values in the address; the page calls `arrive` first.

    Streamlit drops what a script wrote into the address when it is run again before that was sent.
    """
    st.session_state[_NEXT] = changes
    st.rerun()


def arrive() -> None:
    """Put into the address what `go` was called with."""
    changes = st.session_state.pop(_NEXT, None)
    if changes:
        write(**changes)


def epoch() -> float | None:
    """The epoch the address asks for, or None; says so if it is no number."""
    return _number("epoch", low=0.0)


def thresholds(default: Thresholds) -> Thresholds:
    """The thresholds the address asks for; what it leaves out or gets wrong comes from `default`."""
    m, ratio, tau = (
        _number("M", low=1.0),
        _number("lambda_ratio", low=0.0, high=1.0),
        _number("tau_distance", low=0.0),
    )
    return Thresholds(
        M=default.M if m is None else int(m),
        lambda_ratio=default.lambda_ratio if ratio is None else ratio,
        tau_distance=default.tau_distance if tau is None else tau,
        reading=default.reading,
    )


def _number(key: str, *, low: float, high: float = math.inf) -> float | None:
    text = query().get(key)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and low <= value <= high:
        return value
    write(**{key: None})
    bound = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
    said = f"{key}={text[:40]}"
    st.toast(f"The address says {words.literal(said)}, but it must be a number {bound}.")
    return None


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
