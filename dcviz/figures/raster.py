"""Points as pixels: pictures of many points for print and for comparisons. The viewer draws the rest."""

from __future__ import annotations

import base64
import io

import numpy as np

SIDE, MARGIN, DOT = 560, 14, 5


def raster(
    places: np.ndarray, colors: np.ndarray, *, filled: np.ndarray | None = None, side: int = SIDE
) -> np.ndarray:
    """Stamp one small disc a point on white; rings where a point is not filled.

    Args:
        places: (n, 2) in -1..1, x to the right and y upwards; points outside are left out.
        colors: (n, 3) uint8.
        filled: (n,) bool, drawn last so that they stay visible; all by default.
        side: of the square picture, in pixels.

    Returns:
        (side, side, 3) uint8.
    """
    image = np.full((side, side, 3), 255, np.uint8)
    whole = np.ones(len(places), bool) if filled is None else np.asarray(filled, bool)
    shown = np.abs(places).max(axis=1, initial=0) <= 1
    reach = side - 2 * MARGIN - 1
    columns = (MARGIN + (places[:, 0] + 1) / 2 * reach).astype(int)
    rows = (MARGIN + (1 - places[:, 1]) / 2 * reach).astype(int)
    for disc in (False, True):
        chosen = np.flatnonzero(shown & (whole == disc))
        for dy, dx in _stamp(filled=disc):
            image[rows[chosen] + dy, columns[chosen] + dx] = colors[chosen]
    return image


def framed(plane: np.ndarray) -> tuple[np.ndarray, float]:
    """Center a picture and scale it into -1..1; a few far points may fall outside.

    Args:
        plane: (n, 2) coordinates.

    Returns:
        The places, and how wide the frame is in the unit of the coordinates.
    """
    low, high = np.quantile(plane, 0.002, axis=0), np.quantile(plane, 0.998, axis=0)
    reach = max(float((high - low).max()) * 0.54, 1e-12)
    return (plane - (low + high) / 2) / reach, 2 * reach


def rgb(color: str) -> tuple[int, int, int]:
    """A hexadecimal color as numbers."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def data_address(image: np.ndarray) -> str:
    """A picture as a PNG inside an address, for a page that asks no network."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).quantize(64).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _stamp(*, filled: bool) -> list[tuple[int, int]]:
    """Offsets of the pixels of a disc, or of its rim."""
    radius = DOT / 2
    reach = range(-(DOT // 2), DOT // 2 + 1)
    disc = [(y, x) for y in reach for x in reach if y * y + x * x <= radius * radius]
    return disc if filled else [(y, x) for y, x in disc if y * y + x * x > (radius - 1.2) ** 2]
