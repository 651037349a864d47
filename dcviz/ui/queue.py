"""Who has a GPU and who waits for it."""

from __future__ import annotations

import streamlit as st

from dcviz.engine.lease import queue


def show(device: str, run_id: str | None = None) -> None:
    """Say in one line who trains on a device and how many wait; the processor never queues.

    Args:
        device: "cpu" or "cuda:0".
        run_id: the run that is looked at; it is called "this run".
    """
    if not device.startswith("cuda"):
        return
    claims = queue(device)
    if not claims:
        st.caption(f"{device} is free.")
        return
    first = "this run" if claims[0].run == run_id else claims[0].run
    mine = next((claim.place for claim in claims if claim.run == run_id), 0)
    place = f"; this run is number {mine} in the queue" if mine else ""
    st.caption(f"{device}: {first} has it, {len(claims) - 1} waiting{place}.")
