"""Learn: six lessons, the switch-moment table, and the words of the lab."""

import streamlit as st

from dcviz import ui
from dcviz.lessons.catalog import LESSONS
from dcviz.ui import learning, predictions
from dcviz.ui.switch_lab import switch_lab
from dcviz.ui.word_list import word_list

PARTS = {"lessons": "Lessons", "switch": "The switch moment", "words": "Words"}


@ui.page(
    "Learn",
    "Six short lessons on what happens inside a latent space. Predict, look, compare; every number is "
    "measured on the runs that come with the lab.",
)
def learn() -> None:
    pinned = st.query_params.get("pinned") == "1"
    if pinned and st.query_params.get("lesson") in LESSONS:
        learning.show(LESSONS[st.query_params["lesson"]], pinned=True)
        predictions.offer()
        return
    part = choose_part()
    if part == "switch":
        st.markdown(
            "**When does clustering begin, and how much does it weigh?** Each cell is a finished training. "
            "Find the largest weight that does not fold, then ask whether the moment of the switch matters."
        )
        switch_lab()
    elif part == "words":
        word_list()
    else:
        lessons()
    predictions.offer()


def choose_part() -> str:
    asked = st.query_params.get("part", "lessons")
    part = st.segmented_control(
        "Part", list(PARTS), default=asked if asked in PARTS else "lessons", required=True,
        key="learn_part", format_func=PARTS.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    if part != asked:
        st.query_params["part"] = str(part)
    return str(part)


def lessons() -> None:
    """The chosen lesson, or six cards."""
    names = ["", *LESSONS]
    asked = st.query_params.get("lesson", "")
    chosen = st.selectbox(
        "Lesson", names, index=names.index(asked) if asked in names else 0, key="learn_lesson",
        format_func=lambda name: LESSONS[name].title if name else "All six lessons",
    )  # fmt: skip
    if chosen != asked:
        st.query_params["lesson"] = chosen
    if chosen:
        learning.show(LESSONS[chosen], pinned=False)
    else:
        learning.overview(lambda name: st.session_state.update(learn_lesson=name))


learn()
