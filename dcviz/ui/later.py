"""First things first: the heavy parts of a page wait until its picture has had the browser to itself."""

from __future__ import annotations

import streamlit as st

SECONDS = 1.5


def after_first_picture(key: str, *, height: int = 300) -> bool:
    """Tell whether the heavy parts may be shown now.

    Plotly's code keeps a slow browser busy for a second; on the first visit that second would be taken from
    the picture above. So the first run of the page shows a placeholder, and the browser comes back for the
    rest. Every later run of the page, whatever caused it, shows all of it.

    Args:
        key: of the page's own mark in the session.
        height: of the placeholder, in pixels.

    Returns:
        False on the first run of the page in a session, else True.
    """
    mark = f"later.{key}"
    if st.session_state.get(mark):
        return True
    st.fragment(_knock, run_every=SECONDS)(mark, height)
    return False


def _knock(mark: str, height: int) -> None:
    if st.session_state.get(mark):
        st.rerun()
    st.session_state[mark] = True
    st.skeleton(height=height)
