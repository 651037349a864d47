"""How each kind of a method's panels is drawn for one epoch; which method it is plays no part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dcviz.figures.histogram import histogram
from dcviz.figures.spreads import bars, functions, matrix, outlines, spread
from dcviz.figures.thumbnails import Tile, beside, cut_out, tiles
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import words
from dcviz.ui.thumbnails import thumbnails
from models.catalog import MethodEntry
from models.catalog.entry import Panel

Array = np.ndarray
SHOWN, PAIRED, CROPPED, PARTNERS = 12, 120, 4, 6
SIMILAR, NEITHER, DISSIMILAR = 1.0, 0.5, 0.0
_SORTS = {"tickvals": [DISSIMILAR, NEITHER, SIMILAR], "ticktext": ["dissimilar", "neither", "similar"]}


@dataclass(frozen=True)
class Seen:
    """What a panel is drawn from: the arrays of one epoch by name, and numbers beside them."""

    run: Run
    entry: MethodEntry
    panel: Panel
    epoch: Epoch
    arrays: Mapping[str, Array]

    def all(self) -> list[Array]:
        """The arrays that the panel asks for, in its order."""
        return [self.arrays[name] for name in self.panel.of]

    def title(self, name: str) -> str:
        """What an extra is called, with its unit."""
        extra = self.entry.extras.get(name)
        return extra.title if extra else f"{name.replace('_', ' ')} (no unit)"

    def cut(self) -> float | None:
        """The number that the panel marks."""
        return None if self.panel.cut is None else self.epoch.extras.get(self.panel.cut)

    def setting(self, name: str) -> Any:
        """A setting of the run."""
        return self.run.spec["settings"][name]


@dataclass(frozen=True)
class Drawn:
    """A figure with what its caption has to add.

    Attributes:
        figure: the figure.
        points: how many points or pairs it rests on.
        alt: the figure in a sentence.
        table: the numbers, or None.
    """

    figure: go.Figure
    points: str
    alt: str
    table: pd.DataFrame | None = None


def _histogram(seen: Seen) -> Drawn:
    values, name, cut = seen.all()[0], seen.panel.of[0], seen.cut()
    each = f" × {values.shape[1]} clusters" if values.ndim == 2 else ""
    points = f"{len(values):,} points{each}."
    if cut is None:
        alt = f"Histogram of {seen.title(name)}, median {np.median(values):.3g}"
        return Drawn(spread(values, title=seen.title(name)), points, alt)
    marked = f"{seen.panel.cut} = {cut:.3g}"
    figure = histogram(
        values.ravel().tolist(), cut=cut, title=seen.title(name), kept=f"above {marked}", dropped="up to it"
    )
    return Drawn(figure, points, f"Histogram of {seen.title(name)}, marked at {marked}")


def _bins(seen: Seen) -> Drawn:
    edges_name, *names = seen.panel.of
    shown = [(seen.title(name), seen.arrays[name]) for name in names if name in seen.arrays]
    count = int(shown[0][1].sum())
    edges = seen.arrays[edges_name]
    figure = outlines(edges, shown, title=seen.title(edges_name), unit="pairs")
    table = pd.DataFrame({"from": edges[:-1], "to": edges[1:], **dict(shown)})
    alt = f"{len(shown)} histograms over each other: {', '.join(name for name, _ in shown)}"
    return Drawn(figure, f"{count:,} ordered pairs.", alt, table)


def _curve(seen: Seen) -> Drawn:
    (x, y), cut = seen.all(), seen.cut()
    across, up = (seen.title(name) for name in seen.panel.of)
    figure = functions(x, [(up, y)], titles=(across, up), cuts=[] if cut is None else [cut])
    at = "" if cut is None else f", marked at {seen.panel.cut} = {cut:.3g}"
    return Drawn(figure, f"{len(x)} places of the axis.", f"{up} over {across}{at}")


def _matrix(seen: Seen) -> Drawn:
    values, clusters = seen.all()[0], seen.arrays["assignments"]
    means = np.full((values.shape[1], values.shape[1]), np.nan)
    for k in np.unique(clusters[(clusters >= 0) & (clusters < len(means))]):
        means[k] = values[clusters == k].mean(0)
    figure = matrix(means, titles=("cluster of the column", "predicted cluster"), unit="mean")
    table = _named(means)
    own = float(np.nanmean(np.diag(means)))
    alt = f"Matrix of means; a cluster's points hold {own:.2f} of their own on average"
    return Drawn(figure, f"{len(values):,} points.", alt, table)


def _vectors(seen: Seen) -> Drawn:
    values = seen.all()[0]
    order = np.argsort(values.max(1), kind="stable")
    # The ends of the list: the least sure, then every point alike spaced over the surest half.
    rows = np.unique(np.r_[order[: SHOWN // 2], order[len(order) // 2 :: max(1, len(order) // SHOWN)][-6:]])
    rows = rows[np.argsort(values[rows].max(1), kind="stable")]
    names = [f"point {row}" for row in rows]
    figure = beside(thumbnails(seen.run, rows), values[rows], names=names, unit="share")
    alt = f"Rows of {values.shape[1]} shares for {len(rows)} points, the least sure first"
    table = _named(values[rows]).assign(point=rows)
    return Drawn(figure, f"{len(rows)} of {len(values):,} points.", alt, table)


def _pairs(seen: Seen) -> Drawn:
    before, after, switched = seen.all()
    soft = after if float(switched) else before
    rows = np.linspace(0, len(soft) - 1, min(len(soft), PAIRED)).astype(int)
    rows = rows[np.argsort(seen.arrays["assignments"][rows], kind="stable")]
    high, low = (float(seen.setting(name)) for name in seen.panel.settings)
    similarity = soft[rows] @ soft[rows].T
    sort = np.where(similarity > high, SIMILAR, np.where(similarity < low, DISSIMILAR, NEITHER))
    np.fill_diagonal(sort, np.nan)
    total = sort.size - len(sort)
    shares = {value: words.part(int((sort == value).sum()), total, "pairs") for value in (1.0, 0.0)}
    title = "points, sorted by predicted cluster"
    figure = matrix(sort, titles=(title, title), unit="pair")
    figure.update_traces(xgap=0, ygap=0, zmin=0, zmax=1, colorbar=_SORTS).update_layout(height=420)
    figure.update_xaxes(dtick=20).update_yaxes(dtick=20)
    by = "q" if float(switched) else "p"
    points = f"{len(rows)} points ({total:,} ordered pairs), similarity by {by}."
    return Drawn(figure, points, f"Of the pairs: similar {shares[1.0]}; dissimilar {shares[0.0]}")


def _rows(seen: Seen) -> Drawn | None:
    rows = seen.all()[0]
    clusters = seen.arrays["assignments"]
    shown = rows[np.linspace(0, len(rows) - 1, min(len(rows), SHOWN)).astype(int)] if len(rows) else rows
    listed = [
        Tile(image, f"{row}<br>cluster {clusters[row]}")
        for row, image in zip(shown, thumbnails(seen.run, shown), strict=True)
    ]
    table = pd.DataFrame({"point": rows, "predicted cluster": clusters[rows]})
    points = f"{len(rows):,} such points, {len(shown)} of them shown."
    return Drawn(tiles(listed, columns=4), points, f"{len(rows)} points: {seen.panel.title}", table)


def _crops(seen: Seen) -> Drawn:
    rows, crops = (seen.arrays[name] for name in seen.panel.of[:2])
    frames = seen.arrays.get(seen.panel.of[2])
    tall, wide = seen.run.spec["image_shape"][-2:]
    top, left, height, width = np.moveaxis(crops / [tall, wide, tall, wide], -1, 0)
    boxes = np.stack([top, left, top + height, left + width], axis=-1)
    shown = np.linspace(0, len(rows) - 1, min(len(rows), CROPPED)).astype(int)
    listed = []
    for i, image in zip(shown, thumbnails(seen.run, rows[shown]), strict=True):
        some = boxes[i][:CROPPED]
        listed.append(Tile(image, f"point {rows[i]}", some, None if frames is None else frames[i]))
        listed += [Tile(None if image is None else cut_out(image, box), "") for box in some]
    each = min(CROPPED, crops.shape[1])
    area = float((height * width).mean())
    several = f"{len(shown)} points, {each} of {crops.shape[1]} crops each"
    points = f"{several}; all crops show {100 * area:.0f} % of the picture on average."
    figure = tiles(listed, columns=1 + each)
    return Drawn(figure, points, f"Pictures of {len(shown)} points with crops as boxes, and the crops")


def _partners(seen: Seen) -> Drawn:
    partner, labels = seen.all()[0], seen.run.labels()
    have = np.flatnonzero(partner >= 0)
    rows = have[np.linspace(0, len(have) - 1, min(len(have), PARTNERS)).astype(int)] if len(have) else have
    upper, lower = thumbnails(seen.run, rows), thumbnails(seen.run, partner[rows])
    agree = ["" if labels is None else ("✓" if labels[r] == labels[partner[r]] else "✗") for r in rows]
    first = [Tile(image, str(row)) for row, image in zip(rows, upper, strict=True)]
    second = [Tile(i, f"{partner[r]} {a}") for r, a, i in zip(rows, agree, lower, strict=True)]
    points = f"{len(rows)} of {len(have):,} points with an entry; {len(partner) - len(have):,} have none."
    table = pd.DataFrame({"point": rows, "entry": partner[rows], "same label": agree})
    alt = f"{len(rows)} points above their entries; same label: {agree.count('✓')}"
    return Drawn(tiles([*first, *second], columns=max(1, len(rows))), points, alt, table)


def _centers(seen: Seen) -> Drawn:
    centers = seen.all()[0]
    z = seen.run.latents(seen.epoch.key)
    between = np.linalg.norm(centers[:, None] - centers[None], axis=2)
    nearest = [int(np.square(z - center).sum(1).argmin()) for center in centers]
    figure = matrix(between, titles=("cluster", "cluster"), unit="distance (unit of the latents)")
    images = thumbnails(seen.run, nearest)
    for k, image in enumerate(images):
        if image is not None:
            figure.add_layout_image(_above(k, image))
    if any(image is not None for image in images):
        figure.update_layout(margin={"t": 60}, height=figure.layout.height + 50)
    table = _named(between).assign(nearest_point=nearest)
    off = between[~np.eye(len(between), dtype=bool)]
    least = f"{off.min():.3g}" if len(off) else "none"
    return Drawn(figure, f"{len(z):,} points.", f"Distances between centers; the smallest is {least}", table)


def _above(k: int, image: Array) -> dict[str, Any]:
    from dcviz.figures.thumbnails import png_address

    place = {"xref": "x", "yref": "paper", "x": k, "y": 1.01, "xanchor": "center", "yanchor": "bottom"}
    return {"source": png_address(image), "sizex": 0.9, "sizey": 0.14, "sizing": "contain", **place}


def _named(values: Array) -> pd.DataFrame:
    """A table with one column a cluster."""
    return pd.DataFrame(values, columns=[f"cluster {k}" for k in range(values.shape[1])])


def _bars(seen: Seen) -> Drawn:
    values, name = seen.all()[0], seen.panel.of[0]
    figure = bars(values, titles=("round", seen.title(name)))
    return Drawn(figure, f"{len(values)} rounds.", f"Bars: {', '.join(f'{v:,.0f}' for v in values)}")


KINDS: dict[str, Callable[[Seen], Drawn | None]] = {
    "histogram": _histogram, "bins": _bins, "curve": _curve, "matrix": _matrix, "vectors": _vectors,
    "pairs": _pairs, "rows": _rows, "crops": _crops, "partners": _partners, "centers": _centers,
    "bars": _bars,
}  # fmt: skip
OPTIONAL = {"crops": 2, "bins": 2}
"""Kinds that need only so many of their arrays; the others need all."""


def can_be_drawn(panel: Panel, arrays: Mapping[str, Array]) -> bool:
    """True if an epoch has what the panel needs."""
    return all(name in arrays for name in panel.of[: OPTIONAL.get(panel.kind, len(panel.of))])
