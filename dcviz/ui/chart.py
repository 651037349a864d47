"""One way to show a figure: the figure, what it says in words, and the formula one click deeper."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dcviz.exchange.calls import Drawing
from dcviz.ui import keep

FORMAT = "figure_format"
"""Key of the session under which the page keeps how figures are saved."""
_CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]}


@dataclass(frozen=True)
class Caption:
    """What has to be said below every figure.

    Attributes:
        drawn: what is drawn, one plain sentence.
        formula: LaTeX, with the present numbers substituted where there are some.
        symbols: what each symbol of the formula is, with its unit.
        points: how many points or pairs the numbers rest on.
        settings: settings of the estimator.
        not_shown: one thing a reader may take from the figure by mistake.
    """

    drawn: str
    formula: str
    symbols: str
    points: str
    settings: str
    not_shown: str


def chart(
    drawing: Drawing,
    caption: Caption,
    *,
    key: str,
    alt: str,
    table: pd.DataFrame | None = None,
    least_width: int = 0,
) -> None:
    """Show a figure with its caption.

    Args:
        drawing: the figure with the lines that compute it again, from dcviz.exchange.calls.drawn.
        caption: what it draws and what it does not.
        key: of the widgets; unique on the page and the same on every run of the script.
        alt: the figure in one sentence, for those who cannot see it.
        table: the numbers drawn, offered beside the formula.
        least_width: pixels that the figure needs; a narrower page scrolls it sideways.
    """
    if least_width:
        place = f".st-key-{key}"
        st.html(f"<style>{place} {{overflow-x: auto}} {place} > * {{min-width: {least_width}px}}</style>")
    saved = {"format": st.session_state.get(FORMAT, "png"), "filename": key, "scale": 2}
    st.plotly_chart(drawing.figure, key=key, alt=alt, config={**_CONFIG, "toImageButtonOptions": saved})
    explain(caption, key=key, table=table, drawing=drawing)


def explain(
    caption: Caption,
    *,
    key: str,
    table: pd.DataFrame | None = None,
    drawing: Drawing | None = None,
) -> None:
    """Write a caption: the plain words at once, the formula, the numbers and the files in popovers."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="top", key=f"{key}_caption"):
        st.caption(f"{caption.drawn} {caption.points} **Not shown:** {caption.not_shown}", width="stretch")
        with st.popover("Formula", type="tertiary", icon=":material/function:", key=f"{key}_formula"):
            st.latex(caption.formula)
            st.caption(caption.symbols)
            st.caption(f"**Settings.** {caption.settings}")
            if table is not None:
                st.dataframe(table, hide_index=True, key=f"{key}_table", height=240, placeholder="–")
        if drawing is not None:
            keep.offer(drawing, key=key)
