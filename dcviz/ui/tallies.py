"""Benchmarks: what the parts of a method bring, and what methods cost in time."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dcviz.benchmarks.experiments import ARMS, arms
from dcviz.benchmarks.published import runtimes
from dcviz.benchmarks.reproduction import ABLATION, branched
from dcviz.exchange.calls import drawn
from dcviz.figures.bars import grouped_bars
from dcviz.ui import page_state, shelf, standing, words
from dcviz.ui.chart import Caption, chart

COMMANDS = {
    "R-DC": "Measured arms branch from the same first phases: `python -m benchmarks.branches ablation`.",
    "CDC": "Measured arms share pretraining where it is alike: `python -m benchmarks.experiments cdc DATA`.",
    "CCES": "Measured: 50 epochs on 10,000 pictures of 32 pixels, one seed; the paper trains 1,200 at 224. "
    "Command: `python -m benchmarks.experiments cces cifar10`.",
}


def ablation() -> None:
    """What each phase or loss brings, as R-DC's Table 8 prints it."""
    table = standing.reference()
    papers = list(table[table["ablation"]]["paper"].unique())
    left, right = st.columns(2)
    page_state.kept("parts_of", papers, key="ablation_paper", default="R-DC" if "R-DC" in papers else None)
    page_state.kept("parts_by", standing.metrics(), key="ablation_metric")
    paper = str(left.selectbox("Paper", papers, key="ablation_paper"))
    metric = str(
        right.selectbox("Score", standing.metrics(), key="ablation_metric", format_func=standing.score_title)
    )
    chosen = _printed_arms(paper, metric)
    if chosen.empty:
        st.caption(f"{paper} prints no {standing.TITLES[metric]} in its ablation.")
        return
    here, _ = _measured_arms(paper, metric)
    devices = ", ".join(dict.fromkeys(here["device"])) if len(here) else ""
    spread = f"{len(chosen)} printed values ({_means(chosen, 'printed_method', 'value')})"
    if len(here):
        spread += f", {len(here)} measured ({_means(here, 'arm', 'mean')})"
    chart(
        drawn(ablation_bars, paper, metric),
        Caption(
            drawn="What each part of a method brings, as printed and as measured here (whiskers: seeds).",
            formula=r"y(\text{all parts}) - y(\text{without one})",
            symbols=f"y: {standing.TITLES[metric]}. R-DC: P1 pretraining, P2 proximity phase, P3 DEC's loss.",
            points=f"{spread}; in brackets: means over data sets.",
            settings=COMMANDS.get(paper, "Printed values alone: not run here.")
            + (f" Measured on {words.literal(devices)}." if devices else " Not run here yet."),
            not_shown="how printed values spread over seeds: the papers print one number a cell.",
        ),
        key="ablation",
        alt=f"Bars of {standing.TITLES[metric]} by part: {spread}",
        table=chosen[["printed", "printed_method", "value", "doubtful"]],
    )  # fmt: skip


def _means(table: pd.DataFrame, part: str, value: str) -> str:
    """The mean over data sets of each part; printed and measured data differ, so never over both."""
    found = table.groupby(part, sort=False)[value].mean()
    return ", ".join(f"{name} {mean:.3f}" for name, mean in found.items())


def ablation_bars(paper: str, metric: str) -> go.Figure:
    """A score by the parts of a method: as a paper prints it, and as measured here."""
    here, spans = _measured_arms(paper, metric)
    parts = _parts(_printed_arms(paper, metric), here)
    return grouped_bars(parts, title=f"{standing.TITLES[metric]} (no unit)", spans=spans)


def _printed_arms(paper: str, metric: str) -> pd.DataFrame:
    table = standing.reference()
    chosen = table[table["ablation"] & (table["paper"] == paper) & (table["metric"] == metric)]
    return chosen.drop_duplicates(["printed", "printed_method"])


def _parts(printed: pd.DataFrame, here: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Values by part and data set."""
    parts = {
        part: dict(zip(rows["printed"], rows["value"], strict=True))
        for part, rows in printed.groupby("printed_method", sort=False)
    }
    for row in here.itertuples():
        parts.setdefault(row.arm, {})[f"{shelf.data_name(row.dataset)}, here"] = row.mean
    return parts


def _measured_arms(paper: str, metric: str) -> tuple[pd.DataFrame, dict[str, dict[str, tuple[float, float]]]]:
    """Means of our own ablation, and the least and largest of its seeds."""
    if paper.lower() in ARMS:
        found = arms(paper.lower(), metric)
    else:
        table = branched(ABLATION)
        if paper != "R-DC" or metric not in table.columns or table.empty:
            return pd.DataFrame(), {}
        by = table.groupby(["dataset", "arm", "device"], sort=False)[metric]
        found = by.agg(["mean", "min", "max"]).reset_index()
    spans: dict[str, dict[str, tuple[float, float]]] = {}
    for row in found.itertuples():
        spans.setdefault(row.arm, {})[f"{shelf.data_name(row.dataset)}, here"] = (row.min, row.max)
    return found, spans


def run_time() -> None:
    """Seconds measured here beside the published table, both relative to R-DC."""
    both = _relative_times()
    counts = both["by"].value_counts()
    chart(
        drawn(time_bars),
        Caption(
            drawn="How long methods take, against R-DC on the same data.",
            formula=r"t(\text{method}) / t(\text{R-DC})",
            symbols="t: training time. The unit of R-DC's Table 6 is lost in print, so only ratios are "
            "drawn.",
            points=f"{counts.get('published', 0)} published values, {counts.get('here', 0)} measured here.",
            settings="Measured: seconds of training, snapshots left out, mean of seeds.",
            not_shown="hardware and epochs: both differ from the paper's.",
        ),
        key="runtime",
        alt=f"Bars of relative training times for {len(both)} pairs of method and data set",
        table=both,
    )


def time_bars() -> go.Figure:
    """Training times relative to R-DC: published, and of the measurements and runs here."""
    values = {
        f"{shelf.data_name(dataset)} ({by})": {standing.title(r.method): r.ratio for r in rows.itertuples()}
        for (dataset, by), rows in _relative_times().groupby(["dataset", "by"], sort=False)
    }
    return grouped_bars(values, title="time / time of R-DC (no unit)")


def _relative_times() -> pd.DataFrame:
    printed = _relative(runtimes(), "dataset", "method", "value")
    frame_ = standing.ours()
    whole = (frame_["run"] != "") & ~frame_["variant"].str.endswith(" points")  # runs on all of the data
    usual = frame_["variant"].isin(["default", "R-DC's phase 1"]) | whole
    ended = (
        frame_[(frame_["metric"] == "acc") & usual].groupby(["dataset", "method", "seed"])["seconds"].max()
    )
    ended = ended.groupby(["dataset", "method"]).mean().reset_index() if len(ended) else pd.DataFrame()
    here = _relative(ended, "dataset", "method", "seconds") if len(ended) else pd.DataFrame()
    frames = [printed.assign(by="published"), here.assign(by="here")]
    return pd.concat([each for each in frames if len(each)], ignore_index=True)


def _relative(frame_: pd.DataFrame, dataset: str, method: str, value: str) -> pd.DataFrame:
    base = frame_[frame_[method] == "rdc"].drop_duplicates(dataset).set_index(dataset)[value]
    kept = frame_[frame_[dataset].isin(base[base > 0].index)]
    ratio = kept[value].to_numpy() / base.loc[kept[dataset]].to_numpy()
    return pd.DataFrame(
        {"dataset": kept[dataset].to_numpy(), "method": kept[method].to_numpy(), "ratio": ratio}
    )
