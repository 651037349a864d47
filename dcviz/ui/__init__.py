"""ui: what the pages are made of; only this, pages/ and the viewer's component use Streamlit."""

from dcviz.ui.frame import page
from dcviz.ui.links import link

__all__ = ["link", "page"]
