"""Feature Twist: what the switch from reconstruction to clustering does to curved clusters."""

import streamlit as st

from dcviz import ui
from dcviz.figures.curves import over_epochs
from dcviz.figures.paths import damage_against_movement
from dcviz.runs import Run
from dcviz.ui import duo, later, lesson, series, twists, view
from dcviz.ui.chart import chart


@ui.page(
    "Feature Twist",
    "Each dot is one sample of a curved band, colored by its place along the curve. **Left:** the input. "
    "**Beside it:** where each network puts the dots, epoch by epoch. It plays by itself and halts at the "
    "red flag: predict what happens next, then press play.",
)
def feature_twist() -> None:
    page, foot = st.container(key="page"), st.container(key="foot")
    with foot:
        main, other = duo.pick_pair()
    with page:
        show(main, other)


def show(main: Run, other: Run | None) -> None:
    seen = pictures(main, other)
    runs = [main] if other is None else [main, other]
    question(runs)
    if later.after_first_picture("twist", height=900):
        with st.spinner("Measuring folds and crossings …"):
            found = {run.id: twists.twist(run) for run in runs}
        numbers(runs, found, now=seen.epoch)
        truth(duo.family(main, other))
    doors(main)


def pictures(main: Run, other: Run | None) -> view.ViewState:
    """The playing pictures; two runs share one cursor."""
    options = {"color": "position", "height": 460, "linked": "twist"}
    start = {"autoplay": True, "pause_at": "switch"}
    if other is None:
        return picture(main, key="twist", controls=("play", "track"), beside="input", **options, **start)
    left, right = st.columns([2, 1], gap="small")
    with left:
        seen = picture(main, key="twist", controls=("play", "track"), beside="input", **options, **start)
    with right:
        picture(other, key="twist_other", controls=("track",), follow=False, **options)
    return seen


def picture(run: Run, **options: object) -> view.ViewState:
    st.markdown(f"#### {duo.label(run)}")
    seen = view.latents(run, **options)
    st.caption(lesson.summary(run))
    return seen


def question(runs: list[Run]) -> None:
    """Ask for a prediction before the numbers are shown."""
    with st.container(border=True, key="question"):
        st.markdown(f"#### What will the switch do to the bands?\n{lesson.before(runs)}")
        said = st.segmented_control(
            "Your prediction",
            list(lesson.PREDICTIONS),
            key="prediction",
            format_func=lesson.PREDICTIONS.get,
            label_visibility="collapsed",
        )
        if said:
            st.markdown(lesson.after(runs, str(said)))
        with st.expander("What is happening here?", icon=":material/lightbulb:", key="why"):
            st.markdown(lesson.WHY)


def numbers(runs: list[Run], found: dict[str, twists.Twist], *, now: float) -> None:
    st.subheader("The same in numbers", anchor=False)
    main = runs[0]
    chart(
        over_epochs(
            series.positions(main.epochs()),
            lesson.panels(runs, found),
            phases=lesson.phases(runs),
            now=now,
            height=620,
        ),
        lesson.caption(runs, found),
        key="twist_numbers",
        alt=lesson.in_words(runs, found),
    )


def truth(runs: list[Run]) -> None:
    found = {run.id: twists.twist(run) for run in runs}
    st.subheader("Damage against movement", anchor=False)
    st.markdown(lesson.movement(runs, found))
    chart(
        damage_against_movement(
            {
                duo.label(run): (found[run.id].movement, found[run.id].flipped, found[run.id].epochs)
                for run in runs
            },
            title="folded: share of flipped triangles",
        ),
        lesson.path_caption(runs),
        key="twist_path",
        alt=lesson.path_in_words(runs, found),
    )


def doors(main: Run) -> None:
    st.subheader("Go on", anchor=False)
    cards = (
        (
            "Move the thresholds",
            "Which dots are core, which neighbors reliable?",
            "explore",
            "Open this run in Explore",
        ),
        ("Train it yourself", "Other curves, other losses, your own data.", "train", "Choose what to train"),
        (
            "Read the curves",
            "Dimension, curvature and agreement over all epochs.",
            "geometry",
            "Open Geometry",
        ),
    )
    for column, (head, text, page, label) in zip(st.columns(3), cards, strict=True):
        with column, st.container(border=True, height="stretch", key=f"door_{page}"):
            st.markdown(f"**{head}**\n\n{text}")
            ui.link(page, label, run=main.id)


feature_twist()
