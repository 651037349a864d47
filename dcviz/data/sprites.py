"""Sprite atlases: the thumbnails of all samples in a few PNG files.

Layout: square cells of ``cell`` pixels, row-major, ``columns`` cells a row, ``per_page`` cells a page.
Point i lies on page i // per_page; with j = i % per_page its cell is column j % columns, row j // columns.
A smaller picture sits in the upper left corner of its cell; unused cells are black.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from dcviz.data.dataset import DataError, Dataset


def sprite_files(data: Dataset, *, cell: int = 28, max_side: int = 4096) -> Iterator[tuple[str, bytes]]:
    """Make the atlas page by page, for the caller to write.

    Pages instead of one large picture: browsers keep a picture unpacked, four bytes a pixel, and most
    refuse sides above some thousand pixels. 70,000 digits of 28x28 become four pages.

    Args:
        data: pictures or volumes; of a volume the middle slice is shown.
        cell: largest side of a thumbnail in pixels; larger pictures are made smaller, smaller ones stay.
        max_side: largest side of a page in pixels.

    Yields:
        File name and content: sprite.png, sprite-1.png, ..., last sprite.json with the layout; nothing
        at all if the data are not pictures. Beside `sprite_layout`, sprite.json has width and height of a
        thumbnail and its mode, "L" or "RGB".

    Raises:
        DataError: if a cell does not fit on a page.
    """
    if data.image_shape is None:
        return
    layout, first = sprite_layout(data, cell=cell, max_side=max_side), _thumbnails(data, slice(0, 1), cell)
    layout |= {"height": first.shape[1], "width": first.shape[2], "mode": "RGB" if first.ndim == 4 else "L"}
    for page, name in enumerate(layout["files"]):
        rows = slice(page * layout["per_page"], min((page + 1) * layout["per_page"], data.n))
        yield name, _page_png(_thumbnails(data, rows, cell), layout["cell"], layout["columns"])
    yield "sprite.json", json.dumps(layout).encode()


def sprite_layout(data: Dataset, *, cell: int = 28, max_side: int = 4096) -> dict[str, Any]:
    """Decide where each thumbnail goes, as described at the top of this file.

    Args:
        data: pictures or volumes.
        cell: largest side of a thumbnail in pixels.
        max_side: largest side of a page in pixels.

    Returns:
        n, cell, columns, per_page, pages, files.

    Raises:
        DataError: if data are not pictures or a cell does not fit on a page.
    """
    if data.image_shape is None:
        raise DataError(
            f"{data.name}: plain vectors have no thumbnails; give image_shape if they are pictures."
        )
    side = min(cell, max(data.image_shape[-2:]))
    if not 1 <= side <= max_side:
        raise DataError(f"cell must lie in 1 to max_side ({max_side}) pixels, got {cell}.")
    most = max_side // side
    columns = min(most, int(np.ceil(np.sqrt(data.n))))
    per_page = columns * most
    pages = -(-data.n // per_page)
    files = ["sprite.png", *(f"sprite-{page}.png" for page in range(1, pages))]
    return {
        "n": data.n,
        "cell": side,
        "columns": columns,
        "per_page": per_page,
        "pages": pages,
        "files": files,
    }


def _thumbnails(data: Dataset, rows: slice, cell: int) -> np.ndarray:
    """Return (rows, h, w) or (rows, h, w, 3) uint8, no side longer than the cell."""
    assert data.image_shape is not None
    pictures = data.x[rows].reshape(-1, *data.image_shape)
    if pictures.ndim == 5:
        pictures = pictures[:, :, pictures.shape[2] // 2]  # middle slice: (rows, C, H, W)
    pictures = _as_bytes(pictures, data)
    pictures = pictures[:, 0] if pictures.shape[1] == 1 else np.moveaxis(pictures, 1, -1)
    height, width = pictures.shape[1:3]
    if max(height, width) <= cell:
        return pictures
    from PIL import Image

    ratio = cell / max(height, width)
    size = (max(1, round(width * ratio)), max(1, round(height * ratio)))
    return np.stack([np.asarray(Image.fromarray(p).resize(size, Image.Resampling.BOX)) for p in pictures])


def _as_bytes(pictures: np.ndarray, data: Dataset) -> np.ndarray:
    """Bring used values 0..1 to 0..255; other floats by the smallest and largest of the whole set.

    So do pictures that would be dark, none of whose values reaches .9: rows of unit length.
    """
    if pictures.dtype == np.uint8 and np.isclose(data.scale, 1 / 255):
        return pictures
    used = pictures.astype(np.float32) * data.scale
    low, high = float(data.x.min()) * data.scale, float(data.x.max()) * data.scale
    if low < 0 or not 0.9 <= high <= 1:
        used = (used - low) / max(high - low, 1e-12)
    return np.round(used * 255).astype(np.uint8)


def _page_png(thumbnails: np.ndarray, cell: int, columns: int) -> bytes:
    from PIL import Image

    height, width, *channels = thumbnails.shape[1:]
    lines = -(-len(thumbnails) // columns)
    cells = np.zeros((lines * columns, cell, cell, *channels), np.uint8)
    cells[: len(thumbnails), :height, :width] = thumbnails
    grid = np.moveaxis(cells.reshape(lines, columns, *cells.shape[1:]), 1, 2)  # (lines, cell, columns, cell)
    content = io.BytesIO()
    Image.fromarray(grid.reshape(lines * cell, columns * cell, *channels)).save(content, format="PNG")
    return content.getvalue()
