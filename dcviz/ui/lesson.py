"""The words of Feature Twist: the question, what was observed, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import plotly.graph_objects as go

from dcviz.figures import style
from dcviz.figures.curves import Curve, Panel, over_epochs
from dcviz.figures.paths import damage_against_movement
from dcviz.runs import Run
from dcviz.ui import duo, series, twists, words
from dcviz.ui.chart import Caption
from dcviz.ui.twists import Twist
from models.catalog import METHODS

PREDICTIONS = {
    "kept": "They keep their shape",
    "bent": "They are bent or squeezed",
    "folded": "They fold and cross",
}
_OBSERVED = {"kept": "kept their shape", "bent": "were bent or squeezed", "folded": "folded and crossed"}

WHY = """
An auto-encoder first learns to rebuild its input, and its latent space keeps the bands as they are. At the
flag the goal changes. **DEC** pulls every dot towards the center it already leans to and no longer asks
whether the input can be rebuilt, so nothing forbids folding a band onto itself or through its neighbor.
**R-DC** pulls core dots towards the centroid of their reliable neighbors and keeps rebuilding, which needs
the bands in one piece.

Three things worth knowing before believing the slogan:

* A *linear* network cannot fold anything. It can only squeeze the plane flat. This one has a ReLU layer.
* The decoder is what protects. With the same neighbor targets but without rebuilding, bands fold as well.
* Accuracy may rise while a band is destroyed. That is why purity and folds are shown beside it.
"""


def summary(run: Run) -> str:
    """What the method of a run does, below its picture."""
    entry = METHODS.get(str(run.spec.get("method")))
    return entry.summary if entry else ""


def phases(runs: Sequence[Run]) -> list[tuple[str, int]]:
    """Phases of the runs for one axis; phases of different names share one label."""
    both = zip(*(series.phases(run) for run in runs), strict=False)
    return [(" / ".join(dict.fromkeys(name for name, _ in same)), same[0][1]) for same in both]


def movement(runs: Sequence[Run], found: Mapping[str, Twist]) -> str:
    """What each run did at the movement it reached, beside the first run at that same movement."""
    lines = ["A method that moves slowly looks harmless over epochs; compare at the same movement instead."]
    main, far = duo.label(runs[0]), found[runs[0].id].last["movement"]
    for run in runs[1:]:
        name, last = duo.label(run), found[run.id].last
        if last["movement"] < 0.1 * far:
            lines.append(
                f"* **{name}** moved by {last['movement']:.2g} only, {main} by {far:.2g}: it keeps the bands "
                "in shape because it hardly moves them. There is no equal movement to compare at."
            )
        else:
            then = found[runs[0].id].flipped_at(last["movement"])
            lines.append(
                f"* **{name}** moved by {last['movement']:.2g} and turned over {last['flipped']:.1%} of the "
                f"triangles; where {main} had moved as far, it had turned over {then:.1%}."
            )
    return "\n".join([lines[0], "", *lines[1:]])


def before(runs: Sequence[Run]) -> str:
    """What is known at the flag."""
    switch = runs[0].switch
    where = f"Until the flag at epoch {words.epoch(switch)}" if switch else "At first"
    if len(runs) == 1:
        return f"{where} the network only learns to rebuild its input. Then it clusters. Predict, then look."
    names = words.listed([duo.label(run) for run in runs])
    return (
        f"{where} {names} do the same: rebuild the input. Then each clusters in its own way. "
        f"Predict what happens under **{duo.label(runs[0])}**."
    )


def after(runs: Sequence[Run], said: str) -> str:
    """Predicted beside observed, for the first run; the second is told too."""
    found = [(run, twists.twist(run)) for run in runs]
    first = found[0][1].verdict
    head = "As you predicted" if said == first else f"You predicted “{PREDICTIONS[said].lower()}”"
    lines = [
        f"**{head}.** Observed at the last epoch:" if said == first else f"**{head}.** Observed instead:"
    ]
    for run, twist in found:
        last = twist.last
        folds = f"{last['flipped']:.1%} of the small triangles turned over"
        crossings = f"{last['crossings']:.2f} crossings an edge"
        observed = _OBSERVED[twist.verdict]
        lines.append(
            f"* Under **{duo.label(run)}** the bands {observed}: {folds}, {crossings}, {_accuracy(run)}."
        )
    return "\n".join([*lines, "", "Press play in the picture, or drag the track, to see it happen."])


def _accuracy(run: Run) -> str:
    epochs = run.epochs()
    start, end = twists.frozen_epoch(run).scores, epochs[-1].scores
    parts = [
        f"{name} {words.number(start.get(key))} → {words.number(end.get(key))}"
        for key, name in (("acc", "accuracy"), ("purity", "purity"))
        if end.get(key) is not None
    ]
    return ", ".join(parts) or "no labels to compare with"


def panels(runs: Sequence[Run], found: Mapping[str, Twist]) -> list[Panel]:
    """ID, curvature, folds and crossings; one color and one dash a run."""
    rows: dict[str, list[Curve]] = {"ID": [], "LID − ID": [], "flipped share": [], "crossings / edge": []}
    for index, run in enumerate(runs):
        epochs, name, twist = run.epochs(), duo.label(run), found[run.id]
        look = partial(replace, color=style.PAIR[index], dash=("solid", "dash", "dot", "dashdot")[index])
        stored = partial(look, x=series.positions(epochs))
        rows["ID"].append(stored(series.curve(epochs, "id", name, band=True)))
        rows["LID − ID"].append(stored(series.curve(epochs, "curvature", name)))
        rows["flipped share"].append(look(Curve(name, twist.flipped, x=twist.epochs)))
        rows["crossings / edge"].append(look(Curve(name, twist.crossings, x=twist.epochs)))
    return [Panel(title, tuple(curves)) for title, curves in rows.items()]


def twist_curves(runs: Sequence[Run], *, now: float) -> go.Figure:
    """Dimension, curvature, folds and crossings of runs over the epochs; `now` is marked."""
    found = {run.id: twists.twist(run) for run in runs}
    return over_epochs(
        series.positions(runs[0].epochs()), panels(runs, found), phases=phases(runs), now=now, height=620
    )


def folding_paths(runs: Sequence[Run]) -> go.Figure:
    """The share of flipped triangles against how far the latents moved since the switch."""
    found = {run.id: twists.twist(run) for run in runs}
    paths = {
        duo.label(run): (found[run.id].movement, found[run.id].flipped, found[run.id].epochs) for run in runs
    }
    return damage_against_movement(paths, title="folded: share of flipped triangles")


def caption(runs: Sequence[Run], found: Mapping[str, Twist]) -> Caption:
    """Of the four curves."""
    first = found[runs[0].id].last
    return Caption(
        drawn="Dimension (ID), curvature (LID − ID), folds and crossings; the last two against the switch.",
        formula=r"\text{flipped} = \frac{\#\{\triangle:\ \mathrm{sign}\det \triangle_t \ne "
        r"\mathrm{sign}\det \triangle_{\text{switch}}\}}{\#\triangle} = " + f"{first['flipped']:.3f}",
        symbols=(
            "△: Delaunay triangle of landmarks (means of about 10 dots) at the switch; det: its signed area. "
            "Crossings: pairs of edges of the landmarks' spanning tree that cross, an edge. No units. "
            f"The number is that of {duo.label(runs[0])} at the last epoch."
        ),
        points=f"{runs[0].spec.get('n') or 0:,} points a run.",
        settings="TwoNN, linear fit, mean of clusters, band 95 %; LID at 90 % variance; landmarks: n / 10; "
        f"at most {twists.MEASURED} epochs are compared.",
        not_shown="causes. ID and curvature hardly notice a fold, which is why the two lower rows exist.",
    )


def path_caption(runs: Sequence[Run]) -> Caption:
    """Of damage against movement."""
    return Caption(
        drawn="Each line is one run from the switch (0, 0) on; further right, the latents changed more.",
        formula=r"d = \min_{s,R,t}\ \frac{\lVert Z_0 - (s Z_e R + t)\rVert^2}"
        r"{\lVert Z_0 - \bar Z_0\rVert^2}",
        symbols="Z₀, Z_e: latents at the switch and epoch e; s, R, t: best scale, rotation, shift. No units.",
        points=f"{runs[0].spec.get('n') or 0:,} points a run.",
        settings="One seed a run; other seeds fold elsewhere.",
        not_shown="time. Equal steps along a line are not equal numbers of epochs; hover to read the epoch.",
    )


def in_words(runs: Sequence[Run], found: Mapping[str, Twist]) -> str:
    """The curves as a sentence."""
    parts = []
    for run in runs:
        last, end = found[run.id].last, run.epochs()[-1].scores
        parts.append(
            f"{duo.label(run)} ends with ID {words.number(end.get('id'))}, curvature "
            f"{words.number(end.get('curvature'))}, {last['flipped']:.1%} flipped triangles and "
            f"{last['crossings']:.2f} crossings an edge"
        )
    return "; ".join(parts)


def path_in_words(runs: Sequence[Run], found: Mapping[str, Twist]) -> str:
    """The paths as a sentence."""
    last = [(duo.label(run), found[run.id].last) for run in runs]
    return "; ".join(f"{name} moved {at['movement']:.3f}, flipped {at['flipped']:.1%}" for name, at in last)
