"""Compare: two or more moments of runs side by side, and what differs between them."""

import streamlit as st

from dcviz import ui
from dcviz.runs import Run
from dcviz.ui import address, differences, frame, page_state, pick, versus, view
from dcviz.ui.versus import Side

MOST = 4
CONTROLS = ("track", "thresholds", "color", "projection", "select")


@ui.page(
    "Compare",
    "Two or more runs, or two epochs of one, side by side, all with one camera, selection and thresholds.",
)
def compare() -> None:
    shelf = {run.id: run for run in pick.runs() if run.epochs()}
    if not shelf:
        pick.no_run_yet()
        return
    chosen = choose(shelf)
    page_state.kept(
        "together", (True, False), key="compare_together", default=len({run.id for run in chosen}) > 1
    )
    together = st.toggle(
        "One cursor for all", key="compare_together",
        help="Off: each side has its own epoch, for example to hold two epochs of one run beside each other.",
    )  # fmt: skip
    sides = look(chosen, together=together)
    frame.attempt(differences.displacement, sides[0], sides[1])
    differences.sides_changed(sides[0], sides[1])
    differences.curves(sides, list(shelf.values()))
    settings([side.run for side in sides])


def choose(shelf: dict[str, Run]) -> list[Run]:
    """A picker for each side; the first follows the address."""
    counts = list(range(2, MOST + 1))
    page_state.kept("sides", counts, key="compare_count")
    count = st.segmented_control("Sides", counts, required=True, key="compare_count")
    asked = address.query().get("run")
    ids = list(shelf)
    first = asked if asked in shelf else ids[0]
    start = [first, *partners(shelf, shelf[first])]
    chosen, lines = [], pick.labels(shelf)
    for number, column in enumerate(st.columns(int(count or 2))):
        key = f"compare_{number}_{first}"
        if number:
            page_state.kept(f"run{number + 1}", ids, key=key, default=start[number % len(start)])
        else:
            st.session_state[key] = first
        run_id = column.selectbox(
            f"{number + 1}", ids, key=key, format_func=lines.__getitem__,
            on_change=None if number else lambda: address.write(run=st.session_state[f"compare_0_{first}"]),
        )  # fmt: skip
        chosen.append(shelf[str(run_id)])
    return chosen


def partners(shelf: dict[str, Run], run: Run) -> list[str]:
    """Who to start with beside a run: the same points first, then the run itself at another epoch."""
    others = [each for each in shelf.values() if each.id != run.id and versus.same_points(run, each)]
    return [each.id for each in others[: MOST - 1]] or [run.id]


def look(chosen: list[Run], *, together: bool) -> list[Side]:
    """The viewers, linked; two sides of one run begin at its two ends."""
    sides = []
    # Runs that were trained with others would else begin at theirs, and points change sides for that alone.
    at = pick.thresholds(chosen[0])
    for number, column in enumerate(st.columns(len(chosen))):
        run, again = chosen[number], chosen[number] in chosen[:number]
        options = {"epoch": run.epochs()[0].position} if again and not together else {}
        # One more cursor, one more key; the first side has "epoch" as on every page.
        own = page_state.number(f"epoch{number + 1}") if number and not together else None
        options |= {} if own is None else {"epoch": own}
        with column:
            seen = view.latents(
                run, key=f"compare_view_{number}", linked="compare", own_epoch=not together,
                controls=CONTROLS, height=560 if len(chosen) == 2 else 460, follow=number == 0, at=at,
                **options,
            )  # fmt: skip
        if number:
            moved = not together and seen.epoch != (own if own is not None else options.get("epoch"))
            address.write(**{f"epoch{number + 1}": seen.epoch if moved else own})
        sides.append(Side(run, seen, f"{number + 1}: {run.name}"))
    return sides


def settings(runs: list[Run]) -> None:
    st.subheader("Settings that differ", anchor=False)
    table = versus.settings_that_differ(runs)
    if table.empty:
        st.caption("None: these runs were made in the same way.")
        return
    st.dataframe(
        table, key="compare_settings", alt="Table of the settings that are not the same in all compared runs"
    )


compare()
