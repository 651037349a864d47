"""One row a cluster: how large it is, its dimensions, and what it holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dcviz.geometry.dimension import Estimate, curvature, linear_dimension_by_group, two_nn_by_group
from dcviz.runs import Run
from dcviz.ui.cached import identity

COLUMNS = {
    "Points": st.column_config.NumberColumn(format="localized"),
    "ID": st.column_config.NumberColumn(
        format="%.2f", help="Intrinsic dimension by TwoNN, linear fit. No unit."
    ),
    "ID ±": st.column_config.NumberColumn(format="%.2f", help="Half of the 95 % interval."),
    "LID": st.column_config.NumberColumn(
        format="%.0f", help="Principal components that hold 90 % of the variance. No unit."
    ),
    "LID − ID": st.column_config.NumberColumn(
        format="%.2f", help="Curvature: 0 for a flat cluster. No unit."
    ),
    "Share of it": st.column_config.ProgressColumn(
        format="percent",
        min_value=0,
        max_value=1,
        help="Share of the cluster's points that carry that label.",
    ),
}


def table(run: Run, key: str) -> pd.DataFrame:
    """Size, ID with interval, LID, curvature and most frequent label of each predicted cluster."""
    return _table(run, identity(run), key)


@st.cache_data(show_spinner=False, max_entries=64)
def _table(_run: Run, who: str, key: str) -> pd.DataFrame:
    groups, z = _run.assignments(key), _run.latents(key)
    if (groups < 0).all():
        return pd.DataFrame()
    intrinsic = two_nn_by_group(_run.neighbors(key), groups, z=z)
    linear = linear_dimension_by_group(z, groups)
    labels = _run.labels()
    names = _run.spec.get("class_names") or ()
    rows = []
    for cluster, lid in linear.items():
        inside = groups == cluster
        row = {"Cluster": cluster, "Points": int(inside.sum())}
        rows.append(row | _dimensions(lid, intrinsic[cluster]) | _content(labels, inside, names))
    return pd.DataFrame(rows)


def _dimensions(lid: Estimate, intrinsic: Estimate) -> dict[str, float | None]:
    half = (intrinsic.high - intrinsic.low) / 2 if intrinsic.known else None
    return {
        "ID": intrinsic.number,
        "ID ±": half,
        "LID": lid.number,
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
