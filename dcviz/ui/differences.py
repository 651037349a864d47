"""What two moments look like laid onto each other, who changed sides, and how runs went over the epochs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.calls import drawn
from dcviz.figures import style
from dcviz.figures.curves import Curve, Panel, over_epochs
from dcviz.figures.histogram import histogram
from dcviz.geometry.projection import fixed_basis, project
from dcviz.geometry.registry import EPOCH_SCORES
from dcviz.runs import Run
from dcviz.ui import series, versus, words
from dcviz.ui.chart import Caption, chart, explain
from dcviz.ui.versus import Side
from dcviz.viewer.given import Film, film_view, plane_codes

STARTING = ("acc", "id", "core_share")
CHANGES = (
    ("core in both", True, True), ("core → border", True, False), ("border → core", False, True),
    ("border in both", False, False),
)  # fmt: skip


def displacement(first: Side, second: Side) -> None:
    """The second moment laid onto the first: what is left over, as color and as numbers."""
    st.subheader("What is left after laying one onto the other", anchor=False)
    if not versus.same_points(first.run, second.run):
        st.caption(
            "These runs do not hold the same points (data, options or n differ), so there is no partner to "
            "measure to."
        )
        return
    found = versus.difference(first, second)
    left, right = st.columns([2, 3], gap="large")
    median = float(np.median(found.lengths))
    top = float(np.quantile(found.lengths, 0.99)) or 1.0
    with left:
        film_view(displaced(first, second, found.lengths, top=top), key="displaced", height=500,
                  controls=("export",))  # fmt: skip
        explain(_plane_caption(first, second, top), key="displaced_plane")
    with right:
        chart(
            drawn(displacements, first.run, first.key, second.run, second.key),
            _displacement_caption(found, median),
            key="displacement",
            alt=f"Histogram of displacements, median {median:.3g}, spread of the points {found.spread:.3g}",
        )  # fmt: skip
    # Below both: a third of a column is too narrow for these names on a small screen.
    columns = st.columns(3)
    told = (
        ("Median displacement", f"{median / (found.spread or 1):.1%}", "of the spread"),
        ("Neighbors kept", f"{found.kept:.1%}", "of the stored ones"),
        ("Clusters agree (ARI)", f"{found.agree:.2f}", "1: the same, 0: chance"),
    )
    for column, (name, value, unit) in zip(columns, told, strict=True):
        column.metric(name, value, unit, delta_color="off", delta_arrow="off")


def displacements(first: Run, first_key: str, second: Run, second_key: str) -> go.Figure:
    """How far each point stays from its partner once the second epoch is laid onto the first."""
    lengths = versus.laid_onto(first, first_key, second, second_key).lengths
    return histogram(
        lengths.tolist(), cut=float(np.median(lengths)), title="displacement (unit of the first latents)",
        kept="farther than the median", dropped="nearer",
    )  # fmt: skip


def displaced(first: Side, second: Side, lengths: np.ndarray, *, top: float) -> Film:
    """The first moment on its two widest directions, colored by how far the second stays from it."""
    z, run = first.run.latents(first.key), first.run
    codes, half = plane_codes(project(z, fixed_basis(z)))
    told = f"{run.path} {first.key} {second.run.path} {second.key}"
    return Film(
        id=f"displaced-{hashlib.sha256(told.encode()).hexdigest()[:12]}",
        name=f"{first.name} against {second.name}",
        positions=[run.epoch(first.key).position],
        codes=codes,
        half=half,
        values=lengths,
        colors=("displacement (unit of the first latents)", 0.0, top),
        method=str(run.spec.get("method")),
        dataset=str(run.spec.get("dataset")),
        seed=int(run.spec.get("seed") or 0),
        note="The two widest directions of the first latents.",
    )


def sides_changed(first: Side, second: Side) -> None:
    """Who moved from core to border: counts, purity of labels not needed, and the points as a table."""
    st.subheader("Who changed sides?", anchor=False)
    if not versus.same_points(first.run, second.run):
        st.caption("There is no point to follow: the runs do not hold the same points.")
        return
    points = versus.crossing(first, second)
    before, after = points["core before"].to_numpy(), points["core after"].to_numpy()
    columns = st.columns(len(CHANGES))
    for column, (name, was, now) in zip(columns, CHANGES, strict=True):
        count = int(((before == was) & (after == now)).sum())
        column.metric(
            name, f"{count:,}", words.percent(count, len(points)),
            delta_color="off", delta_arrow="off", border=True,
        )  # fmt: skip
    moved = points[before != after]
    at = [f"M = {s.seen.thresholds.M}, λ_ratio = {s.seen.thresholds.lambda_ratio:g}" for s in (first, second)]
    told = f"Both at {at[0]}." if at[0] == at[1] else f"First: {at[0]}. Second: {at[1]}."
    st.caption(f"Of {len(points):,} points. {told}")
    if len(moved):
        with st.expander(f"{len(moved):,} points that changed sides", key="moved"):
            st.dataframe(moved, hide_index=True, key="moved_table", height=280)
            st.download_button(
                "As CSV", data=moved.to_csv(index=False), file_name="changed-sides.csv", mime="text/csv",
                key="moved_csv", on_click="ignore", icon=":material/download:",
            )  # fmt: skip


def curves(sides: Sequence[Side], shelf: Sequence[Run]) -> None:
    """Scores of all runs over each other; a band spans the runs that differ in the seed alone."""
    st.subheader("Curves over each other", anchor=False)
    names = st.pills(
        "Scores", list(EPOCH_SCORES), default=list(STARTING), selection_mode="multi", key="compare_scores",
        format_func=lambda name: EPOCH_SCORES[name].title, label_visibility="collapsed",
    )  # fmt: skip
    if not names:
        st.caption("Choose at least one score.")
        return
    runs = list({side.run.id: side for side in sides}.values())
    bands = {side.run.id: versus.seeds_of(side.run, shelf) for side in runs}
    groups = {
        side.name: [side.run, *(run for run in bands[side.run.id] if run.id != side.run.id)] for side in runs
    }
    seeds = {side.name: len(bands[side.run.id]) for side in runs}
    last = "; ".join(
        f"{side.name} {EPOCH_SCORES[names[0]].title} "
        f"{words.number(side.run.epochs()[-1].scores.get(names[0]))}"
        for side in runs
    )
    chart(
        drawn(compared_curves, groups, list(names)),
        _curves_caption(seeds),
        key="compare_curves",
        alt=f"Curves of {len(runs)} runs; last: {last}",
        table=_values(runs, names),
    )


def compared_curves(groups: Mapping[str, Sequence[Run]], names: Sequence[str]) -> go.Figure:
    """Scores of runs over each other.

    Args:
        groups: name in the legend -> the run, and after it those that differ in the seed alone.
        names: of EPOCH_SCORES, a panel each.
    """
    firsts = [runs[0] for runs in groups.values()]
    panels = [
        Panel(
            _title(name),
            tuple(_curve(title, name, i, runs) for i, (title, runs) in enumerate(groups.items())),
        )
        for name in names
    ]
    every = sorted({position for run in firsts for position in series.positions(run.epochs())})
    return over_epochs(every, panels, phases=series.phases(firsts[0]))


def _curve(title: str, name: str, number: int, seeds: Sequence[Run]) -> Curve:
    epochs = seeds[0].epochs()
    color = style.LINES[number % len(style.LINES)]
    x, y = series.positions(epochs), series.score(epochs, name)
    if len(seeds) < 2:
        return Curve(title, y, x=x, color=color)
    by_place: dict[float, list[float]] = {}
    for run in seeds:
        for epoch in run.epochs():
            value = epoch.scores.get(name)
            by_place.setdefault(epoch.position, []).extend([] if value is None else [value])
    spans = [by_place.get(position) or [np.nan] for position in x]
    return Curve(title, y, low=[min(s) for s in spans], high=[max(s) for s in spans], x=x, color=color)


def _values(sides: Sequence[Side], names: Sequence[str]) -> pd.DataFrame:
    frames = []
    for side in sides:
        frame = series.table(side.run.epochs(), list(names))
        frame.insert(0, "run", side.name)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _title(name: str) -> str:
    entry = EPOCH_SCORES[name]
    return f"{entry.title} ({entry.unit or 'no unit'})"


def _plane_caption(first: Side, second: Side, top: float) -> Caption:
    return Caption(
        drawn=f"{words.literal(first.name)} on its two widest directions, colored by how far "
        f"{words.literal(second.name)} stays from it: dark 0, bright {top:.3g} or more.",
        formula=r"\min_{s, R, t} \sum_i \lVert a_i - (s\,R\,b_i + t) \rVert^2,\quad R^\top R = I",
        symbols="a, b: latents of the two moments; s, R, t: scale, rotation or mirror, shift. Unit: a's.",
        points=f"{len(first.run.latents(first.key)):,} points.",
        settings="Procrustes in all latent dimensions; the scale ends at the 99th percentile.",
        not_shown="the direction of the way, and what lies off the plane.",
    )


def _displacement_caption(found: versus.Difference, median: float) -> Caption:
    return Caption(
        drawn="How far each point stays from its partner after the best shift, turn, mirror and scaling.",
        formula=r"\frac{\mathrm{median}\,\delta}{\mathrm{rms}} = "
        rf"\frac{{{median:.4g}}}{{{found.spread:.4g}}} = {median / (found.spread or 1):.3f}",
        symbols="δ: displacement; rms: root mean square distance of the first points from their mean; "
        "same unit.",
        points=f"{len(found.lengths):,} points.",
        settings="One scale factor for all points; neighbors kept are counted over the stored ones.",
        not_shown="which side is right: two bad embeddings can lie exactly on each other.",
    )


def _curves_caption(seeds: dict[str, int]) -> Caption:
    bands = ", ".join(f"{words.literal(name)}: {count} seeds" for name, count in seeds.items() if count > 1)
    return Caption(
        drawn="Scores of the compared runs"
        + (f"; bands span all runs that differ in the seed alone ({bands})." if bands else "."),
        formula=r"[\min_s y_s(e), \max_s y_s(e)]",
        symbols="y: score, e: epoch, s: seed. Phases are shaded as in the first run.",
        points=f"{len(seeds)} runs.",
        settings="Scores as stored; nothing is interpolated between epochs.",
        not_shown="significance: few seeds span less than the truth. No band means one seed.",
    )
