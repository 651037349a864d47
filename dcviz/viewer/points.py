"""What is known of single points: their constants over the run, and the card shown on dwelling."""

from typing import TYPE_CHECKING, Any

import numpy as np

from dcviz.geometry.filters import Thresholds, neighbor_ratio, split
from dcviz.viewer import frames
from dcviz.viewer.hood import graph_of, link_labels

if TYPE_CHECKING:
    from dcviz.runs.run import Run


def constants(run: "Run") -> bytes:
    """True labels and place along the generating curve, where the data have them: they never change."""
    arrays: dict[str, np.ndarray] = {}
    labels, position = run.labels(), run.position()
    if labels is not None:
        arrays["label"] = frames.cluster_codes(labels)
    if position is not None:
        low, high = float(position.min()), float(position.max())
        arrays["position"] = frames.byte_codes(position, low=low, high=high)
    return frames.pack("channel", {"name": "constants"}, arrays)


def card(run: "Run", key: str, point: int, thresholds: Thresholds) -> dict[str, Any]:
    """Everything the card of one point says, with the numbers its formulas are written out with.

    Args:
        run: the run.
        key: stored epoch.
        point: row, from 0.
        thresholds: the present ones.

    Returns:
        JSON values: label, cluster, confidence, ratio with D_1 and D_M, core, and per neighbor its row,
        distance, gap, whether it is reliable and whether it carries the same label.

    Raises:
        IndexError: if there is no such point.
    """
    graph = graph_of(run, key).first(min(thresholds.M, graph_of(run, key).width))
    n = graph.indices.shape[0]
    if not 0 <= point < n:
        raise IndexError(f"Point {point} does not exist: the run has {n} points, 0 to {n - 1}.")
    # The rest of the graph matters to one reading of the threshold, so the split is taken of all rows.
    masks = split(graph.distances, thresholds)
    labels, word = link_labels(run, key)
    row, near = graph.indices[point], graph.distances[point]
    neighbors = [
        {
            "point": int(other),
            "distance": float(distance),
            "gap": float(distance - near[0]),
            "reliable": bool(masks.reliable[point, j]),
            "same": None if labels is None else bool(labels[other] == labels[point]),
        }
        for j, (other, distance) in enumerate(zip(row, near, strict=True))
    ]
    return {
        "point": point,
        "key": key,
        "same_by": word,
        "core": bool(masks.core[point]),
        "ratio": float(neighbor_ratio(graph.distances[point : point + 1])[0]) if near.size else None,
        "neighbors": neighbors,
        **_names(run, key, point),
    }


def _names(run: "Run", key: str, point: int) -> dict[str, Any]:
    labels, assigned = run.labels(), run.assigned(key)
    clusters, confidence = assigned.get("assignments"), assigned.get("confidence")
    return {
        "label": None if labels is None else int(labels[point]),
        "cluster": None if clusters is None else int(clusters[point]),
        "confidence": None if confidence is None else float(confidence[point]),
    }
