"""Every lesson is complete, its numbers are read from shipped runs, and its links lead somewhere."""

import math
import string
import subprocess
import sys
from pathlib import Path

import pytest

from dcviz.lessons.catalog import LESSONS
from dcviz.lessons.glossary import GLOSSARY
from dcviz.lessons.lesson import MINUTES, Lesson, Reading, View, filled, read
from dcviz.runs import RunStore
from dcviz.runs.store import default_store

ROOT = Path(__file__).resolve().parents[2]
each_lesson = pytest.mark.parametrize("lesson", LESSONS.values(), ids=lambda lesson: lesson.id)


def texts(lesson: Lesson) -> list[str]:
    return [
        *(step.text for step in lesson.steps),
        *(case.text for case in lesson.negatives),
        lesson.observation,
        lesson.answer,
    ]


def views(lesson: Lesson) -> list[View]:
    found = [step.view for step in lesson.steps] + [case.view for case in lesson.negatives]
    return [view for view in found if view is not None]


def test_there_are_six() -> None:
    assert list(LESSONS) == ["keeps", "core-border", "dimension", "twist", "chance", "help"]


@each_lesson
def test_a_lesson_is_complete(lesson: Lesson) -> None:
    assert len(lesson.steps) == 3
    assert len(lesson.negatives) >= 2
    assert tuple(lesson.plan) == MINUTES
    assert len(lesson.notes) >= 2
    assert len(lesson.prediction.options) >= 3
    assert set(lesson.prediction.right) <= set(lesson.prediction.options)
    assert lesson.question.endswith("?")
    assert lesson.claims
    assert set(lesson.terms) <= set(GLOSSARY)


@each_lesson
def test_its_numbers_are_measured(lesson: Lesson) -> None:
    store = default_store()
    used = {name for text in texts(lesson) for _, name, _, _ in string.Formatter().parse(text) if name}
    assert used == set(lesson.readings)
    for name, reading in lesson.readings.items():
        assert not math.isnan(read(reading, store)), name
    for text in texts(lesson):
        assert "not measured" not in filled(text, lesson, store)


@each_lesson
def test_its_views_can_be_shown(lesson: Lesson) -> None:
    from dcviz.ui.links import PAGES
    from dcviz.viewer.options import COLORS

    for view in views(lesson):
        for run_id in filter(None, (view.run, view.other)):
            run = default_store().by_id(run_id)
            assert run.epochs()[0].position <= view.epoch <= run.epochs()[-1].position
            assert not view.inputs or run.inputs() is not None
        assert view.color in COLORS
    assert {step.page for step in lesson.steps if step.page} <= set(PAGES)


def test_a_missing_run_is_said_not_guessed(tmp_path: Path) -> None:
    nothing = RunStore(tmp_path)
    assert math.isnan(read(Reading("arcs-dec", 400, "flip"), nothing))
    assert "not measured" in filled(LESSONS["twist"].observation, LESSONS["twist"], nothing)


def test_texts_need_neither_torch_nor_streamlit() -> None:
    code = (
        "import sys, dcviz.lessons.catalog, dcviz.lessons.glossary, dcviz.lessons.claims\n"
        "import dcviz.lessons.grid\n"
        "assert not {'torch', 'streamlit', 'plotly'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
