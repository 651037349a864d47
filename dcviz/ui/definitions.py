"""What each score is: its unit, its formula and where it comes from, one click below a figure."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from dcviz.geometry.full import CLUSTER_SCORES
from dcviz.geometry.registry import EPOCH_SCORES, EpochScore
from dcviz.geometry.twist_scores import TWIST_SCORES

SCORES = EPOCH_SCORES | TWIST_SCORES | CLUSTER_SCORES


def offer(names: Iterable[str], *, key: str) -> None:
    """A popover with the definition of every curve of a figure.

    Args:
        names: of scores, in the order of the figure; ends of bands have no definition of their own.
        key: of the figure.
    """
    with st.popover("What each curve is", type="tertiary", icon=":material/menu_book:", key=f"{key}_defined"):
        st.markdown("\n\n".join(told(entry) for entry in (SCORES[name] for name in names if name in SCORES)))


def told(entry: EpochScore) -> str:
    """One score in Markdown: title, unit, formula, what it tells, source."""
    formula = f" ${entry.formula}$ ·" if entry.formula else ""
    unit = entry.unit or "no unit"
    return f"**{entry.title}** · {unit} ·{formula} {entry.caption} *Source: {entry.source}.*"
