"""Thumbnails of a run's points, cut out of its sprite atlas."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.runs import Run
from dcviz.runs.errors import RunError
from dcviz.runs.files import read_json

Array = np.ndarray


def thumbnails(run: Run, rows: Sequence[int] | Array) -> list[Array | None]:
    """Pictures of some points, (H, W) or (H, W, 3) uint8; None for each where the data are no pictures."""
    if run.sprites() is None:
        return [None] * len(rows)
    folder = run.path / "data"
    layout: dict[str, Any] = read_json(folder / "sprite.json")
    return [_cut(folder, layout, int(row)) for row in rows]


def _cut(folder: Path, layout: dict[str, Any], row: int) -> Array | None:
    page, place = divmod(row, int(layout["per_page"]))
    path = folder / str(layout["files"][page])
    cell, columns = int(layout["cell"]), int(layout["columns"])
    top, left = cell * (place // columns), cell * (place % columns)
    atlas = _page(str(path), path.stat().st_mtime_ns)
    return atlas[top : top + int(layout["height"]), left : left + int(layout["width"])]


@lru_cache(maxsize=4)
def _page(path: str, stamp: int) -> Array:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))
    except (OSError, ValueError) as error:
        raise RunError(f"the thumbnails {Path(path).name} cannot be read: {error}") from error
