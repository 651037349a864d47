"""Runs: every training on this machine; name, tag, export, import and delete them."""

import streamlit as st

from dcviz import ui
from dcviz.runs import Run, default_store
from dcviz.ui import actions, cached, frame, mode, pick, shelf, words


@ui.page("Runs", "Every training with all the epochs it kept. Tick a row to open, name, export or delete it.")
def runs() -> None:
    everything = default_store().list()
    if not everything:
        pick.no_run_yet()
    else:
        rows = shelf.table(everything)
        used = sum(cached.size(run) for run in everything)
        st.caption(f"{len(everything)} runs, {words.size(used)} on the disk.")
        chosen = st.dataframe(
            rows,
            key="runs_table",
            hide_index=True,
            placeholder="–",
            on_select="rerun",
            selection_mode="single-row",
            column_config=shelf.COLUMNS,
            alt="Table of all runs: name, tags, state, method, data, points, epochs, size, created",
        )
        if picked := chosen["selection"]["rows"]:
            one_run(everything[picked[0]])
    bring_in()


def one_run(run: Run) -> None:
    """The card of the selected run."""
    with st.container(border=True, key="run_card"):
        st.subheader(words.literal(run.name), anchor=False)
        if run.broken:
            st.warning(
                f"This folder cannot be read as a run: {words.literal(run.broken)}.",
                icon=":material/broken_image:",
            )
        else:
            st.caption(f"id `{run.id}` · {words.literal(shelf.summary(run))}")
            with st.container(horizontal=True, key="run_links"):
                ui.link("explore", "Explore it", run=run.id)
                ui.link("geometry", "See its geometry", run=run.id)
                ui.link("train", "Resume or branch it", run=run.id)
            saved = name_and_tags(run)
        with st.container(horizontal=True, key="run_actions"):
            if not run.broken:
                save(run, *saved)
                take_out(run)
            remove(run)
        if run.read_only:
            st.caption("This is a shipped example: it can be looked at and exported, not changed.")


def name_and_tags(run: Run) -> tuple[str, list[str]]:
    locked = run.read_only or not mode.may_change()
    left, right = st.columns(2)
    name = left.text_input("Name", run.name, key=f"name_{run.id}", disabled=locked, max_chars=120)
    tags = right.text_input(
        "Tags", ", ".join(run.tags), key=f"tags_{run.id}", disabled=locked, help="Separated by commas."
    )
    return name or "", (tags or "").split(",")


def save(run: Run, name: str, tags: list[str]) -> None:
    locked = run.read_only or not mode.may_change()
    if st.button("Save name and tags", key=f"save_{run.id}", disabled=locked, icon=":material/save:"):
        named = frame.attempt(actions.rename, run.id, name)
        if named and frame.attempt(actions.set_tags, run.id, tags):
            st.rerun()


def take_out(run: Run) -> None:
    size = cached.size(run)
    if size > shelf.LARGEST_DOWNLOAD:
        st.caption(f"{words.size(size)} is much for a browser. In a terminal:")
        st.code(f"python -m dcviz export {run.id} {run.id}.zip", language="bash")
        return
    st.download_button(
        f"Export .zip ({words.size(size)})",
        data=lambda: actions.export(run.id),
        file_name=f"{run.id}.zip",
        mime="application/zip",
        key=f"export_{run.id}",
        on_click="ignore",
        icon=":material/download:",
    )


def remove(run: Run) -> None:
    locked = run.read_only or not mode.may_change()
    if st.button("Delete …", key=f"delete_{run.id}", disabled=locked, icon=":material/delete:"):
        confirm_delete(run)


@st.dialog("Delete this run?")
def confirm_delete(run: Run) -> None:
    st.markdown(
        f"**{words.literal(run.name)}** and all its {len(run.epochs()):,} stored epochs "
        f"({words.size(cached.size(run))}) are removed from the disk. This cannot be undone."
    )
    with st.container(horizontal=True, key="delete_buttons"):
        if st.button("Delete it", type="primary", key="delete_yes") and frame.attempt(actions.delete, run.id):
            st.rerun()
        if st.button("Keep it", key="delete_no"):
            st.rerun()


def bring_in() -> None:
    with st.expander("Import a run", icon=":material/upload:", key="import"):
        st.caption("A .zip made by Export, here or on another machine. Anything else in it is refused.")
        file = st.file_uploader("Run as .zip", type="zip", key="import_file", disabled=not mode.may_change())
        if file is None or not st.button("Import it", key="import_go", type="primary"):
            return
        if frame.attempt(actions.import_zip, file, file.name):
            st.success(
                f"Imported **{words.literal(file.name)}**; it is first in the table now.",
                icon=":material/check:",
            )


runs()
