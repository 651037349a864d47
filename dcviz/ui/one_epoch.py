"""What Explore says about one epoch beside its picture."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dcviz.geometry.purity import Purity, SplitScores
from dcviz.geometry.table import ThresholdTable
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import words
from dcviz.viewer import ViewState, selection_bytes


def phase(run: Run, epoch: Epoch) -> str:
    """Where an epoch lies in its run: "clustering, epoch 250 of 400 · the switch was at 200"."""
    lengths = [int(length) for _, length in run.spec.get("phases") or []]
    if epoch.position == 0:
        # Latents of another program may well be trained: their first stored epoch is called 0.
        return epoch.phase if run.spec.get("source") else "before any training"
    switch = run.switch
    text = f"{epoch.phase} · {words.epoch(epoch.position)} of {sum(lengths)} epochs"
    if switch is None:
        return text
    return text + (" · **the switch**" if epoch.position == switch else f" · switch at {switch:.0f}")


def counts(scores: SplitScores) -> None:
    """The counts of the dual filter, each with what it is a part of."""
    pairs = scores.core * scores.m
    core, border, reliable = st.columns(3)
    _count(core, "Core points", scores.core, scores.n, "points")
    _count(border, "Border points", scores.border, scores.n, "points")
    _count(reliable, "Reliable core neighbors", scores.reliable, pairs, "pairs")


def _count(place: DeltaGenerator, label: str, hits: int, total: int, unit: str) -> None:
    part = words.part(hits, total, unit)
    place.metric(label, f"{hits:,}", part, delta_color="off", delta_arrow="off", border=True)


def label_kinds(scores: SplitScores) -> list[str]:
    """Which labels purity can go by: the true ones first if there are any."""
    kinds = [("true", scores.true), ("predicted", scores.predicted)]
    return [name for name, found in kinds if found is not None]


def purity_table(found: Purity) -> pd.DataFrame:
    """The counts behind the purity bars."""
    rows = [
        ("core", found.core, found.core_filtered),
        ("border", found.border, found.border_filtered),
        ("all", found.all, found.all_filtered),
    ]
    return pd.DataFrame(
        {
            "points": [name for name, _, _ in rows],
            "same label": [before.hits for _, before, _ in rows],
            "of pairs": [before.total for _, before, _ in rows],
            "same label, reliable": [after.hits for _, _, after in rows],
            "of reliable pairs": [after.total for _, _, after in rows],
        }
    )


def absolute_cut(run: Run, key: str, at: Thresholds) -> float | None:
    """tau_distance as a distance; None for the reading that does not cut the gaps at one place."""
    if at.reading == "paper":
        return at.tau_distance
    if at.reading == "relative":
        return at.tau_distance * float(np.median(run.neighbors(key).distances[:, 0]))
    return None


SHORT = {
    "Purity of reliable neighbors": "Purity", "Reliable pairs of core points": "Reliable pairs",
    "Core points": "Core points",
}  # fmt: skip
"""What the heat map can show, short enough for half of a narrow page."""


def landscapes(table: ThresholdTable) -> dict[str, np.ndarray]:
    """What the heat map can show, (lambda, tau) each: shares in [0, 1], by name."""
    links = table.core[0] * table.m
    found = {"Reliable pairs of core points": table.reliable / max(int(links), 1)}
    purity = table.purity_after()
    if purity is not None:
        found = {"Purity of reliable neighbors": purity} | found
    core = np.broadcast_to(table.core_share()[:, None], table.reliable.shape)
    return found | {"Core points": core}


def offer_selection(run: Run, seen: ViewState) -> None:
    """Let the user take the selected points away as a table; it is written when the button is pressed."""
    kinds = (("CSV", "csv", "text/csv"), ("Parquet", "parquet", "application/vnd.apache.parquet"))
    with st.container(horizontal=True):
        for name, ending, mime in kinds:
            st.download_button(
                f"{len(seen.selection):,} selected points as {name}",
                data=partial(selection_bytes, run, seen, ending),
                file_name=f"{run.id}-{seen.key}-selection.{ending}",
                mime=mime,
                key=f"selection_{ending}",
                on_click="ignore",
                icon=":material/download:",
            )
