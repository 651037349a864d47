"""Exchange: latents of any other program come in, everything of a run goes out."""

import streamlit as st

from dcviz import ui
from dcviz.ui import arrivals, departures, recipes


@ui.page(
    "Import and export",
    "Latents of any program become a run that every page works on; reports, tables and latents go out.",
)
def exchange() -> None:
    into, out, loop = st.tabs(
        [
            ":material/input: Bring latents in",
            ":material/output: Take a run out",
            ":material/code: Record a loop",
        ]
    )
    with into:
        arrivals.form()
    with loop:
        recipes.show()
    # Last: the page ends here where there is no run to take out.
    with out:
        departures.form()


exchange()
