"""dcviz looks: data, geometry, run folders, engine, figures, viewer and pages of the lab.

Importing this imports nothing; `dcviz.record` and `dcviz.finish` are fetched when they are used.
"""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Fetch what a training loop elsewhere needs: record(run, epoch, z) and finish()."""
    if name in ("record", "finish"):
        import dcviz.exchange.record as recording

        return getattr(recording, name)
    raise AttributeError(f"module 'dcviz' has no attribute {name!r}")
