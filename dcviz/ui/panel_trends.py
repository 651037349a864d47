"""How each kind of a method's panels is drawn over the epochs; which method it is plays no part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dcviz.figures import style
from dcviz.figures.curves import Curve, over_epochs
from dcviz.figures.curves import Panel as Axes
from dcviz.figures.spreads import functions, over_time
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import cached, series, words
from dcviz.ui.panel_kinds import Drawn
from models.catalog import MethodEntry
from models.catalog.entry import Panel

Array = np.ndarray
MOST_EPOCHS, MOST_CURVES, BINS = 60, 6, 40


@dataclass(frozen=True)
class Course:
    """What a panel over the epochs is drawn from."""

    run: Run
    entry: MethodEntry
    panel: Panel
    epochs: tuple[Epoch, ...]
    now: Epoch

    def title(self, name: str) -> str:
        """What an extra or a loss is called, with its unit."""
        extra = self.entry.extras.get(name)
        return extra.title if extra else f"{name.replace('_', ' ')} (no unit)"

    def number(self, name: str) -> list[float]:
        """A number at each epoch, NaN where there is none."""
        values = [epoch.extras.get(name) for epoch in self.epochs]
        return [np.nan if value is None else float(value) for value in values]

    def stored(self, name: str) -> list[Epoch]:
        """Up to 60 epochs, spread evenly, of those that hold an array."""
        extra = self.entry.extras.get(name)
        phases = extra.phases if extra else ()
        held = [e for e in self.epochs if e.epoch and (not phases or e.phase in phases)]
        picked = np.unique(np.linspace(0, len(held) - 1, min(len(held), MOST_EPOCHS)).astype(int))
        return [held[i] for i in picked if _holds(self.run, held[i].key, name)]


def array(run: Run, key: str, name: str) -> Array | None:
    """An extra of an epoch, or what is stored of its clusters, by name."""
    found = run.extras(key, name) or run.assigned(key)
    return found.get(name)


def _holds(run: Run, key: str, name: str) -> bool:
    return _known(run, cached.identity(run), key, name)


@st.cache_data(show_spinner=False, max_entries=4096)
def _known(_run: Run, who: str, key: str, name: str) -> bool:
    return array(_run, key, name) is not None


@st.cache_data(show_spinner=False, max_entries=1024)
def _shares(_run: Run, who: str, key: str, name: str, low: float, high: float) -> Array:
    values = np.asarray(array(_run, key, name), float).ravel()
    counts, _ = np.histogram(np.clip(values, low, high), bins=BINS, range=(low, high))
    return counts / max(1, len(values))


@st.cache_data(show_spinner=False, max_entries=1024)
def _limits(_run: Run, who: str, key: str, name: str) -> tuple[float, float]:
    values = np.asarray(array(_run, key, name), float)
    return float(values.min()), float(values.max())


@st.cache_data(show_spinner=False, max_entries=1024)
def _agreeing(_run: Run, who: str, key: str, name: str) -> tuple[int, int]:
    labels, partner = _run.labels(), array(_run, key, name)
    assert labels is not None
    assert partner is not None
    # An entry that the point itself left there earlier has its label without any merit.
    have = (partner >= 0) & (partner != np.arange(len(partner)))
    return int((labels[have] == labels[partner[have]]).sum()), int(have.sum())


def _lines(course: Course, axes: Axes, *, what: str) -> Drawn | None:
    known = np.isfinite([curve.y for curve in axes.curves])  # (curves, epochs)
    if not known.any():
        return None
    figure = over_epochs(
        series.positions(course.epochs), [axes], phases=series.phases(course.run), now=course.now.position,
        height=320,
    )  # fmt: skip
    _mark(figure, course, axes)
    ends = [(c.name, [v for v in c.y if np.isfinite(v)]) for c in axes.curves]
    alt = "; ".join(f"{name} from {v[0]:.3g} to {v[-1]:.3g}" for name, v in ends if v)
    return Drawn(figure, f"{int(known.any(0).sum()):,} epochs with {what}.", f"Curves: {alt}")


def _mark(figure: go.Figure, course: Course, axes: Axes) -> None:
    """A flag where the number that the panel watches goes from 0 to 1."""
    watched = course.panel.cut
    if watched is None:
        return
    steps = course.number(watched)
    turned = [i for i in range(1, len(steps)) if steps[i] == 1 and steps[i - 1] == 0]
    for i in turned[:1]:
        figure.add_vline(x=course.epochs[i].position, line={"color": style.VERMILLION, "dash": "dot"})
        text = f"⚑ {course.title(watched).split(' (')[0]}"
        figure.add_annotation(
            x=course.epochs[i].position, y=_free_height(axes, i), yref="y domain", text=text,
            showarrow=False, xanchor="right", yanchor="middle", font={"size": 11},
        )  # fmt: skip


def _free_height(axes: Axes, at: int) -> float:
    """Where, from 0 (bottom) to 1, a label that ends at this epoch is farthest from all curves."""
    curves = np.array([curve.y for curve in axes.curves], float)
    low, high = np.nanmin(curves), np.nanmax(curves)
    before = curves[:, max(0, at - max(1, curves.shape[1] // 4)) : at + 1]
    passed = (before[np.isfinite(before)] - low) / max(high - low, 1e-12)
    heights = np.linspace(0.1, 0.9, 17)
    gaps = np.abs(heights[:, None] - passed).min(1) if len(passed) else -np.abs(heights - 0.5)
    return float(heights[gaps.argmax()])


def _numbers(course: Course) -> Drawn | None:
    names = course.panel.of
    one = course.title(names[0]) if len(names) == 1 else "share (no unit)"
    curves = tuple(Curve(_plain(course.title(name)), course.number(name)) for name in names)
    return _lines(course, Axes(one, curves), what="these numbers")


def _plain(title: str) -> str:
    return title.partition(" (")[0]


def _losses(course: Course) -> Drawn | None:
    found = series.losses(course.epochs)
    names = [name for name in course.panel.of if name in found]
    curves = tuple(Curve(name.replace("_", " "), found[name]) for name in names)
    if not curves:
        return None
    positive = all(not value <= 0 for curve in curves for value in curve.y)
    return _lines(course, Axes("mean loss of the epoch (no unit)", curves, log=positive), what="these losses")


def _spread(course: Course) -> Drawn | None:
    name = course.panel.of[0]
    held = course.stored(name)
    if not held:
        return None
    who = cached.identity(course.run)
    limits = [_limits(course.run, who, epoch.key, name) for epoch in held]
    low, high = min(pair[0] for pair in limits), max(pair[1] for pair in limits)
    high = high if high > low else low + 1.0
    shares = np.stack([_shares(course.run, who, epoch.key, name, low, high) for epoch in held])
    edges = np.linspace(low, high, BINS + 1)
    figure = over_time(
        series.positions(held), edges, shares, title=course.title(name), now=course.now.position
    )
    alt = f"Histograms of {course.title(name)} over {len(held)} epochs"
    return Drawn(figure, f"{len(held)} epochs, {course.run.spec.get('n') or 0:,} points.", alt)


def _curves(course: Course) -> Drawn | None:
    x_name, y_name = course.panel.of
    held = course.stored(y_name)
    if not held:
        return None
    chosen = [held[i] for i in np.unique(np.linspace(0, len(held) - 1, MOST_CURVES).astype(int))]
    arrays = [course.run.extras(epoch.key, x_name, y_name) for epoch in chosen]
    named = [
        (f"epoch {words.epoch(epoch.position)}", found[y_name])
        for epoch, found in zip(chosen, arrays, strict=True)
    ]
    cuts = [epoch.extras.get(course.panel.cut or "") for epoch in chosen]
    known = [float(cut) for cut in cuts if cut is not None]
    titles = (course.title(x_name), course.title(y_name))
    figure = functions(arrays[0][x_name], named, titles=titles, cuts=known)
    moved = f"; {course.panel.cut} from {known[0]:.3f} to {known[-1]:.3f}" if known else ""
    return Drawn(
        figure, f"{len(chosen)} of {len(held)} epochs.", f"{titles[1]} at {len(chosen)} epochs{moved}"
    )


def _partner_rate(course: Course) -> Drawn | None:
    labels, name = course.run.labels(), course.panel.of[0]
    if labels is None:
        return None
    who = cached.identity(course.run)
    counts = {e.key: _agreeing(course.run, who, e.key, name) for e in course.stored(name)}
    pairs = [counts.get(epoch.key, (0, 0)) for epoch in course.epochs]
    rate = [hits / total if total else np.nan for hits, total in pairs]
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    level = float((shares**2).sum())
    chance = [level if total else np.nan for _, total in pairs]
    curves = (Curve("same true label", rate), Curve("chance", chance, dash="dot", color=style.GRAY))
    axes = Axes("share of the points (no unit)", curves, low=0, high=1.02)
    return _lines(course, axes, what="an entry") if np.isfinite(rate).any() else None


TRENDS: dict[str, Callable[[Course], Drawn | None]] = {
    "numbers": _numbers, "losses": _losses, "spread": _spread, "curves": _curves,
    "partner_rate": _partner_rate,
}  # fmt: skip


def leftovers(entry: MethodEntry) -> Sequence[Panel]:
    """A curve for each number of a method that no panel of its own draws."""
    drawn = {name for panel in entry.panels for name in (*panel.of, panel.cut)}
    return [
        Panel("numbers", extra.title, (name,), extra.caption, r"\text{one number an epoch}", extra.title,
              "anything between the stored epochs.")
        for name, extra in entry.extras.items() if extra.kind == "number" and name not in drawn
    ]  # fmt: skip
