"""A run as tables: one row an epoch, or one row a point, as data frames and as .csv or .parquet files."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.geometry.filters import split
from dcviz.geometry.registry import POINT_SCORES, PointInput
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.runs.files import write_bytes

if TYPE_CHECKING:
    import pandas as pd

FORMATS = (".csv", ".parquet")


def scores_table(run: Run) -> "pd.DataFrame":
    """One row a stored epoch: place, losses as loss_<name>, scores by their names; missing ones are empty."""
    import pandas as pd

    rows = [
        {
            "key": epoch.key,
            "epoch": epoch.position,
            "phase": epoch.phase,
            "iteration": epoch.iteration,
            "seconds": epoch.seconds,
            **{f"loss_{name}": value for name, value in epoch.losses.items()},
            **epoch.scores,
        }
        for epoch in run.epochs()
    ]
    return pd.DataFrame(rows)


def points_table(
    run: Run, key: str, thresholds: Thresholds, *, rows: Sequence[int] | None = None, latents: bool = True
) -> "pd.DataFrame":
    """One row a point of one epoch: label, cluster, split, every point score, latents z0, z1, ...

    Args:
        run: any run.
        key: of a stored epoch.
        thresholds: of core, reliable neighbors and purity.
        rows: numbers of the points wanted (a selection); all by default.
        latents: add the coordinates.

    Raises:
        DataError: if a row number lies outside 0 .. n - 1.
    """
    import pandas as pd

    z, graph, labels = run.latents(key), run.neighbors(key), run.labels()
    assigned = run.assigned(key)
    view = PointInput(z, graph, thresholds, labels, assigned["assignments"])
    columns: dict[str, np.ndarray] = {
        "point": np.arange(len(z)),
        "epoch": np.full(len(z), run.epoch(key).position),
    }
    if labels is not None:
        columns["label"] = named(labels, run.spec.get("class_names") or ())
    columns["cluster"] = assigned["assignments"]
    if "confidence" in assigned:
        columns["confidence"] = assigned["confidence"]
    columns["core"] = split(graph.distances, thresholds).core
    for name, score in POINT_SCORES.items():
        values = score.function(view)
        if values is not None:
            columns[name] = values
    if latents:
        columns |= {f"z{i}": z[:, i] for i in range(z.shape[1])}
    frame = pd.DataFrame(columns)
    return frame if rows is None else frame.iloc[_row_numbers(rows, len(frame))]


def table_bytes(frame: "pd.DataFrame", suffix: str) -> bytes:
    """A table as the bytes of a .csv or .parquet file, for a download.

    Raises:
        DataError: for another ending.
    """
    if suffix not in FORMATS:
        raise DataError(f"tables are written as {' or '.join(FORMATS)}, got {suffix or 'no ending'}")
    buffer = io.BytesIO()
    if suffix == ".csv":
        frame.to_csv(buffer, index=False)
    else:
        frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def write_table(frame: "pd.DataFrame", file: Path | str) -> Path:
    """Write a table whole or not at all; the ending says the format."""
    file = Path(file).expanduser()
    write_bytes(file, table_bytes(frame, file.suffix.lower()))
    return file


def named(labels: np.ndarray, class_names: Sequence[str]) -> np.ndarray:
    """Labels as the names of their classes where every one has a name, else the numbers."""
    if len(class_names) > labels.max(initial=-1) and labels.min(initial=0) >= 0 and len(class_names):
        return np.asarray(class_names, dtype=object)[labels]
    return labels


def _row_numbers(rows: Sequence[int], n: int) -> np.ndarray:
    chosen = np.asarray(rows, np.int64).reshape(-1)
    outside = chosen[(chosen < 0) | (chosen >= n)]
    if len(outside):
        raise DataError(f"points are numbered 0 .. {n - 1}, got {outside[0]}")
    return chosen
