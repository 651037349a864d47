"""Checkpoints: the weights of any network, layer by layer, compared, and put to use on any data."""

import streamlit as st

from dcviz import ui
from dcviz.ui import embedding, layer_view, weights
from dcviz.ui.weights import Chosen


@ui.page(
    "Checkpoints",
    "Look into the weights of a run here or of any other program, compare two, and put data through them.",
)
def checkpoints() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        now = weights.choose("now", label="Checkpoint")
    with right:
        other = weights.choose("other", label="Compared with", first=False)
    if now is None:
        st.info(
            "Choose a checkpoint: of a run here, or a .safetensors, .pt, .pth, .ckpt, .bin, .npz or .onnx "
            "file. Files are never unpickled; a pickled module is refused with the line that exports its "
            "weights.",
            icon=":material/deployed_code:",
        )
        return
    st.caption(weights.summary(now))
    layers(now, other)
    embedding.offer(now)
    if now.run is not None and not now.run.read_only:
        ui.link("train", "Resume or branch the training from here", run=now.run.id)


def layers(now: Chosen, other: Chosen | None) -> None:
    st.subheader("Layers", anchor=False)
    rows = weights.table(
        now.identity, "" if other is None else other.identity, now.weights.tensors,
        None if other is None else other.weights.tensors,
    )  # fmt: skip
    seen = st.dataframe(
        rows, key="layers", hide_index=True, column_config=weights.COLUMNS, on_select="rerun",
        selection_mode="single-row", placeholder="–",
        alt="Table of the arrays: shape, norms, effective rank, and the change since the other checkpoint",
    )  # fmt: skip
    if other is not None:
        missing = sorted(set(other.weights.tensors) - set(now.weights.tensors))
        if missing:
            st.caption(f"Only in the other one: {', '.join(missing[:8])}{' …' if len(missing) > 8 else ''}")
    picked = seen["selection"]["rows"]
    if picked and picked[0] < len(rows):
        layer_view.show(str(rows["name"].iloc[picked[0]]), now, other)
    else:
        st.caption("Tick a row to see its numbers, its singular values and where it changed.")


checkpoints()
