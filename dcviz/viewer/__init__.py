"""The latent viewer: every epoch of a run, drawn in the browser at frame rate."""

from dcviz.viewer.component import ViewState, latent_view
from dcviz.viewer.picks import picked
from dcviz.viewer.selection import selection_bytes, selection_table

__all__ = ["ViewState", "latent_view", "picked", "selection_bytes", "selection_table"]
