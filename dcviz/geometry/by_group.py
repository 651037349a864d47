"""The dimensions of every cluster or class by itself, as rows for a table."""

from typing import Any

import numpy as np

from dcviz.geometry.estimate import difference
from dcviz.geometry.linear import linear_dimension_by_group, participation_ratio_by_group
from dcviz.geometry.neighbors import NeighborGraph
from dcviz.geometry.score_parts import finite_or_none
from dcviz.geometry.twonn import two_nn_by_group


def dimensions_by_group(z: np.ndarray, graph: NeighborGraph, groups: np.ndarray) -> list[dict[str, Any]]:
    """Measure ID, LID, participation ratio and curvature of each group.

    Args:
        z: (n, d) latents.
        graph: their neighbor graph.
        groups: (n,) integers; -1 (noise) is left out.

    Returns:
        One row a group, ascending: group, n, id with id_low and id_high, lid, participation_ratio, curvature;
        None where it is undefined, with `reason`.
    """
    intrinsic = two_nn_by_group(graph, groups, z=z)
    linear, spread = linear_dimension_by_group(z, groups), participation_ratio_by_group(z, groups)
    rows = []
    for name, found in intrinsic.items():
        row = {
            "group": name,
            "n": int((groups == name).sum()),
            "id": found.number,
            "id_low": finite_or_none(found.low),
            "id_high": finite_or_none(found.high),
            "lid": linear[name].number,
            "participation_ratio": spread[name].number,
            "curvature": difference(linear[name], found).number,
        }
        reason = found.reason or linear[name].reason
        rows.append({**row, "reason": reason} if reason else row)
    return rows
