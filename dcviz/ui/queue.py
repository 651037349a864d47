"""Who has a GPU and who waits for it."""

from __future__ import annotations

import streamlit as st

from dcviz.engine.devices import devices
from dcviz.engine.lease import queue, shortest_queue


def show(device: str, run_id: str | None = None) -> None:
    """Say in one line who has a GPU, who waits and what happens then; the processor never queues.

    Args:
        device: "cpu", "cuda" or "cuda:0".
        run_id: the run that is looked at; None for one that is not started yet.
    """
    if not device.startswith("cuda"):
        return
    if device == "cuda":  # whichever has the shortest queue, as the worker will choose
        device = shortest_queue([name for name in devices() if name.startswith("cuda:")] or ["cuda:0"])
    claims = queue(device)
    place = next((claim.place for claim in claims if claim.run == run_id), None)
    own = next((claim for claim in claims if claim.run == run_id), None)
    if own and own.training and own.share < 1:
        others = sum(claim.training for claim in claims) - 1
        st.caption(f"This run may fill {own.share:.0%} of the GPU {device}; beside it: {others}.")
    elif place == 0:
        waiting = f"; waiting for it: {len(claims) - 1}" if len(claims) > 1 else ""
        st.caption(f"This run has the GPU {device} to itself{waiting}.")
    elif place:
        st.caption(
            f"`{claims[0].run}` has the GPU {device}. This run is number {place} of {len(claims) - 1} in the "
            "queue and starts by itself when its turn comes; Stop gives its place up."
        )
    elif run_id is None and claims:
        st.caption(
            f"`{claims[0].run}` has the GPU {device}; waiting for it: {len(claims) - 1}. "
            "A new training joins the queue and starts by itself when its turn comes."
        )
    elif run_id is None:
        st.caption(f"The GPU {device} is free.")
