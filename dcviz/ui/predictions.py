"""Predictions: recorded before the answer is shown, kept for the visit, taken home as a table."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import streamlit as st

_KEY = "dcviz.predictions"


@dataclass(frozen=True)
class Said:
    """One prediction.

    Attributes:
        lesson: where it was asked.
        question: what was asked.
        predicted: what was said.
        observed: what happened.
        agree: True if that is the same.
        seconds: since 1970.
    """

    lesson: str
    question: str
    predicted: str
    observed: str
    agree: bool
    seconds: float


def ask(
    lesson: str, question: str, options: Mapping[str, str], right: tuple[str, ...], *, key: str
) -> str | None:
    """Ask once; the first answer is recorded and stays.

    Args:
        lesson: title of the lesson.
        question: one sentence.
        options: id -> what one may say.
        right: ids of what happens.
        key: of the widget.

    Returns:
        The id that was said, or None while nothing was.
    """
    said = recorded(key)
    chosen = st.segmented_control(
        question, list(options), key=f"{key}_said", format_func=options.__getitem__,
        default=None, disabled=said is not None,
        label_visibility="collapsed",
    )  # fmt: skip
    if said is None and chosen:
        observed = " / ".join(options[each] for each in right)
        told = Said(lesson, question, options[str(chosen)], observed, chosen in right, time.time())
        st.session_state.setdefault(_KEY, {})[key] = (str(chosen), told)
        st.rerun()
    return said


def recorded(key: str) -> str | None:
    """What was predicted under this key, or None."""
    found = st.session_state.get(_KEY, {}).get(key)
    return None if found is None else found[0]


def all_said() -> list[Said]:
    """Every prediction of this visit, in order."""
    return [told for _, told in st.session_state.get(_KEY, {}).values()]


def as_csv(said: list[Said]) -> str:
    """The predictions as a table, one line each, the first line naming the columns."""
    text = io.StringIO()
    table = csv.DictWriter(text, list(Said.__dataclass_fields__), lineterminator="\n")
    table.writeheader()
    for each in said:
        row = asdict(each)
        # A spreadsheet takes text that begins like this for a formula.
        table.writerow({k: f"'{v}" if str(v)[:1] in "=+-@" else v for k, v in row.items()})
    return text.getvalue()


def offer() -> None:
    """Let the visitor take the predictions home, once there are some."""
    said = all_said()
    if not said:
        return
    agreed = sum(each.agree for each in said)
    st.download_button(
        f"Take {len(said)} prediction{'s' if len(said) > 1 else ''} home ({agreed} as observed)",
        as_csv(said), "predictions.csv", "text/csv", icon=":material/download:", key="predictions_csv",
        on_click="ignore",
    )  # fmt: skip
