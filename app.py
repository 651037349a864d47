"""The frame of the lab: `streamlit run app.py`.

Streamlit reads this file twice. The server imports it as `app` and finds the application with the routes
that carry the viewer's frames; each visit then runs it as a script, which shows the menu and the page.
"""

import streamlit as st

from dcviz.ui.icon import ICON
from dcviz.ui.links import PAGES

if __name__ == "__main__":
    st.set_page_config(page_title="dcviz", page_icon=ICON, layout="wide")
    menu = [
        st.Page(path, title=title, icon=icon, default=name == "twist")
        for name, (path, title, icon) in PAGES.items()
    ]
    st.navigation(menu, position="top").run()
else:
    from streamlit.runtime.pages_manager import PagesManager

    from dcviz.ui import warm  # noqa: F401  seconds of imports, taken before the server answers
    from dcviz.viewer.routes import ROUTES

    # Otherwise a first visit to a page's own address runs that page without this frame: Streamlit takes a
    # folder named pages/ for the older kind of app until st.navigation was called once.
    PagesManager.uses_pages_directory = False
    app = st.App(__file__, routes=ROUTES)
