"""Train: choose what to train, see what it costs, start it, watch and steer it."""

import streamlit as st

from dcviz import ui
from dcviz.engine.launchers import LAUNCHERS
from dcviz.engine.place import Place
from dcviz.engine.request import Request
from dcviz.runs import Run
from dcviz.ui import actions, address, branching, cost, desk, frame, mode, pick, queue
from dcviz.ui.wish_form import Chosen, wish_form


@ui.page(
    "Train",
    "Choose a method and data, look at the cost, start. Training goes on when this page is closed.",
)
def train() -> None:
    address.arrive()
    run = watched()
    if run is not None and not run.read_only:
        desk.desk(run)
    if run is not None:
        branching.offer(run)
    st.subheader("Train something new", anchor=False)
    form, card = st.columns([5, 3], gap="large")
    with form:
        wished = wish_form()
    with card, st.container(border=True, key="cost"):
        if wished is None:
            st.caption("The cost and the command appear here once the form is complete.")
        else:
            offer(*wished)


def watched() -> Run | None:
    """The run of the address, else one that is being trained, else the last one trained here.

    A list to choose from if several are being trained.
    """
    shelf = {run.id: run for run in pick.runs()}
    active = [run_id for run_id, run in shelf.items() if desk.is_active(run)]
    asked = address.query().get("run")
    trained = [each.id for each in shelf.values() if each.spec.get("schedule") and not each.read_only]
    chosen = asked if asked in shelf else next(iter([*active, *trained]), None)
    if chosen is None:
        return None
    others = [run_id for run_id in active if run_id != chosen]
    if others:
        st.session_state["watch"] = chosen
        st.selectbox(
            "Being trained",
            [chosen, *others],
            key="watch",
            format_func=pick.labels({each: shelf[each] for each in (chosen, *others)}).__getitem__,
            on_change=lambda: address.write(run=st.session_state["watch"]),
        )
    return shelf[chosen]


def offer(request: Request, chosen: Chosen) -> None:
    """The cost of a wish, the command that does the same, and the button."""
    cost.show(request, pick.runs())
    cost.advise(request)
    if chosen.place.here:
        queue.show(request.device)
    for notice in request.notices:
        st.info(notice, icon=":material/info:")
    locked = not mode.may_change()
    where = LAUNCHERS[chosen.place.engine].title
    help_text = "This lab is read-only here." if locked else f"Starts a process of its own on {where}."
    if st.button(
        "Start training",
        type="primary",
        icon=":material/play_arrow:",
        key="start",
        disabled=locked,
        help=help_text,
        width="stretch",
    ):
        begin(request, chosen.place)
    st.caption("The same from a terminal:")
    st.code(cost.command(request, chosen), language="bash", wrap_lines=True)


def begin(request: Request, place: Place) -> None:
    started = frame.done(lambda: actions.start(request, place))
    if started is not None:
        address.go(run=started.id)


train()
