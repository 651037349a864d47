"""The same page as a plain script: no st.App, so no routes; the viewer has to come through the websocket."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).with_name("viewer_page.py")), run_name="__main__")
