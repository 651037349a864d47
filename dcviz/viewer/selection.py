"""The selected points as a table to take away."""

import io
from typing import TYPE_CHECKING

import numpy as np

from dcviz.geometry.filters import neighbor_ratio, split
from dcviz.viewer.component import ViewState
from dcviz.viewer.hood import graph_of

if TYPE_CHECKING:
    import pandas as pd

    from dcviz.runs.run import Run


def selection_table(run: "Run", view: ViewState) -> "pd.DataFrame":
    """Put all that is known of the selected points at the present epoch into one table.

    Args:
        run: the run.
        view: what the viewer returned; of an empty selection the table has no rows.

    Returns:
        One row a point: point (its row in the data), run, epoch key, label, cluster, confidence, ratio,
        core (under the thresholds of the view), reliable (number of reliable neighbors), z0, z1, ...
    """
    import pandas as pd

    if view.key is None:
        return pd.DataFrame({"point": np.zeros(0, np.int64)})
    rows, key = view.selection, view.key
    distances = graph_of(run, key).distances
    masks = split(distances, view.thresholds)
    columns: dict[str, object] = {"point": rows, "run": run.id, "epoch": key}
    labels = run.labels()
    if labels is not None:
        columns["label"] = labels[rows]
    for name, column in (("assignments", "cluster"), ("confidence", "confidence")):
        values = run.assigned(key).get(name)
        if values is not None:
            columns[column] = values[rows]
    columns["ratio"] = neighbor_ratio(distances[rows, : view.thresholds.M])
    columns["core"] = masks.core[rows]
    columns["reliable"] = masks.reliable[rows].sum(axis=1)
    latents = run.pieces(key)[rows]
    columns |= {f"z{axis}": latents[:, axis] for axis in range(latents.shape[1])}
    return pd.DataFrame(columns)


def selection_bytes(run: "Run", view: ViewState, ending: str) -> bytes:
    """Write the table of the selected points as a file.

    Args:
        run: the run.
        view: what the viewer returned.
        ending: "csv", readable everywhere, or "parquet", which keeps the types of the columns.

    Returns:
        The file's bytes. Both hold the same rows and columns.

    Raises:
        ValueError: for another ending.
    """
    if ending not in ("csv", "parquet"):
        raise ValueError(f"A selection is written as csv or parquet, not as {ending!r}.")
    table = selection_table(run, view)
    if ending == "csv":
        return table.to_csv(index=False).encode()
    file = io.BytesIO()
    table.to_parquet(file, engine="pyarrow", index=False)
    return file.getvalue()
