"""Taking one figure away: as PDF, SVG or PNG, as numbers, and as the Python that makes it again."""

from __future__ import annotations

from functools import partial

import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.calls import Drawing
from dcviz.figures.saving import FORMATS, figure_bytes, missing


def offer(drawing: Drawing, *, key: str) -> None:
    """A popover with files and lines; what it holds is made when it is opened, files when they are pressed.

    Args:
        drawing: the figure as shown, and the lines that compute it again.
        key: of the figure.
    """
    popover = st.popover(
        "Save", type="tertiary", icon=":material/download:", key=f"{key}_save", on_change="rerun"
    )
    if not popover.open:
        return
    with popover:
        _files(drawing.figure, key)
        st.caption("The same figure, computed again; in the folder of this lab:")
        st.code(drawing.lines, language="python")


def _files(figure: go.Figure, key: str) -> None:
    lacking = missing()
    with st.container(horizontal=True, key=f"{key}_files"):
        for kind, mime in FORMATS.items():
            st.download_button(
                kind.upper(), data=partial(figure_bytes, figure, kind), file_name=f"{key}.{kind}", mime=mime,
                key=f"{key}_{kind}", on_click="ignore", disabled=bool(lacking),
            )  # fmt: skip
        st.download_button(
            "Numbers", data=lambda: str(figure.to_json()), file_name=f"{key}.json", mime="application/json",
            key=f"{key}_json", on_click="ignore",
        )  # fmt: skip
    if lacking:
        st.caption(lacking)
