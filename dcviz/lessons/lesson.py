"""What a lesson is made of. Numbers in its texts are readings of shipped runs, never typed by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from dcviz.runs import RunStore
from dcviz.runs.errors import RunError

MINUTES = (10, 25, 45)


@dataclass(frozen=True)
class Reading:
    """One number of a shipped run.

    Attributes:
        run: id in the gallery.
        epoch: a stored epoch.
        score: name among its scores.
        form: how it is written, as in format().
    """

    run: str
    epoch: int
    score: str
    form: str = ".2f"


@dataclass(frozen=True)
class View:
    """What to look at: one run, or two side by side under one cursor.

    Attributes:
        run: id in the gallery.
        epoch: where the cursor stands.
        other: second run, beside it.
        color: color mode of the viewer.
        inputs: draw the input at the left.
        thresholds: show the sliders.
    """

    run: str
    epoch: float
    other: str | None = None
    color: str = "position"
    inputs: bool = True
    thresholds: bool = False


@dataclass(frozen=True)
class Step:
    """One of the three things to do: a heading, what to do, what to look at, perhaps a page to open."""

    title: str
    text: str
    view: View
    page: str | None = None


@dataclass(frozen=True)
class Prediction:
    """Asked before the numbers are shown.

    Attributes:
        question: one sentence.
        options: id -> what one may say.
        right: id of what happens; a tuple where two answers hold.
    """

    question: str
    options: Mapping[str, str]
    right: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A case in which the expected thing does not happen."""

    title: str
    text: str
    view: View | None = None


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes:
        id: in addresses.
        title: a short name.
        goal: what one can do afterwards, one sentence.
        steps: three.
        prediction: recorded before the observation.
        observation: what was measured; holds {readings}.
        question: to be answered after.
        answer: hidden until asked for.
        negatives: at least two.
        plan: minutes -> what fits into them.
        notes: for the teacher.
        claims: ids of CLAIMS that the lesson rests on.
        terms: ids of GLOSSARY.
        readings: name -> number; every text may hold {name}.
    """

    id: str
    title: str
    goal: str
    steps: tuple[Step, Step, Step]
    prediction: Prediction
    observation: str
    question: str
    answer: str
    negatives: tuple[Case, ...]
    plan: Mapping[int, str]
    notes: tuple[str, ...]
    claims: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    readings: Mapping[str, Reading] = field(default_factory=dict)


def read(reading: Reading, store: RunStore) -> float:
    """The number, as stored; NaN where the run, the epoch or the score is missing."""
    try:
        value = store.by_id(reading.run).epoch(reading.epoch).scores.get(reading.score)
    except RunError:
        return math.nan
    return math.nan if value is None else float(value)


def filled(text: str, lesson: Lesson, store: RunStore) -> str:
    """A text of the lesson with its readings put in; "not measured" where one is missing."""
    return text.format_map({name: _written(each, store) for name, each in lesson.readings.items()})


def _written(reading: Reading, store: RunStore) -> str:
    value = read(reading, store)
    return "not measured" if math.isnan(value) else format(value, reading.form)
