"""The address of the present view, to copy; and a word about what an address from elsewhere asks in vain."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dcviz.ui import address


def offer() -> None:
    """A small popover with the link to exactly this view; the code block has the copy button."""
    with st.popover("Link", type="tertiary", icon=":material/link:", key="share"):
        st.caption("This run, epoch and thresholds, as they are now. It opens for whoever reaches this lab.")
        st.code(link(st.context.url or "", address.query()), language=None, wrap_lines=True)


def link(base: str, view: dict[str, str]) -> str:
    """The address of a view.

    Args:
        base: of the page, without a query.
        view: address keys and their values.
    """
    return f"{base}?{urlencode(view)}" if view else base
