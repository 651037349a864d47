"""Exchange: latents of any other program come in, everything of a run goes out."""

import streamlit as st

from dcviz import ui
from dcviz.ui import arrivals, departures, page_state, recipes

TABS = {
    "in": ":material/input: Bring latents in",
    "out": ":material/output: Take a run out",
    "loop": ":material/code: Record a loop",
}


@ui.page(
    "Import and export",
    "Latents of any program become a run that every page works on; reports, tables and latents go out.",
)
def exchange() -> None:
    names = {title: name for name, title in TABS.items()}
    page_state.kept("tab", list(names), key="exchange_tab", text=names.__getitem__)
    into, out, loop = st.tabs(list(names), key="exchange_tab", on_change="rerun")
    with into:
        arrivals.form()
    with loop:
        recipes.show()
    # Drawn when looked at: a download button that waits in a closed tab is registered anew by the
    # rerun of opening it, and a quick click on the old one fails. Last: the page ends here without a run.
    if out.open:
        with out:
            departures.form()


exchange()
