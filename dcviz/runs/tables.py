"""The threshold table that is stored beside the neighbors of an epoch, in the same file.

The name says all that the counts depend on: version, M, reading of the second filter, and which labels
"same label" means. It stands for the run's own thresholds; others are counted when they are asked for.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dcviz.runs.errors import RunError
from dcviz.runs.files import read_arrays

if TYPE_CHECKING:
    from dcviz.geometry.table import ThresholdTable

LABELS, CLUSTERS = "label", "cluster"
WORTH_STORING = 10_000
"""Points from which reading a stored table (5 ms) beats counting it (4 ms at 1,200 points, 17 ms at 20,000);
below, storing would only hold up a training that keeps every epoch."""


def name_of(m: int, reading: str, by: str | None) -> str:
    """Name of the array, say "table_v1_m5_paper_label"."""
    from dcviz.geometry.packed_table import VERSION

    return f"table_v{VERSION}_m{m}_{reading.replace(' ', '-')}_{by or 'none'}"


def worth_storing(graph: Any) -> bool:
    """Whether the table of this graph is better stored than counted when it is asked for."""
    return bool(graph.n >= WORTH_STORING)


def packed_arrays(
    graph: Any, *, thresholds: dict[str, Any], labels: np.ndarray | None, clusters: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Count the table of an epoch for storing.

    Args:
        graph: its NeighborGraph.
        thresholds: of the run, as in run.json.
        labels: (n,) true labels, or None.
        clusters: (n,) clusters of this epoch, which count where there are no labels, or None.

    Returns:
        The packed table under its name; nothing where the run's thresholds are none.
    """
    from dcviz.geometry.packed_table import pack_table
    from dcviz.geometry.table import threshold_table
    from dcviz.geometry.thresholds import Thresholds

    try:
        at = Thresholds(**thresholds)
    except (TypeError, ValueError):
        return {}
    groups = clusters if labels is None else labels
    by = None if groups is None else CLUSTERS if labels is None else LABELS
    table = threshold_table(graph, labels=groups, m=at.M, reading=at.reading)
    return {name_of(at.M, at.reading, by): pack_table(table)}


def table_of(
    file: Path, graph: Callable[[], Any], *, groups: np.ndarray | None, m: int, reading: str, by: str
) -> "ThresholdTable":
    """The table stored in a file of neighbors, or counted now where it holds none like that.

    Args:
        file: neighbors/KEY.npz.
        graph: reads the neighbors, called only where needed.
        groups: (n,) labels or clusters, or None.
        m: neighbors M.
        reading: of the second filter.
        by: what groups are, LABELS or CLUSTERS.

    Returns:
        The table; without groups it has no same-kind counts.
    """
    from dcviz.geometry.table import threshold_table

    # A run without labels stores what it counted by clusters; the rest of that is right here too.
    found = _stored(file, name_of(m, reading, CLUSTERS if groups is None else by))
    if found is None:
        return threshold_table(graph(), labels=groups, m=m, reading=reading)
    return replace(found, same_before=None, same_after=None) if groups is None else found


def _stored(file: Path, name: str) -> "ThresholdTable | None":
    """None for another M, an older run, or bytes that are damaged: then it is counted anew."""
    from dcviz.geometry.packed_table import unpack_table

    try:
        packed = read_arrays(file, (name,)).get(name)
        return None if packed is None else unpack_table(packed)
    except (RunError, ValueError):
        return None
