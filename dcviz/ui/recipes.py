"""The one line that records anybody's training, in the three loops people have."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LOOPS = {"PyTorch": "plain_pytorch", "Lightning": "lightning_callback", "scikit-learn": "scikit_learn"}
SHORT = """import dcviz

for epoch in range(1, epochs + 1):
    loss = train_one_epoch()
    z = encode(x)                     # (n, d) array: the same points in the same order every time
    dcviz.record("my-training", epoch, z, labels=y, losses={"total": loss}, phase="pretraining")
"""


def show() -> None:
    """Say how to record a training of one's own, and show the examples as they are."""
    st.markdown(
        "One line in your own loop, and this lab shows the training while it goes on: every page works on "
        "it. "
        "Only arrays are handed over, so any framework will do; neighbors and scores are computed on a "
        "thread "
        "beside the training."
    )
    st.code(SHORT, language="python")
    st.caption(
        "A new `phase` is a phase switch. `assignments=` hands over predicted clusters (k-means stands in), "
        "`inputs=` (n, 2) and `position=` (n,) bring the Feature Twist page to life for data in the plane. "
        "Labels "
        "serve scores only. Run your program with this lab's folder on PYTHONPATH and the same DCVIZ_RUNS."
    )
    chosen = st.segmented_control(
        "Whole example",
        list(LOOPS),
        default="PyTorch",
        required=True,
        key="recipe",
        label_visibility="collapsed",
    )
    module = LOOPS[str(chosen)]
    st.code((EXAMPLES / f"{module}.py").read_text(), language="python")
    st.code(f"python -m examples.{module}", language="bash")
