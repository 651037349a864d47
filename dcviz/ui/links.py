"""Links between pages."""

from __future__ import annotations

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dcviz.ui import address

PAGES = {
    "twist": ("pages/twist.py", "Feature Twist", ":material/gesture:"),
    "train": ("pages/train.py", "Train", ":material/model_training:"),
    "explore": ("pages/explore.py", "Explore", ":material/scatter_plot:"),
    "geometry": ("pages/geometry.py", "Geometry", ":material/show_chart:"),
    "learn": ("pages/learn.py", "Learn", ":material/school:"),
    "runs": ("pages/runs.py", "Runs", ":material/folder_open:"),
    "compare": ("pages/compare.py", "Compare", ":material/compare:"),
    "checkpoints": ("pages/checkpoints.py", "Checkpoints", ":material/deployed_code:"),
    "benchmarks": ("pages/benchmarks.py", "Benchmarks", ":material/leaderboard:"),
    "exchange": ("pages/exchange.py", "Import and export", ":material/swap_horiz:"),
}


def link(page: str, label: str, *, run: str | None = None, help: str | None = None) -> None:
    """Show a link to another page; nothing where the page runs alone and there is no other.

    Args:
        page: one of PAGES.
        label: what the link says.
        run: id of the run to show there; the present one if None.
        help: shown on hover.
    """
    path, _, icon = PAGES[page]
    query = address.query()
    if run:
        query = address.for_run(run, query) | {"run": run}
    try:
        st.page_link(path, label=label, icon=icon, help=help, query_params=query)
    except (StreamlitAPIException, KeyError):
        return
