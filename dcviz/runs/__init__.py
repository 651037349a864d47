"""runs: the run folder, the only thing that learning and looking share.

A run is one training, kept as plain files that numpy and the standard library can read. `Run` reads
one, `RunStore` lists many, `RunWriter` is the worker's pen. Nothing here imports torch or Streamlit.
"""

from dcviz.runs.run import Run
from dcviz.runs.store import RunStore, default_store

__all__ = ["Run", "RunStore", "default_store"]
