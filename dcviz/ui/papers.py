"""Benchmarks: DCSS's experiments beside its tables: classes of unequal size, a wrong number of clusters."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dcviz.benchmarks.experiments import levels
from dcviz.data.catalog import DATASETS
from dcviz.exchange.calls import drawn
from dcviz.figures.standings import spans_over
from dcviz.ui import page_state, standing, words
from dcviz.ui.chart import Caption, chart
from dcviz.ui.shelf import data_title

SUBJECTS = {"mismatch": "A wrong number of clusters", "imbalance": "Classes of unequal size"}
AXES = {"mismatch": "K that the method was told", "imbalance": "r, share that the first class keeps"}
FORMULAS = {
    "mismatch": r"K \in \{4, \dots, 16\},\quad \text{ACC counts at most one cluster a class}",
    "imbalance": r"P(\text{keep a point of class } c) = r + (1 - r)\,\frac{c}{C - 1}",
}
SYMBOLS = {
    "mismatch": "K: number of clusters. The latent dimension stays the same for all K. Scores have no unit.",
    "imbalance": "c: class 0 to C - 1, r: no unit. Labels thin out the data, which is the subject, and "
    "choose nothing else.",
}
MISSING = {
    "mismatch": "whether the clusters serve another use: with K off the number of classes, points whose "
    "class or cluster has no partner count as wrong.",
    "imbalance": "the paper's own curves: it prints a figure without numbers.",
}


def experiment() -> None:
    """Scores over the number that was varied, methods beside each other."""
    left, middle, right = st.columns(3)
    page_state.kept("experiment", list(SUBJECTS), key="experiment")
    name = str(left.selectbox("Experiment", list(SUBJECTS), key="experiment", format_func=subject))
    scores = standing.metrics()
    page_state.kept("tried_by", scores, key="tried_metric")
    metric = str(right.selectbox("Score", scores, key="tried_metric", format_func=standing.score_title))
    table = levels(name, metric)
    command = f"python -m benchmarks.experiments {name} fashionmnist"
    if table.empty:
        st.caption(f"Not run yet; the paper prints a figure without numbers. `{command}`")
        return
    names = list(dict.fromkeys(table["dataset"]))
    page_state.kept("tried_on", names, key="experiment_data")
    dataset = str(middle.selectbox("Data", names, key="experiment_data", format_func=data_title))
    show(name, metric, table[table["dataset"] == dataset], command)


def subject(name: str) -> str:
    """What an experiment is called."""
    return SUBJECTS[name]


def experiment_curves(name: str, metric: str, dataset: str) -> go.Figure:
    """A score over the number that an experiment varied, on one data set."""
    table = levels(name, metric)
    classes = DATASETS[dataset].clusters if dataset in DATASETS else None
    mark = (classes, "classes") if name == "mismatch" and classes else None
    titles = (AXES[name], f"{standing.TITLES[metric]} (no unit)")
    return spans_over(_curves(table[table["dataset"] == dataset]), titles=titles, mark=mark)


def _curves(table: pd.DataFrame) -> dict[str, list[tuple[float, float, float, float]]]:
    """By stage: level, mean, least and largest."""
    return {
        str(stage): list(zip(rows["level"], rows["mean"], rows["min"], rows["max"], strict=True))
        for stage, rows in table.groupby("stage", sort=False)
    }


def show(name: str, metric: str, table: pd.DataFrame, command: str) -> None:
    """The figure of one data set with what it says."""
    curves = _curves(table)
    dataset, device = str(table["dataset"].iloc[0]), str(table["device"].iloc[0])
    ends = "; ".join(f"{stage} {points[0][1]:.3f} to {points[-1][1]:.3f}" for stage, points in curves.items())
    seeds = int(table["seeds"].max())
    chart(
        drawn(experiment_curves, name, metric, dataset),
        Caption(
            drawn="Means over seeds, with the least and the largest; AE + k-means, DCSS_u and DCSS are three "
            "moments of the same trainings.",
            formula=FORMULAS[name],
            symbols=SYMBOLS[name],
            points=f"{dataset}, {seeds} seeds, {len(table)} means; from the first level to the last: {ends}.",
            settings=f"Measured on {words.literal(device)}. Command: `{command}` (any data set).",
            not_shown=MISSING[name],
        ),
        key="experiment_figure",
        alt=f"{standing.TITLES[metric]} of {len(curves)} methods over {AXES[name]} on {dataset}: {ends}",
        table=table,
    )
