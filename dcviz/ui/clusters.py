"""One row a cluster or class: how large it is, its dimensions, and what it holds."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dcviz.geometry.dimension import (
    METHODS,
    RELEASED_THRESHOLD,
    Estimate,
    curvature,
    linear_dimension_by_group,
    participation_ratio_by_group,
    two_nn_by_group,
)
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import frame, words
from dcviz.ui.cached import identity
from dcviz.ui.chart import Caption, explain

CLUSTERS, CLASSES, WHOLE = "predicted clusters", "true classes", "the whole set"
NAMES = {"linear": "linear fit", "ml": "maximum likelihood", "censored": "censored maximum likelihood"}
SHARES = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99, 0.999, RELEASED_THRESHOLD)


@dataclass(frozen=True)
class Reading:
    """How the dimensions are read: of what, by which TwoNN, at which share of the variance, from 0 or 1."""

    of: str = CLUSTERS
    method: str = "linear"
    threshold: float = 0.9
    zero_based: bool = False


@st.fragment
def panel(run: Run, now: Epoch) -> None:
    """Show the table of the present epoch with the settings of its estimators."""
    frame.attempt(_show, run, now)


def _show(run: Run, now: Epoch) -> None:
    st.subheader(f"Clusters at epoch {words.epoch(now.position)}", anchor=False)
    reading = _reading(run)
    rows = table(run, now.key, reading)
    if rows.empty:
        st.caption("Nobody clustered these points: the number of clusters K is unknown at this epoch.")
        return
    st.dataframe(
        rows,
        key="clusters",
        hide_index=True,
        placeholder="–",
        column_config=_columns(reading),
        alt=f"Table of {reading.of}: points, dimensions, curvature, most frequent label",
    )
    if reading.zero_based or reading.threshold == RELEASED_THRESHOLD:
        st.caption(
            ":material/warning: Read as the released code of R-DC does. At this threshold the LID is d or "
            "d - 1 for almost any latents that are not exactly flat: **it carries no information.**"
        )
    explain(caption(reading), key="clusters")


def _reading(run: Run) -> Reading:
    """The settings, from widgets."""
    of, method, share, code = st.columns([4, 4, 4, 4], gap="small", vertical_alignment="bottom")
    groups = [CLUSTERS, CLASSES, WHOLE] if run.labels() is not None else [CLUSTERS, WHOLE]
    zero_based = code.toggle(
        "Released code", key="groups_code",
        help=f"Threshold {RELEASED_THRESHOLD}, components counted from zero; the bound is (d - 1) - ID.",
    )  # fmt: skip
    threshold = share.select_slider(
        "LID: share of the variance", SHARES, value=0.9, key="groups_share", disabled=zero_based,
        format_func=lambda value: f"{100 * value:g} %",
    )  # fmt: skip
    return Reading(
        str(of.selectbox("Of", groups, key="groups_of")),
        str(method.selectbox("TwoNN by", METHODS, key="groups_method", format_func=NAMES.__getitem__)),
        RELEASED_THRESHOLD if zero_based else float(threshold),
        bool(zero_based),
    )


def table(run: Run, key: str, reading: Reading | None = None) -> pd.DataFrame:
    """Size, ID with interval, LID, participation ratio, curvature and most frequent label of each group."""
    return _table(run, identity(run), key, astuple(reading or Reading()))


@st.cache_data(show_spinner=False, max_entries=128)
def _table(_run: Run, who: str, key: str, values: tuple) -> pd.DataFrame:
    reading, z, labels = Reading(*values), _run.latents(key), _run.labels()
    names = _run.spec.get("class_names") or ()
    groups = _groups(_run, key, reading.of)
    if (groups < 0).all():
        return pd.DataFrame()
    intrinsic = two_nn_by_group(_run.neighbors(key), groups, z=z, method=reading.method)
    linear = linear_dimension_by_group(z, groups, threshold=reading.threshold, zero_based=reading.zero_based)
    spread = participation_ratio_by_group(z, groups)
    rows = []
    for group, lid in linear.items():
        inside = groups == group
        row: dict[str, object] = {_head(reading): _name(group, reading, names), "Points": int(inside.sum())}
        row |= _dimensions(lid, intrinsic[group], spread[group])
        rows.append(row if reading.of == CLASSES else row | _content(labels, inside, names))
    return pd.DataFrame(rows)


def _groups(run: Run, key: str, of: str) -> np.ndarray:
    found = {CLUSTERS: run.assignments(key), CLASSES: run.labels()}.get(of)
    return np.zeros(len(run.latents(key)), np.int64) if found is None else found


def _head(reading: Reading) -> str:
    return {CLUSTERS: "Cluster", CLASSES: "Class"}.get(reading.of, "Set")


def _name(group: int, reading: Reading, names: tuple[str, ...]) -> int | str:
    if reading.of == WHOLE:
        return "all points"
    return names[group] if reading.of == CLASSES and group < len(names) else group


def _columns(reading: Reading) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    share = f"{100 * reading.threshold:g} %"
    return {
        "Points": number(format="localized"),
        "ID": number(format="%.2f", help=f"Intrinsic dimension by TwoNN, {NAMES[reading.method]}. No unit."),
        "ID ±": number(format="%.2f", help="Half of the 95 % interval."),
        "LID": number(format="%.0f", help=f"Principal components that hold {share} of the variance."),
        "Participation": number(format="%.2f", help="Over how many directions the variance is spread."),
        "LID − ID": number(format="%.2f", help="Curvature: 0 for a flat cluster. No unit."),
        "Share of it": st.column_config.ProgressColumn(
            format="percent", min_value=0, max_value=1,
            help="Share of the cluster's points that carry that label.",
        ),
    }  # fmt: skip


def caption(reading: Reading) -> Caption:
    """Of the table."""
    return Caption(
        drawn=f"Of {reading.of}, each by itself.",
        formula=r"\mathrm{LID}_k = \min\Big\{c : \sum_{a \le c} v_a \ge "
        + f"{reading.threshold:g}"
        + r" \sum v\Big\}"
        + (" - 1" if reading.zero_based else "")
        + r",\quad \mathrm{curvature}_k = \mathrm{LID}_k - \mathrm{ID}_k",
        symbols="v: eigenvalues of the correlation of the coordinates, descending; k: group. No units.",
        points="The number of points is in the table; below 20 no dimension is given.",
        settings=f"TwoNN, {NAMES[reading.method]}, neighbors of the same group only. "
        "Below 0 is bias of the estimators, not curvature.",
        not_shown="which cluster is right: the most frequent label is only the most frequent one."
        if reading.of == CLUSTERS
        else "what training sees. It never sees the classes.",
    )


def _dimensions(lid: Estimate, intrinsic: Estimate, spread: Estimate) -> dict[str, float | None]:
    half = (intrinsic.high - intrinsic.low) / 2 if intrinsic.known else None
    return {
        "ID": intrinsic.number,
        "ID ±": half,
        "LID": lid.number,
        "Participation": spread.number,
        "LID − ID": curvature(lid, intrinsic).number,
    }


def _content(labels: np.ndarray | None, inside: np.ndarray, names: tuple[str, ...]) -> dict[str, object]:
    if labels is None:
        return {}
    counts = np.bincount(labels[inside])
    most = int(counts.argmax())
    return {
        "Mostly": names[most] if most < len(names) else str(most),
        "Share of it": float(counts[most] / counts.sum()),
    }
