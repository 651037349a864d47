"""A run's numbers as series over its epochs, ready for figures and tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from dcviz.figures import style
from dcviz.figures.curves import Curve
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch


def positions(epochs: Sequence[Epoch]) -> list[float]:
    """Epoch position of each snapshot."""
    return [epoch.position for epoch in epochs]


def score(epochs: Sequence[Epoch], name: str) -> list[float]:
    """One score at each snapshot; NaN where it does not exist."""
    return [_number(epoch.scores.get(name)) for epoch in epochs]


def losses(epochs: Sequence[Epoch]) -> dict[str, list[float]]:
    """Every named loss at each snapshot, in the order they first appear; NaN before training."""
    names = dict.fromkeys(name for epoch in epochs for name in epoch.losses)
    return {name: [_number(epoch.losses.get(name)) for epoch in epochs] for name in names}


def known(values: Iterable[float]) -> bool:
    """True if at least one value exists."""
    return any(math.isfinite(value) for value in values)


def reason(epochs: Sequence[Epoch], name: str) -> str | None:
    """Why a score is missing at the last snapshot, in the words of whoever computed it."""
    return epochs[-1].reasons.get(name) if epochs else None


def curve(
    epochs: Sequence[Epoch],
    name: str,
    title: str,
    *,
    band: bool = False,
    dash: str = "solid",
    color: str | None = None,
) -> Curve:
    """One score as a curve; with `band`, between the scores `name_low` and `name_high`."""
    low = score(epochs, f"{name}_low") if band else None
    high = score(epochs, f"{name}_high") if band else None
    return Curve(title, score(epochs, name), low=low, high=high, dash=dash, color=color)


def band(epochs: Sequence[Epoch], name: str, title: str) -> tuple[Curve, ...]:
    """The spread of a score over seeds of k-means, bars at phase ends; () where none is stored."""
    low, high = score(epochs, f"{name}_band_low"), score(epochs, f"{name}_band_high")
    return (
        (Curve(title, score(epochs, name), low=low, high=high, bars=True, color=style.LINES[0]),)
        if known(low)
        else ()
    )


def phases(run: Run) -> list[tuple[str, int]]:
    """Name and number of epochs of each phase; phases of no epoch are left out."""
    return [(str(name), int(length)) for name, length in run.spec.get("phases") or [] if int(length) > 0]


def table(epochs: Sequence[Epoch], names: Sequence[str]) -> pd.DataFrame:
    """The numbers behind a figure: one row a snapshot."""
    return pd.DataFrame({"epoch": positions(epochs), **{name: score(epochs, name) for name in names}})


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
