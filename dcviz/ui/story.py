"""The captions of Geometry: what each curve is, with the numbers of the present epoch in its formula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dcviz.figures import style
from dcviz.geometry.estimate import Estimate, difference, missing
from dcviz.geometry.purity import SplitScores
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import cached, scales, series, words
from dcviz.ui.chart import Caption

REFERENCE = style.GRAY


def in_words(epochs: Sequence[Epoch], names: Mapping[str, str]) -> str:
    """A figure as one sentence: where each score begins and ends."""
    parts = []
    for name, title in names.items():
        values = [value for value in series.score(epochs, name) if value == value]
        if values:
            parts.append(f"{title} from {values[0]:.2f} to {values[-1]:.2f}")
    span = f"epochs {words.epoch(epochs[0].position)} to {words.epoch(epochs[-1].position)}"
    return f"Curves over {span}: " + ("; ".join(parts) or "no value yet")


def dimension(run: Run, now: Epoch) -> Caption:
    """Of ID, LID and curvature."""
    n = run.spec.get("n")
    return Caption(
        drawn="How many dimensions the latents fill (ID), how many a flat one needs (LID), the difference.",
        formula=r"\widehat{\mathrm{ID}}: -\ln\!\left(1-\tfrac{i}{n}\right) = \mathrm{ID}\,\ln\mu_{(i)},\quad"
        r"\mu = \frac{D_2}{D_1};\qquad \mathrm{LID}-\mathrm{ID} = "
        + f"{words.number(now.scores.get('lid'))} - {words.number(now.scores.get('id'))} = "
        + words.number(now.scores.get("curvature")),
        symbols=(
            "D₁, D₂: distances to the two nearest neighbors. LID: principal components of the standardized "
            "coordinates that hold 90 % of the variance; the participation ratio counts them without a "
            "threshold. Bounds: LID − ID ≤ d − ID, in the released code's counting (d − 1) − ID. No units. "
            f"Numbers: epoch {words.epoch(now.position)}."
        ),
        points=f"{n:,} points, each cluster by itself, then averaged." if n else "Each cluster by itself.",
        settings="TwoNN, linear fit over the lowest 90 % of μ, at least 20 points a cluster; band: 95 %.",
        not_shown="twisting. A fold or a tear can leave all three unchanged.",
    )


def at_the_switch(run: Run, now: Epoch) -> str:
    """How the curvature changed at the switch of phases and since, with intervals."""
    epochs, switch = run.epochs(), run.switch
    before = [epoch for epoch in epochs if switch is not None and epoch.position <= switch]
    after = [epoch for epoch in epochs if switch is not None and epoch.position > switch]
    if not before or not after:
        return "The curvature has no change at a switch: this run has one phase so far."
    start, last = before[-1], after[-1]
    parts = [
        f"to epoch {words.epoch(epoch.position)} **{_change(start, epoch)}**"
        for epoch in {each.key: each for each in (after[0], now if now in after else last, last)}.values()
    ]
    return (
        f"Curvature LID − ID from the switch (epoch {words.epoch(start.position)}, "
        f"{words.plain(start.scores.get('curvature'))}): " + ", ".join(parts) + ". In brackets: 95 %, both "
        "epochs taken as independent, which is too wide for the same points."
    )


def _change(before: Epoch, after: Epoch) -> str:
    """The difference of two curvatures with its interval."""
    ends = [_curvature(epoch) for epoch in (after, before)]
    found = difference(*ends)
    if not found.known:
        return f"– ({found.reason})"
    return f"{words.signed(found.value)} [{words.signed(found.low)}, {words.signed(found.high)}]"


def _curvature(epoch: Epoch) -> Estimate:
    value, low, high = (epoch.scores.get(f"curvature{end}") for end in ("", "_low", "_high"))
    if value is None:
        return missing(epoch.reasons.get("curvature") or "There is no curvature at this epoch.")
    return Estimate(value, value if low is None else low, value if high is None else high, 0)


def filters(run: Run, now: Epoch) -> Caption:
    """Of the core share beside its law, and purity."""
    at = run.spec.get("thresholds") or {}
    m, ratio = at.get("M", 5), at.get("lambda_ratio", 0.6)
    counts = cached.split(run, now.key, Thresholds(**at))
    whose = {"true labels (evaluation only)": counts.true, "predicted clusters": counts.predicted}
    purity = " and ".join(f"by {name}" for name, found in whose.items() if found is not None)
    return Caption(
        drawn="Share of core points beside what the dimension of the whole set alone predicts"
        + (f"; purity {purity}." if purity else "."),
        formula=rf"P(r > \lambda) = (1-\lambda^{{\mathrm{{ID}}}})^{{M-1}} = (1-{ratio:g}"
        rf"^{{{words.number(now.scores.get('id_all'))}}})^{{{m - 1}}} = "
        + words.number(now.scores.get("core_share_law")),
        symbols="λ: lambda_ratio, M: neighbors, ID: of the whole set; no units. Purity: share of pairs of a "
        "point and one of its neighbors that have the same label.",
        points=_counted(counts),
        settings=f"The run's own thresholds: M = {m}, λ_ratio = {ratio:g}, "
        f"τ_distance = {at.get('tau_distance', 0.6):g}. Other thresholds: on Explore.",
        not_shown="density. Where the two curves agree, the ratio filter found nothing but the dimension.",
    )


def _counted(counts: SplitScores) -> str:
    """Core points and same-label pairs of one epoch, each with what it is a part of."""
    parts = [f"core {words.share(counts.core, counts.n)} points"]
    for whose, found in (("true labels", counts.true), ("predicted clusters", counts.predicted)):
        if found is not None:
            kept = found.core_filtered
            parts.append(
                f"pairs of one kind by {whose}: all {words.share(found.all.hits, found.all.total)}, core "
                f"{words.share(found.core.hits, found.core.total)}, border "
                f"{words.share(found.border.hits, found.border.total)}, core after the filter "
                f"{words.share(kept.hits, kept.total)}"
            )
    return "; ".join(parts) + "."


def agreement(run: Run, now: Epoch) -> Caption:
    """Of ACC, NMI, ARI and F1 with the line of the largest class."""
    return Caption(
        drawn="How far the predicted clusters agree with the true labels, which training never sees.",
        formula=r"\mathrm{ACC} = \max_{\pi} \frac{1}{n}\sum_i [\,y_i = \pi(c_i)\,] = "
        + words.number(now.scores.get("acc"), digits=3)
        + r",\quad \text{largest class} = "
        + words.number(now.scores.get("majority"), digits=3),
        symbols="y: true label, c: predicted cluster, π: one-to-one match of clusters to classes. No unit.",
        points=f"{run.spec.get('n') or 0:,} points.",
        settings="Hungarian matching. Lines: the clusters of the run; where it has none of its own (before "
        "its clustering phase, imported) k-means on the latents of all points, from the centers of the epoch "
        f"before.{_bars(run)}",
        not_shown="shape. The scores may rise while a cluster is folded or torn; k-means alone moves them by "
        "some points from seed to seed, which the bars and, for any epoch, the slow scores below measure.",
    )


def _bars(run: Run) -> str:
    """What the bars beside the lines are: another clustering, so a line need not end inside its bar."""
    drawn = [epoch.scores.get("band_points") for epoch in run.epochs()]
    used, n = int(next((points for points in reversed(drawn) if points), 0)), int(run.spec.get("n") or 0)
    if not used:
        return ""
    some = f"{used:,} of the {n:,} points" if used < n else "all points"
    return (
        f" Bars at phase ends: k-means begun anew on {some}, 10 seeds of 20 starts, least to largest ACC; "
        "not an interval of the line, which may end outside."
    )


def scale(found: scales.ByScale) -> Caption:
    """Of ID against scale."""
    return Caption(
        drawn="The dimension read from ever wider neighborhoods; a plateau is a property of the data.",
        formula=r"\mu_k = \frac{r_{2k}}{r_k},\quad p(\mu\,|\,d) = "
        r"\frac{d\,(\mu^d-1)^{k-1}}{B(k,k)\,\mu^{d(2k-1)+1}}",
        symbols="r_k: distance to the k-th neighbor, unit of the latents; d: dimension, no unit; B: beta.",
        points=f"{found.n:,} of {found.of:,} points"
        + (", the same ones at every epoch." if found.n < found.of else "."),
        settings=f"Gride at k = {', '.join(map(str, found.rank))}; bars: 95 %.",
        not_shown="the dimension of single clusters: wide scales see the gaps between them.",
    )
