"""The point that was clicked in a viewer, for pages that let people choose one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from dcviz.runs.run import Run


def picked(run: "Run", key: str) -> tuple[int, int] | None:
    """Tell which point was clicked last in a viewer with `marks`.

    To be asked before the viewer is drawn, so that widgets above it can follow.

    Args:
        run: the run it shows.
        key: of the viewer.

    Returns:
        Number of the click, from 1, and row of the point; None before the first click, or if what the
        browser sent names no point of this run.
    """
    view = _mapping(_mapping(st.session_state.get(key)).get("view"))
    found = _mapping(view.get("picked"))
    number, point = (_whole(found.get(name)) for name in ("number", "point"))
    if view.get("run") != run.id or number is None or point is None:
        return None
    return (number, point) if 0 <= point < int(run.spec.get("n") or 0) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whole(value: Any) -> int | None:
    """A number of the browser as a whole one; None for anything else."""
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
    return int(value) if whole else None
