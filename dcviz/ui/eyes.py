"""The captions of "What does the estimator see?", with the numbers of the present point in the formulas."""

from __future__ import annotations

from collections.abc import Sequence

from dcviz.geometry.neighborhood import LocalView, Neighborhood
from dcviz.geometry.scales import ScalePoint
from dcviz.ui.chart import Caption


def place(n: int, point: int, k: int) -> Caption:
    """Of the plane with the point in it."""
    return Caption(
        drawn=f"Where point {point} and its {k} nearest lie. Click a point to choose another.",
        formula=r"\mathcal{N}_k(i) = \text{the } k \text{ points } j \ne i \text{ with least } \|z_i - z_j\|",
        symbols="z: latents; i: the chosen point; k: neighbors. Axes: unit of the latents.",
        points=f"All {n:,} points drawn; neighbors are searched among all of them.",
        settings="Neighbors by direct differences in all coordinates, exact. Axes: principal axes "
        "of the switch epoch, or the two coordinates themselves.",
        not_shown="distances in more than two dimensions: neighbors may look far apart here.",
    )


def close_up(hood: Neighborhood, k: int) -> Caption:
    """Of the neighborhood along its own axes."""
    first, second, last = hood.distances[0], hood.distances[1], hood.distances[k - 1]
    ratio = f"{second / first:.3f}" if first > 0 else "?"
    return Caption(
        drawn="The same neighborhood turned onto its own two widest directions. TwoNN sees the two dotted "
        "circles alone, the local estimates all points inside the solid one.",
        formula=rf"\mu_i = \frac{{D_{{i2}}}}{{D_{{i1}}}} = \frac{{{second:.4g}}}{{{first:.4g}}} = {ratio}",
        symbols=f"D_i1, D_i2: distances to the two nearest neighbors; solid circle: D_i{k} = {last:.4g}, "
        "unit of the latents. μ: no unit.",
        points=f"{k} neighbors and the point.",
        settings="Local PCA of point and neighbors, coordinates not standardized.",
        not_shown="the other directions: circles are distances in all of them, dots only their shadow.",
    )


def spectrum(view: LocalView, k: int) -> Caption:
    """Of the bars of the local spectrum."""
    shares = view.spectrum / (view.spectrum.sum() or 1.0)
    held = float(shares[: view.components].sum())
    return Caption(
        drawn="How the neighborhood's variance is spread over its own axes; the filled ones are counted.",
        formula=rf"\mathrm{{LID}}_k = \min\Big\{{c : \sum_{{a \le c}} v_a \ge 0.9 \sum v\Big\}} = "
        rf"{view.components},\quad \sum_{{a\le {view.components}}} = {100 * held:.1f}\,\%,\quad "
        rf"\frac{{(\sum v)^2}}{{\sum v^2}} = {view.participation:.2f}",
        symbols="v: variance along a local axis, descending. LID and participation ratio: no unit.",
        points=f"{k} neighbors and the point.",
        settings="Threshold 90 % of the variance, counted from one.",
        not_shown="the dimension of a bent sheet: over a wide neighborhood its bend counts as width.",
    )


def by_size(hood: Neighborhood, k: int, sizes: Sequence[ScalePoint]) -> Caption:
    """Of the two dimensions over k."""
    return Caption(
        drawn="Both local dimensions as the neighborhood grows; the gray line is the present k.",
        formula=rf"\mathrm{{ID}}_k = \frac{{k-2}}{{\sum_{{j<k}} \ln (D_{{ik}}/D_{{ij}})}},\qquad "
        rf"\mathrm{{ID}}_{{{k}}} = {at(sizes, k)}",
        symbols="D_ij: distance to the j-th neighbor, unit of the latents. Dimensions: no unit.",
        points=f"One point and up to {hood.size} neighbors.",
        settings="Maximum likelihood with the unbiased factor; band: exact 95 % interval for an evenly "
        "filled neighborhood. LID as in the bars beside it.",
        not_shown="the dimension of the data: one point is one draw, and neighbors share it. "
        "The whole set's ID averages over all points.",
    )


def at(sizes: Sequence[ScalePoint], k: int) -> str:
    """The local ID at k; a question mark where duplicates leave none."""
    found = next((size.id for size in sizes if size.k == k), None)
    return f"{found.value:.2f}" if found is not None and found.known else "?"
