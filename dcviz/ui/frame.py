"""The frame of a page: its heading, what the lab allows here, and errors said in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dcviz.runs.errors import RunError
from dcviz.ui import mode, page_state, share, words

Body = Callable[[], None]
# Where no pointer hovers, Plotly shows its buttons all the time: eight of them would hide a phone's legends.
# In a narrow window the buttons of a caption go below it; beside it they would leave it a hundred pixels.
NARROW = """<style>
[class*="st-key-"][class*="_caption"] { flex-wrap: wrap; }
[class*="st-key-"][class*="_caption"] > :first-child { flex: 1 1 16rem; }
.modebar:not(.modebar--hover) .modebar-btn:not([data-val="reset"], [data-title="Fullscreen"]) {
  display: none;
}
.modebar:not(.modebar--hover) .modebar-group { background: none !important; padding-left: 0; }
.modebar:not(.modebar--hover) .modebar-btn path { fill: #7F7F7F !important; }
</style>"""
Made = TypeVar("Made")


def page(title: str, lead: str) -> Callable[[Body], Body]:
    """Turn a function into a page.

    Args:
        title: heading and name of the browser's tab.
        lead: one or two sentences that tell a stranger what the page is for.

    Returns:
        A decorator; calling what it returns shows the page.
    """

    def decorate(body: Body) -> Body:
        def show() -> None:
            st.set_page_config(page_title=f"{title} · dcviz", layout="wide")
            st.html(NARROW)
            corner = _heading(title, lead)
            try:
                body()
            except (RunError, mode.RefusedError, OSError, ValueError) as error:
                say(error)
            page_state.tell_unknown()
            with corner:
                share.offer()

        return show

    return decorate


def say(error: Exception) -> None:
    """Show what went wrong and, where the error knows it, what to do."""
    hint = getattr(error, "hint", None)
    text, hint = words.literal(str(error) or type(error).__name__), words.literal(hint or "")
    st.error(words.capitalized(text) + (f"\n\n{hint}" if hint else ""), icon=":material/error:")


def attempt(action: Callable[..., object], *arguments: object) -> bool:
    """Do something that may be refused or fail; say why if it was.

    Returns:
        True if it was done.
    """
    return done(lambda: (action(*arguments),)) is not None


def done(action: Callable[[], Made]) -> Made | None:
    """What an action that may be refused or fail gives; None after saying why it was."""
    try:
        return action()
    except (RunError, mode.RefusedError, OSError, ValueError) as error:
        say(error)
        return None


def _heading(title: str, lead: str) -> DeltaGenerator:
    """Show title and lead; returns the place beside the title, filled once the page knows its view."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="heading"):
        st.title(title, anchor=False)
        if not mode.may_change():
            here = mode.mode()
            st.badge(here, icon=":material/visibility:", color="gray", help=mode.SAID[here])
        corner = st.container(width="content", key="corner")
    st.markdown(lead)
    if not mode.may_change():
        # The badge tells only whoever can hover; grayed buttons ask why on every page.
        st.caption(f"{mode.SAID[mode.mode()].split('. ')[0].rstrip('.')}.")
    return corner
