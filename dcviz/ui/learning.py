"""How a lesson is shown: goal, three steps with a picture, prediction, observation, question, other cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dcviz.lessons.catalog import LESSONS
from dcviz.lessons.claims import CLAIMS
from dcviz.lessons.glossary import GLOSSARY
from dcviz.lessons.lesson import MINUTES, Lesson, View, filled
from dcviz.runs import Run, default_store
from dcviz.runs.errors import RunError
from dcviz.ui import duo, lesson_captions, pick, predictions, words
from dcviz.ui.chart import explain
from dcviz.ui.links import link
from dcviz.viewer import ViewState, latent_view


def overview(open_lesson: Callable[[str], None]) -> None:
    """Six cards; each opens its lesson."""
    lessons = list(LESSONS.values())
    for row in (lessons[:3], lessons[3:]):
        for column, lesson in zip(st.columns(3), row, strict=True):
            with column, st.container(border=True, height="stretch", key=f"card_{lesson.id}"):
                number = lessons.index(lesson) + 1
                st.markdown(f"##### {number}. {lesson.title}\n{lesson.goal}")
                st.button(
                    "Open the lesson", key=f"open_{lesson.id}", icon=":material/school:",
                    on_click=open_lesson, args=(lesson.id,),
                )  # fmt: skip


def show(lesson: Lesson, *, pinned: bool) -> None:
    """The whole lesson; `pinned` leaves out what a class does not need."""
    st.subheader(lesson.title, anchor=False)
    st.markdown(f"**Goal.** {lesson.goal}")
    # Steps and cases hold more or fewer elements. Each in a place of its own: what follows would otherwise
    # move, Streamlit would make it anew, and a press that is under way on it would be lost.
    with st.container():
        _steps(lesson, pinned=pinned)
    _prediction(lesson)
    if not pinned:
        _question(lesson)
        with st.container():
            _negatives(lesson)
        _beneath(lesson)


def _steps(lesson: Lesson, *, pinned: bool) -> None:
    """One step at a time: its text, then its picture."""
    names = [f"{number}. {step.title}" for number, step in enumerate(lesson.steps, start=1)]
    at = st.segmented_control(
        "Step", names, default=names[0], required=True, key=f"step_{lesson.id}", label_visibility="collapsed"
    )
    step = lesson.steps[names.index(str(at))]
    st.markdown(filled(step.text, lesson, default_store()))
    picture(step.view, key=f"{lesson.id}_{names.index(str(at))}")
    if not pinned and step.page:
        link(step.page, f"See it on {step.page.title()}", run=step.view.run)


def picture(view: View, *, key: str) -> None:
    """The viewer as the lesson wants it; two runs share cursor and thresholds."""
    try:
        runs = [default_store().by_id(run_id) for run_id in (view.run, view.other) if run_id]
    except RunError as error:
        st.warning(f"A picture is missing: {error}", icon=":material/broken_image:")
        return
    controls = ("play", "track", "thresholds") if view.thresholds else ("play", "track")
    options: dict[str, Any] = {
        "color": view.color,
        "epoch": view.epoch,
        "height": 430,
        "linked": f"lesson_{key}",
        "same_box": duo.began_as_one(runs),
    }
    beside: dict[str, Any] = {"beside": "input"} if view.inputs else {}
    if len(runs) == 1:
        _titled(runs[0])
        at = pick.thresholds(runs[0])
        seen = latent_view(
            runs[0], key=f"lesson_{key}", controls=controls, thresholds=at, **beside, **options
        )
        _explain(runs[0], seen, view, key=key)
        return
    left, right = st.columns([2, 1] if view.inputs else 2, gap="small")
    with left:
        _titled(runs[0])
        seen = latent_view(runs[0], key=f"lesson_{key}", controls=controls, **beside, **options)
    with right:
        _titled(runs[1])
        latent_view(runs[1], key=f"lesson_{key}_other", controls=("track",), **options)
    _explain(runs[0], seen, view, key=key)


def _explain(run: Run, seen: ViewState, view: View, *, key: str) -> None:
    found = lesson_captions.below(run, seen, view)
    if found is not None:
        explain(found, key=f"lesson_{key}")


def _titled(run: Run) -> None:
    st.caption(
        f"**{words.literal(run.name)}** · seed {run.spec.get('seed', 0)} · {run.spec.get('n') or 0:,} points"
    )


def _prediction(lesson: Lesson) -> None:
    asked = lesson.prediction
    with st.container(border=True, key=f"prediction_{lesson.id}"):
        st.markdown(f"#### Predict first\n{asked.question}")
        said = predictions.ask(
            lesson.title, asked.question, asked.options, asked.right, key=f"lesson_{lesson.id}"
        )
        if said is None:
            st.caption("What was observed appears once you have said something; only you see what you said.")
            return
        agrees = said in asked.right
        happened = " or ".join(asked.options[each].lower() for each in asked.right)
        st.markdown(
            f"**You predicted** “{asked.options[said].lower()}”. **Observed:** "
            + ("the same. " if agrees else f"{happened}. ")
            + filled(lesson.observation, lesson, default_store())
        )


def _question(lesson: Lesson) -> None:
    st.markdown(f"#### Question\n{lesson.question}")
    with st.expander("Answer", icon=":material/lightbulb:", key=f"answer_{lesson.id}"):
        st.markdown(filled(lesson.answer, lesson, default_store()))


def _negatives(lesson: Lesson) -> None:
    st.markdown("#### Where it does not happen")
    titles = [case.title for case in lesson.negatives]
    at = st.segmented_control(
        "Case",
        titles,
        default=titles[0],
        required=True,
        key=f"case_{lesson.id}",
        label_visibility="collapsed",
    )
    case = lesson.negatives[titles.index(str(at))]
    st.markdown(filled(case.text, lesson, default_store()))
    if case.view and st.toggle("Show it", key=f"case_{lesson.id}_{titles.index(str(at))}_shown"):
        picture(case.view, key=f"{lesson.id}_case_{titles.index(str(at))}")


def _beneath(lesson: Lesson) -> None:
    """Claims, words and the teacher's notes, folded away."""
    with st.expander("What these sentences rest on", icon=":material/fact_check:", key=f"claims_{lesson.id}"):
        st.caption(
            "Each is held by a test. Those about training hold for all of eight seeds on the four arcs "
            "(python -m benchmarks.twist)."
        )
        st.markdown("\n".join(f"* {CLAIMS[name].text}" for name in lesson.claims))
    with st.expander("Words", icon=":material/dictionary:", key=f"terms_{lesson.id}"):
        st.markdown("\n".join(f"* **{GLOSSARY[t].word}.** {GLOSSARY[t].plain}" for t in lesson.terms))
    with st.expander("For teachers", icon=":material/school:", key=f"teacher_{lesson.id}"):
        for minutes in MINUTES:
            st.markdown(f"**{minutes} minutes.** {lesson.plan[minutes]}")
        st.markdown("\n".join(f"* {note}" for note in lesson.notes))
        st.caption("Lesson link: text, picture and prediction only, no menus of the lesson.")
        st.code(f"/learn?lesson={lesson.id}&pinned=1", language=None)
