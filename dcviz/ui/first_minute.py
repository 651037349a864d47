"""The first minute: it plays, halts at the switch and asks, plays on slowly, compares, unlocks, opens doors.

A visitor sees it once; the browser remembers that in a cookie. It can be skipped and asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dcviz.runs import Run
from dcviz.ui import lesson, twists, view
from dcviz.ui.links import link

COOKIE, SEEN = "dcviz_first_minute", "seen"
_OVER, _SKIPPED, _AGAIN, _TELL, _SAID, _HALTED, _ELSEWHERE = (
    f"minute.{word}" for word in ("over", "skipped", "again", "tell", "said", "halted", "elsewhere")
)


def active() -> bool:
    """Whether to lead the visitor through the first minute; once begun it stays until the visit ends."""
    if st.session_state.get(_SKIPPED):
        return False
    begun = st.session_state.get(_AGAIN) or said() is not None
    # A link to one of the closer looks leads there, for the whole visit: the minute would hide it.
    elsewhere = st.session_state.setdefault(_ELSEWHERE, "closer" in st.query_params)
    return bool(begun or not (elsewhere or st.context.cookies.get(COOKIE) == SEEN))


def cookie() -> str | None:
    """What the browser is to remember once the visitor has seen the observation or skipped."""
    done = st.session_state.get(_OVER) or st.session_state.get(_SKIPPED)
    return f"{COOKIE}={SEEN}" if done else None


def cue(seen: view.ViewState) -> str | None:
    """What lets the pictures play on: a new value after the prediction, and again after the halt."""
    if seen.paused_at_switch:
        st.session_state[_HALTED] = True
    told = said()
    return None if told is None else f"{told}, halted: {bool(st.session_state.get(_HALTED))}"


def said() -> str | None:
    """What was predicted, or None."""
    return st.session_state.get(_SAID)


def lead(runs: Sequence[Run], seen: view.ViewState) -> bool:
    """Show where the first minute stands: question, wait, or predicted against observed.

    Args:
        runs: the first one is asked about.
        seen: where the playing picture stands.

    Returns:
        True once the observation was shown.
    """
    with st.container(border=True, key="question"):
        st.markdown(f"#### What will the switch do to the bands?\n{lesson.before(runs)}")
        _ask()
        if said() is None:
            _skip()
            return False
        told = st.session_state.get(_TELL) or _played_to_the_end(runs[0], seen)
        if told:
            st.session_state[_OVER] = True
            st.markdown(lesson.after(runs, str(said())))
            with st.expander("What is happening here?", icon=":material/lightbulb:", key="why"):
                st.markdown(lesson.WHY)
        else:
            st.markdown("**Now watch.** The pictures and the curves play on, slowly. Or press play yourself.")
            st.button("Tell me now", key="tell", icon=":material/fast_forward:", on_click=_set, args=(_TELL,))
    return bool(told)


def _played_to_the_end(run: Run, seen: view.ViewState) -> bool:
    """Only after the halt: before the browser has told anything, the cursor counts as at the end."""
    return bool(st.session_state.get(_HALTED)) and seen.epoch >= run.epochs()[-1].position - 1e-6


def _ask() -> None:
    chosen = st.segmented_control(
        "Your prediction", list(lesson.PREDICTIONS), key="prediction", disabled=said() is not None,
        format_func=lesson.PREDICTIONS.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    if chosen and said() is None:
        st.session_state[_SAID] = str(chosen)
        st.rerun()


def _skip() -> None:
    st.button("Skip", key="skip", type="tertiary", icon=":material/close:", on_click=_set, args=(_SKIPPED,))


def _set(name: str) -> None:
    st.session_state[name] = True


def offer_again() -> None:
    """A quiet way back to the beginning."""
    st.button(
        "Show the first minute", key="again", type="tertiary", icon=":material/replay:", on_click=_restart
    )


def _restart() -> None:
    for name in (_OVER, _SKIPPED, _TELL, _SAID, _HALTED):
        st.session_state.pop(name, None)
    st.session_state.pop("prediction", None)
    st.session_state[_AGAIN] = True


def unlock(run: Run, *, group: str, epoch: float) -> None:
    """The core and border sliders, handed over after the observation; linked with the pictures above."""
    st.markdown(
        "#### Now drag this\nFilled dots are **core**: their neighbors are about equally far. Rings are "
        "**border**. Drag λ to the right and watch dots cross over; r = D₁ / D_M > λ is the whole rule."
    )
    view.latent_view(
        run, key="twist_unlocked", color="split", height=460, controls=("track", "thresholds"),
        epoch=epoch, linked=group, same_box=True,
    )  # fmt: skip


def doors(run: Run) -> None:
    """Three ways on."""
    st.markdown("#### Three doors")
    cards = (
        ("Draw your own curves", "With the mouse or a finger; each stroke is a class.", None),
        (
            "1,797 real digits",
            "The same two losses on real pictures.",
            ("explore", "Open the digits", "digits-rdc"),
        ),
        (
            "Train on this machine",
            "Any method and data, on its processor or GPU.",
            ("train", "Choose what to train", run.id),
        ),
    )
    for column, (head, text, way) in zip(st.columns(3), cards, strict=True):
        with column, st.container(border=True, height="stretch", key=f"door_{head.split()[0].lower()}"):
            st.markdown(f"**{head}**\n\n{text}")
            if way is None:
                st.button("Draw", key="door_draw_go", icon=":material/draw:", on_click=_open, args=("draw",))
            else:
                link(way[0], way[1], run=way[2])
    if twists.frozen_epoch(run).scores:
        st.caption("For teachers: **Learn** has six lessons with links that pin a text for a class.")


def _open(part: str) -> None:
    st.session_state["closer"] = part
