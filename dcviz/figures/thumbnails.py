"""Small pictures of points inside figures: with boxes on them, in pairs, or beside their numbers."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from . import style

Array = np.ndarray
SIDE = 84
"""Pixels that a thumbnail is brought to: browsers blur what they enlarge themselves."""
# Shares of a picture; six of them in half a page of 700 pixels must leave their text its 15 pixels.
_GAP, _TEXT = 0.12, 0.36
# Pixels: a picture, and all of them beside each other, at most.
_LARGEST, _COLUMN = 130, 360


@dataclass(frozen=True)
class Tile:
    """A picture with what is written and drawn on it.

    Args:
        image: (H, W) or (H, W, 3) uint8; None leaves an empty frame.
        text: below it.
        boxes: (B, 4) top, left, bottom, right as shares of the picture.
        frame: (4,) one more box, dashed; or None.
    """

    image: Array | None
    text: str
    boxes: Array | None = None
    frame: Array | None = None


def tiles(shown: Sequence[Tile], *, columns: int) -> go.Figure:
    """Draw pictures row by row.

    Args:
        shown: in reading order.
        columns: pictures a row.

    Returns:
        The figure; a picture is 1 wide and 1 high on its hidden axes, which keep their proportions.
    """
    figure = go.Figure()
    for index, tile in enumerate(shown):
        x = (index % columns) * (1 + _GAP)
        y = (index // columns) * (1 + _GAP + _TEXT)
        _place(figure, tile.image, x=x, y=y)
        for box in () if tile.boxes is None else tile.boxes:
            _box(figure, box, x=x, y=y, color=style.VERMILLION, dash="solid")
        if tile.frame is not None:
            _box(figure, tile.frame, x=x, y=y, color=style.PHASES[0], dash="dash")
        if tile.text:
            figure.add_annotation(
                x=x + 0.5, y=y + 1.02, text=tile.text, showarrow=False, yanchor="top", font={"size": 11}
            )
    rows = -(-len(shown) // columns)
    high, wide = rows * (1 + _GAP + _TEXT), columns * (1 + _GAP) - _GAP
    hidden = {"visible": False, "fixedrange": True}
    figure.update_xaxes(range=[0, wide], constrain="domain", **hidden)
    figure.update_yaxes(range=[high, 0], scaleanchor="x", constrain="domain", constraintoward="top", **hidden)
    style.lay_out(figure, legend=False, height=int(30 + min(_LARGEST * columns, _COLUMN) * high / wide))
    return figure.update_layout(dragmode=False, margin={"t": 8})


def beside(images: Sequence[Array | None], values: Array, *, names: Sequence[str], unit: str) -> go.Figure:
    """Draw vectors as rows of cells, each beside the picture of its point.

    Args:
        images: P pictures as in `Tile`.
        values: (P, K).
        names: of the P points.
        unit: what the color shows.

    Returns:
        The figure.
    """
    rows, wide = values.shape
    few = wide <= 12
    heat = go.Heatmap(
        z=values, colorscale=style.SEQUENTIAL, zmin=0, zmax=1, xgap=1, ygap=2,
        texttemplate="%{z:.2f}" if few else None, colorbar={"title": {"text": unit, "side": "right"}},
        hovertemplate="%{customdata}, cluster %{x}: %{z:.4f}<extra></extra>",
        customdata=np.repeat(np.array(names, dtype=object)[:, None], wide, axis=1),
    )  # fmt: skip
    figure = go.Figure(heat)
    room = 0.15 * wide if any(image is not None for image in images) else 0.0
    for row, image in enumerate(images):
        _place(figure, image, x=-0.5 - room, y=row - 0.47, size=(room, 0.94))
    ticks = {"tickvals": list(range(rows)), "ticktext": list(names)}
    figure.update_xaxes(
        title_text="cluster", range=[-0.5 - room, wide - 0.5], tickvals=list(range(0, wide, 1 if few else 5))
    )
    figure.update_yaxes(range=[rows - 0.5, -0.5], **ticks)
    style.lay_out(figure, legend=False, height=80 + 40 * rows)
    figure.update_yaxes(showgrid=False)  # lines would run through the pictures
    return figure.update_layout(hovermode="closest", margin={"t": 8})


def _place(
    figure: go.Figure, image: Array | None, *, x: float, y: float, size: tuple[float, float] = (1, 1)
) -> None:
    if image is None:
        return
    figure.add_layout_image(
        source=png_address(image), x=x, y=y, sizex=size[0], sizey=size[1], xref="x", yref="y",
        xanchor="left", yanchor="top", sizing="contain", layer="below",
    )  # fmt: skip


def _box(figure: go.Figure, box: Array, *, x: float, y: float, color: str, dash: str) -> None:
    top, left, bottom, right = (float(side) for side in box)
    line = {"color": color, "width": 1, "dash": dash}
    figure.add_shape(type="rect", x0=x + left, x1=x + right, y0=y + top, y1=y + bottom, line=line)


def cut_out(image: Array, box: Array) -> Array:
    """What a crop shows, brought to the size of its picture, bilinear.

    Args:
        image: (H, W) or (H, W, 3) uint8.
        box: (4,) top, left, bottom, right as shares of the picture.

    Returns:
        An array like `image`.
    """
    from PIL import Image

    tall, wide = image.shape[:2]
    top, left, bottom, right = (float(side) for side in np.clip(box, 0, 1))
    place = (left * wide, top * tall, right * wide, bottom * tall)
    return np.asarray(Image.fromarray(image).resize((wide, tall), Image.Resampling.BILINEAR, box=place))


def png_address(image: Array) -> str:
    """A picture as a PNG inside an address, its pixels enlarged in whole steps so that they stay sharp."""
    from PIL import Image

    step = max(1, SIDE // max(image.shape[:2]))
    large = np.repeat(np.repeat(image, step, axis=0), step, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(large)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
