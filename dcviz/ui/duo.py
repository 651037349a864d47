"""Two runs of one 2-D data set side by side: one that may twist, one that may not."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dcviz.runs import Run
from dcviz.ui import address, page_state, pick
from models.catalog import METHODS

FIRST_MINUTE, MOST = "first minute", 4
_MAIN, _OTHER, NONE = "duo_main", "duo_other", ""


def pick_group() -> tuple[Run, list[Run]]:
    """Choose a run and those beside it: what the user chose, or the shipped runs of one pretraining."""
    main, other = pick_pair()
    if other is None:
        return main, []
    made = [run for run in (main, other) if FIRST_MINUTE in run.tags]
    if len(made) < 2:
        return main, [other]
    between = [
        run
        for run in pick.runs()
        if FIRST_MINUTE in run.tags and run.id not in (main.id, other.id) and _alike(run, main)
    ]
    return main, [*between, other][: MOST - 1]


def pick_pair() -> tuple[Run, Run | None]:
    """Choose two runs on 2-D data without asking; a popover lets the user choose others.

    Returns:
        The run to look at and the one beside it, or None beside it. The page ends here if there is no run.
    """
    shelf = {run.id: run for run in pick.runs() if plane(run)}
    if not shelf:
        pick.no_run_yet()
        st.stop()
    asked = address.query().get("run")
    main = shelf[asked] if asked in shelf else _first(shelf)
    partner = _partner(main, shelf)
    with st.popover(f"Shown: {main.name}", icon=":material/swap_horiz:", type="tertiary", key="duo"):
        return _choose(shelf, main, partner)


def plane(run: Run) -> bool:
    """True for a run whose inputs and latents are points of a plane and that has something to show."""
    return run.spec.get("input_dim") == 2 and run.spec.get("latent_dim") == 2 and len(run.epochs()) > 1


def label(run: Run) -> str:
    """Short name for headings and legends: its own name up to " on ", else that of the method."""
    given = run.notes().get("name") or run.spec.get("name")
    if given:
        return str(given).partition(" on ")[0]
    entry = METHODS.get(str(run.spec.get("method")))
    return entry.title if entry else str(run.spec.get("method"))


def family(main: Run, other: Run | None) -> list[Run]:
    """The two runs, then others from the same pretraining, each with a label of its own; at most four."""
    found = [main] + ([other] if other else [])
    for run in sorted(pick.runs(), key=_made_for_this_page):
        if plane(run) and _alike(run, main) and label(run) not in {label(each) for each in found}:
            found.append(run)
    return found[:MOST]


def began_as_one(runs: Sequence[Run]) -> bool:
    """Whether all were the same up to the switch; then their latents have one unit, and sizes compare."""
    return all(_alike(run, runs[0]) for run in runs[1:])


def _alike(run: Run, main: Run) -> bool:
    """Whether two runs were the same up to the switch, as far as their settings tell."""
    same = ("dataset", "dataset_options", "n", "seed")
    network = [each.spec.get("settings", {}).get("network") for each in (run, main)]
    return (
        all(run.spec.get(name) == main.spec.get(name) for name in same)
        and network[0] == network[1]
        and run.switch == main.switch
        and run.read_only == main.read_only
    )


def _made_for_this_page(run: Run) -> bool:
    """Sorts the runs made for this page to the front."""
    return FIRST_MINUTE not in run.tags


def _choose(shelf: dict[str, Run], main: Run, partner: Run | None) -> tuple[Run, Run | None]:
    st.session_state[_MAIN] = main.id
    lines = pick.labels(shelf)
    st.selectbox(
        "Run",
        list(shelf),
        key=_MAIN,
        format_func=lines.__getitem__,
        on_change=lambda: address.write(run=st.session_state[_MAIN]),
    )
    others = [run_id for run_id in shelf if run_id != main.id]
    suggested = partner.id if partner else NONE
    options = [NONE, *others]
    page_state.kept("beside", options, key=f"{_OTHER}_{main.id}", default=suggested)
    beside = st.selectbox(
        "Beside it",
        options,
        key=f"{_OTHER}_{main.id}",
        format_func=(lines | {NONE: "nothing"}).__getitem__,
    )
    return main, shelf.get(str(beside))


def _first(shelf: dict[str, Run]) -> Run:
    """The shipped run made for this page; else DEC, for it is the one that twists."""
    return min(
        shelf.values(),
        key=lambda run: (_made_for_this_page(run), run.spec.get("method") != "dec", not run.read_only),
    )


def _partner(main: Run, shelf: dict[str, Run]) -> Run | None:
    """A run of another method from the same pretraining, R-DC if there is one."""
    alike = [run for run in shelf.values() if run.spec["method"] != main.spec["method"] and _alike(run, main)]
    return min(alike, key=lambda run: (_made_for_this_page(run), run.spec["method"] != "rdc"), default=None)
