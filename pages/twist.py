"""Feature Twist: what the switch from reconstruction to clustering does to curved clusters."""

import streamlit as st

from dcviz import ui
from dcviz.exchange.calls import drawn
from dcviz.runs import Run
from dcviz.ui import (
    address,
    definitions,
    duo,
    first_minute,
    later,
    lens,
    lesson,
    live_training,
    page_state,
    twists,
    view,
)
from dcviz.ui.chart import chart
from dcviz.ui.live_curves import PANELS, live_curves
from dcviz.ui.switch_lab import switch_lab

GROUP = "twist"
CLOSER = {
    "numbers": "Numbers",
    "lens": "Twist lens",
    "switch": "Switch moment",
    "train": "Train it live",
    "draw": "Draw your own",
}


@ui.page(
    "Feature Twist",
    "Each dot is one sample of a curved band, colored by its place along the curve. **First** the input, "
    "**then** where each network puts the dots, epoch by epoch.",
)
def feature_twist() -> None:
    page, foot = st.container(key="page"), st.container(key="foot")
    with foot:
        main, others = duo.pick_group()
    with page:
        show(main, others)


def show(main: Run, others: list[Run]) -> None:
    runs, guided = [main, *others], first_minute.active()
    seen = pictures(runs, guided=guided)
    card, curves = st.container(key="card"), st.container(key="curves")
    told = True
    with card:
        if guided:
            told = first_minute.lead(runs, seen)
    with curves:
        live_curves(
            runs, [duo.label(run) for run in runs], epoch=seen.epoch, key="live_curves", group=GROUP,
            play=first_minute.cue(seen) if guided else None, cookie=first_minute.cookie(),
        )  # fmt: skip
    if not told:
        return  # what follows would give the answer away
    with curves:
        definitions.offer([score for _, score, *_ in PANELS], key="live_curves")
    if guided:
        first_minute.unlock(main, group=GROUP, epoch=seen.epoch)
    first_minute.doors(main)
    closer(runs, seen)
    if not guided:
        first_minute.offer_again()


def pictures(runs: list[Run], *, guided: bool) -> view.ViewState:
    """The playing pictures; all share one cursor."""
    begin = address.epoch()
    # All begin at one epoch; a picture left to itself would begin at its last and draw the others along.
    begin = runs[0].epochs()[0].position if begin is None else begin
    options = {"color": "position", "height": 430, "linked": GROUP, "epoch": begin}
    options["same_box"] = duo.began_as_one(runs)
    start = {"autoplay": True, "pause_at": "switch" if guided else None, "beside": "input"}
    if len(runs) == 1:
        return picture(runs[0], key="twist", controls=("play", "track"), **options, **start)
    first, *columns = st.columns([2.5, *(1 for _ in runs[1:])], gap="small")
    with first:
        seen = picture(runs[0], key="twist", controls=("play", "track"), **options, **start)
    for number, (column, run) in enumerate(zip(columns, runs[1:], strict=True)):
        with column:
            picture(run, key=f"twist_other_{number}", controls=("track",), follow=False, **options)
    return seen


def picture(run: Run, **options: object) -> view.ViewState:
    st.markdown(f"#### {duo.label(run)}")
    seen = view.latents(run, **options)
    st.caption(lesson.summary(run))
    return seen


def closer(runs: list[Run], seen: view.ViewState) -> None:
    """One of the closer looks at a time."""
    st.subheader("Look closer", anchor=False)
    page_state.kept("closer", list(CLOSER), key="closer")
    part = st.segmented_control(
        "Look closer", list(CLOSER), required=True, key="closer",
        format_func=CLOSER.get, label_visibility="collapsed",
    )  # fmt: skip
    if part == "lens":
        lenses(runs)
    elif part == "switch":
        switch_lab()
    elif part == "train":
        live_training.train_live()
    elif part == "draw":
        live_training.draw()
    elif later.after_first_picture("twist", height=900):
        with st.spinner("Measuring folds and crossings …"):
            found = {run.id: twists.twist(run) for run in runs}
        numbers(runs, found, now=seen.epoch)
        truth(duo.family(runs[0], runs[1] if len(runs) > 1 else None))


def lenses(runs: list[Run]) -> None:
    usable = {run.id: run for run in runs if lens.possible(run)}
    if not usable:
        st.info("The lens needs a run on a plane with stored weights. The shipped runs have them.")
        return
    chosen = st.segmented_control(
        "Network of", list(usable), default=next(iter(usable)), required=True, key="lens_run",
        format_func=lambda run_id: duo.label(usable[run_id]),
    )  # fmt: skip
    lens.twist_lens(usable[str(chosen)], runs, key=f"lens_{chosen}")


def numbers(runs: list[Run], found: dict[str, twists.Twist], *, now: float) -> None:
    chart(
        drawn(lesson.twist_curves, runs, now=now),
        lesson.caption(runs, found),
        key="twist_numbers",
        alt=lesson.in_words(runs, found),
    )


def truth(runs: list[Run]) -> None:
    found = {run.id: twists.twist(run) for run in runs}
    st.subheader("Damage against movement", anchor=False)
    st.markdown(lesson.movement(runs, found))
    chart(
        drawn(lesson.folding_paths, runs),
        lesson.path_caption(runs),
        key="twist_path",
        alt=lesson.path_in_words(runs, found),
    )


feature_twist()
