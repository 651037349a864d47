"""The neighbor graph of an epoch as a file; found again, and kept in the cache, where a run ships without.

The examples come with latents alone. Their graphs are found when somebody first asks for them, or all at once
by `python -m dcviz graphs --all`, and lie in `DCVIZ_CACHE/graphs` from then on: the folder of a run that may
only be looked at stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dcviz.data.paths import cache_root
from dcviz.runs.errors import RunError
from dcviz.runs.files import read_arrays, write_arrays

if TYPE_CHECKING:
    from dcviz.geometry.neighbors import NeighborGraph

ARRAYS = ("indices", "distances", "backend", "recall", "collapsed")
VERSION = 1
"""Of what finds the graphs: a higher number leaves older files behind."""


def graph_arrays(graph: Any) -> dict[str, np.ndarray]:
    """A NeighborGraph as the arrays of its .npz file."""
    return {
        "indices": np.asarray(graph.indices, dtype=np.int32),
        "distances": np.asarray(graph.distances, dtype=np.float32),
        "backend": np.asarray(str(graph.backend)),
        "recall": np.asarray(np.nan if graph.recall is None else graph.recall, dtype=np.float64),
        "collapsed": np.asarray(bool(graph.collapsed)),
    }


def read_graph(path: Path) -> NeighborGraph:
    """The graph in a file.

    Raises:
        RunError: if the file is missing or damaged.
    """
    from dcviz.geometry.neighbors import NeighborGraph

    stored = read_arrays(path, ARRAYS)
    if missing := set(ARRAYS) - set(stored):
        raise RunError(f"{path.name} is no neighbor graph: {', '.join(sorted(missing))} is missing")
    return NeighborGraph(
        indices=stored["indices"],
        distances=stored["distances"],
        backend=str(stored["backend"]),
        recall=None if np.isnan(stored["recall"]) else float(stored["recall"]),
        collapsed=bool(stored["collapsed"]),
    )


def kept_path(folder: Path, key: str, m: int) -> Path | None:
    """Where the graph of an epoch is kept in the cache; None where its latents are not one file.

    The name holds where the run lies and the size and time of its latents, so that no other latents are ever
    taken for these.
    """
    latents = folder / "latents" / f"{key}.npy"
    try:
        stat = latents.stat()
    except OSError:
        return None
    what = f"{latents.resolve()} {stat.st_size} {stat.st_mtime_ns} {m} {VERSION}"
    name = hashlib.sha256(what.encode()).hexdigest()[:20]
    return cache_root() / "graphs" / folder.name / f"{key}-{name}.npz"


def found_again(folder: Path, key: str, m: int, latents: Callable[[], np.ndarray]) -> NeighborGraph:
    """The graph of an epoch that ships without: from the cache, else found now and kept there.

    Latents in several files have no place in the cache: their graph is found anew each time.

    Args:
        folder: of the run.
        key: of the epoch.
        m: neighbors a point.
        latents: reads them, (n, d).
    """
    from dcviz.geometry.neighbors import neighbor_graph

    path = kept_path(folder, key, m)
    if path is not None and path.exists():
        with suppress(RunError):  # damaged: found once more
            return read_graph(path)
    graph = neighbor_graph(latents(), m=m)
    if path is not None:
        with suppress(OSError):  # no room, or a cache that may not be written: found again next time
            write_arrays(path, graph_arrays(graph))
    return graph
