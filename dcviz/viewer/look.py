"""How a viewer looks beside cursor and thresholds: color, plane, camera, selection; as it fits an address."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

MOST_AXES = 16
"""Principal axes a viewer offers, to choose from and to turn by hand."""
_TOUR = re.compile(r"tour((?:_-?\d{1,4}){2,32})")


@dataclass(frozen=True)
class Look:
    """What a page asks of the looks of a viewer; None leaves a part as it is.

    Args:
        color: color mode.
        projection: name of the projection (`pca-0-1`, `aligned`, `umap`), or `tour_A_B_...` for a plane
            turned by hand: thousandths of what principal axis 1 has across and up, then axis 2, and so on.
        camera: `x,y,zoom`, the middle in the plane's unit and the zoom against the view of everything.
        selection: rows as a bit set in base64, point i in bit i % 8 of byte i // 8.
    """

    color: str | None = None
    projection: str | None = None
    camera: str | None = None
    selection: str | None = None

    def differs(self, *known: Look) -> bool:
        """Tell whether any part asked for is in none of the known looks."""
        return any(
            value is not None and value not in {getattr(look, part.name) for look in known}
            for part in fields(self)
            for value in [getattr(self, part.name)]
        )


def camera_text(told: Any) -> str | None:
    """The camera as `x,y,zoom` with five digits; None for anything else, and for the view of everything."""
    parts = told.split(",") if isinstance(told, str) else told
    try:
        x, y, zoom = (float(part) for part in parts)
    except (TypeError, ValueError):
        return None
    fine = all(map(math.isfinite, (x, y, zoom))) and zoom > 0
    return f"{x:.5g},{y:.5g},{zoom:.5g}" if fine else None


NO_LOOK = Look()
"""Asks for nothing."""


def is_tour(projection: str) -> bool:
    """Tell whether a name is that of a plane turned by hand: an even number of coefficients."""
    match = _TOUR.fullmatch(projection)
    return match is not None and match[1].count("_") % 2 == 0


def look_of(view: Mapping[str, Any]) -> Look:
    """The look a browser told of, untrusted; parts that are missing or empty are None."""
    text = {
        name: view.get(name) if isinstance(view.get(name), str) else None for name in ("color", "projection")
    }
    chosen = view.get("selection")
    return Look(
        **text,
        camera=camera_text(view.get("camera")),
        selection=chosen if isinstance(chosen, str) and chosen else None,
    )


def bits_of(rows: np.ndarray, n: int) -> str:
    """Rows as a bit set in base64, the way the browser writes it."""
    mask = np.zeros(n, bool)
    mask[rows] = True
    return base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode()


def rows_of(text: Any, n: int) -> np.ndarray:
    """Rows of a bit set in base64, ascending; none for anything malformed."""
    if not isinstance(text, str) or not text:
        return np.zeros(0, np.int64)
    try:
        raw = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except ValueError:
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.unpackbits(raw, bitorder="little")[:n])
