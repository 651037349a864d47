"""The address of the present view, to copy; and a word about what an address from elsewhere asks in vain."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dcviz.ui import address
from dcviz.ui.chart import FORMAT


def offer() -> None:
    """A small popover: the link to this view (its block copies it), and how figures are saved."""
    with st.popover("Link", type="tertiary", icon=":material/link:", key="share"):
        st.caption("This run, epoch and thresholds, as they are now. It opens for whoever reaches this lab.")
        st.code(link(st.context.url or "", address.query()), language=None, wrap_lines=True)
        st.radio(
            "The camera above each figure saves it as", ["png", "svg"], key=FORMAT, horizontal=True,
            persist_state="session",
            help="SVG stays sharp at any size. For PDF, print it, or the report of Import and export.",
        )  # fmt: skip


def link(base: str, view: dict[str, str]) -> str:
    """The address of a view.

    Args:
        base: of the page, without a query.
        view: address keys and their values.
    """
    return f"{base}?{urlencode(view)}" if view else base
