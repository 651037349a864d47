"""The captions of Explore: what each figure draws, with the present numbers put into its formula."""

from __future__ import annotations

from dcviz.geometry.purity import Purity, Share, SplitScores
from dcviz.geometry.thresholds import Thresholds
from dcviz.ui import words
from dcviz.ui.chart import Caption

WHOSE = {"true": "true labels (evaluation)", "predicted": "predicted clusters"}
_CORE_FORMULA = r"\text{{core}} \iff r_i = \frac{{D_{{i1}}}}{{D_{{i{m}}}}} > {ratio:g}"
_READINGS = {
    "paper": r"D'_{{ij}} = D_{{ij}} - D_{{i1}} < {tau:g}",
    "relative": r"D_{{ij}} - D_{{i1}} < {tau:g}\,\mathrm{{median}}_i D_{{i1}}",
    "released code": r"D_{{ij}} - \min D < {tau:g}",
}


def ratio(scores: SplitScores, at: Thresholds, *, copies: tuple[int, int] = (0, 0)) -> Caption:
    """Of the histogram of r; `copies` counts points that lie on another one, and on all M neighbors."""
    return Caption(
        drawn=f"How evenly each point's {scores.m} neighbors surround it; above the line it is core.",
        formula=_CORE_FORMULA.format(m=scores.m, ratio=at.lambda_ratio)
        + rf":\quad {_fraction(Share(scores.core, scores.n))}",
        symbols=(
            f"D₁, D_{scores.m}: distances to the nearest and to the M-th neighbor, unit of the latents. "
            "r, λ_ratio: no unit. M: neighbors, the point itself left out."
        ),
        points=f"{scores.n:,} points." + _copied(scores, *copies),
        settings=f"M = {scores.m}, λ_ratio = {at.lambda_ratio:g}; neighbors as stored with the epoch.",
        not_shown="density. The ratio measures local dimension; dense and thin regions have the same r.",
    )


def _copied(scores: SplitScores, on_another: int, on_all: int) -> str:
    """What duplicates do to the filter: their r tells of copies, not of evenness."""
    if not on_another:
        return ""
    return (
        f" {on_another:,} lie exactly on another point: {on_all:,} on all their {scores.m} neighbors "
        f"(r = 1), {on_another - on_all:,} on fewer (r = 0)."
    )


def gap(scores: SplitScores, at: Thresholds) -> Caption:
    """Of the histogram of D'."""
    return Caption(
        drawn="How much farther each neighbor is than the nearest one; below the line it is reliable.",
        formula=r"\text{reliable} \iff " + _READINGS[at.reading].format(tau=at.tau_distance),
        symbols=(
            "D_j: distance to the j-th neighbor; D′, τ_distance: unit of the latents. "
            f"Reading of the rule: {at.reading}."
        ),
        points=f"{scores.n * max(scores.m - 1, 0):,} pairs; the nearest neighbors (D′ = 0) are left out.",
        settings=f"M = {scores.m}, τ_distance = {at.tau_distance:g}.",
        not_shown=(
            "one scale for all epochs. Latents may shrink or grow in training while τ stays the same; "
            "the largest 0.5 % are gathered in the last bar."
        ),
    )


def purity(scores: SplitScores, found: Purity, *, whose: str, at: Thresholds) -> Caption:
    """Of the bars before and after the filter."""
    after = found.core_filtered
    return Caption(
        drawn=f"How many neighbors carry the point's own label, by {WHOSE[whose]}.",
        formula=r"\text{purity} = \frac{\#\{(i,j): y_i = y_j\}}{\#\{(i,j)\}}:\quad "
        + rf"\text{{core, reliable}} = {_fraction(after)}",
        symbols=f"(i, j): a point and one of its neighbors; y: {WHOSE[whose]}. No unit.",
        points=f"{found.all.total:,} pairs before, {found.all_filtered.total:,} after the filter.",
        settings=f"M = {scores.m}, λ_ratio = {at.lambda_ratio:g}, τ_distance = {at.tau_distance:g}.",
        not_shown="whether the clusters are right: a torn or merged cluster can be pure."
        if whose == "true"
        else "the truth: predicted clusters are compact by construction, so this is high by design.",
    )


def landscape(scores: SplitScores, *, what: str, at: Thresholds, far: float) -> Caption:
    """Of the heat map over both thresholds, whose axis of tau ends at `far`."""
    beyond = at.tau_distance > far
    here = (
        f"the arrow at the edge points to where they stand now, τ_distance = {at.tau_distance:g}."
        if beyond
        else "the cross is where they stand now."
    )
    return Caption(
        drawn=f"{what} for every pair of thresholds; {here}",
        formula=_CORE_FORMULA.format(m=scores.m, ratio=at.lambda_ratio)
        + r",\quad "
        + _READINGS[at.reading].format(tau=at.tau_distance),
        symbols="λ_ratio: no unit. τ_distance: unit of the latents, spaced by the quantiles of D′.",
        points=f"{scores.n:,} points, 256 × 256 pairs of thresholds.",
        settings=f"M = {scores.m}; counts over the stored neighbors of this epoch.",
        not_shown="what training with other thresholds would give: the latents stay as they are.",
    )


def _fraction(share: Share) -> str:
    """LaTeX of hits over total and the percentage."""
    if share.value is None:
        return r"\text{nothing to count}"
    percent = words.percent(share.hits, share.total).replace("%", r"\,\%")
    hits, total = (f"{count:,}".replace(",", "{,}") for count in (share.hits, share.total))
    return rf"\frac{{{hits}}}{{{total}}} = {percent}"
