"""The address bar holds the view: which run, which epoch, which thresholds.

Every page reads and writes the same keys, so that an address can be shared and a change of page keeps the
view: run, epoch, thresholds, and how the viewer looks. Streamlit clears the address when the page changes;
the session remembers it and writes it again. What belongs to one page alone is in `page_state`.

A key never changes its meaning, so links of older versions go on to open; a key that is not known is said.
"""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from dcviz.geometry.thresholds import READINGS, Thresholds
from dcviz.ui import words

THRESHOLDS = ("M", "lambda_ratio", "tau_distance", "reading")
LOOK = ("color", "projection", "camera", "selection")
KEYS = ("run", "epoch", *THRESHOLDS, *LOOK)
OF_RUN = ("epoch", "camera", "selection")
"""Keys that say nothing about another run."""
_MEMORY, _NEXT = "dcviz.address", "dcviz.address.next"


def query() -> dict[str, str]:
    """The present view as address keys; keys that were never set are left out."""
    remembered: dict[str, str] = st.session_state.setdefault(_MEMORY, {})
    if st.query_params.get("run", remembered.get("run")) != remembered.get("run"):
        for key in OF_RUN:
            remembered.pop(key, None)
    for key in KEYS:
        if key in st.query_params:
            remembered[key] = st.query_params[key]
    return dict(remembered)


def write(**changes: Any) -> None:
    """Put values into the address; None takes a key out. Another run forgets what belonged to the old one.

    Keys outside KEYS belong to the page; they are gone when it changes.
    """
    view = query()
    if "run" in changes:
        view = for_run(str(changes["run"]), view)
    page = {key: st.query_params.get_all(key) for key in st.query_params if key not in KEYS}
    for key, value in changes.items():
        place: dict[str, Any] = view if key in KEYS else page
        if value is None:
            place.pop(key, None)
        else:
            place[key] = _text(value) if key in KEYS else [_text(value)]
    st.session_state[_MEMORY] = view
    wanted = {**page, **{key: [value] for key, value in view.items()}}
    if {key: st.query_params.get_all(key) for key in st.query_params} != wanted:
        # All at once: every single change would be one more step for the browser's Back.
        st.query_params.from_dict(wanted)


def for_run(run: str, view: dict[str, str]) -> dict[str, str]:
    """A view turned to a run: what belongs to another one is left out."""
    same = view.get("run", run) == run
    return {key: value for key, value in view.items() if same or key not in OF_RUN}


def refuse(key: str, why: str) -> None:
    """Take a value out of the address that cannot be, and say why."""
    said = f"{key}={(st.query_params.get(key) or query().get(key, ''))[:40]}"
    write(**{key: None})
    st.toast(f"The address says {words.literal(said)}, but {words.literal(why)}.")


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
        reading=_reading() or default.reading,
    )


def _reading() -> str | None:
    asked = query().get("reading")
    if asked is None or asked in READINGS:
        return asked
    refuse("reading", f"the second filter is read as {', '.join(READINGS)}")
    return None


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
    bound = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
    refuse(key, f"it must be a number {bound}")
    return None


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
