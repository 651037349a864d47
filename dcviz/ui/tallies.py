"""Benchmarks: what the parts of a method bring, how noise hurts, and what methods cost in time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from dcviz.benchmarks.experiments import ARMS, arms
from dcviz.benchmarks.published import runtimes
from dcviz.benchmarks.reproduction import ABLATION, ROBUSTNESS, branched, by_noise, measured
from dcviz.figures.standings import grouped_bars
from dcviz.runs import Run
from dcviz.ui import pick, standing, words
from dcviz.ui.chart import Caption, chart
from dcviz.ui.links import link

COMMANDS = {
    "R-DC": "Measured arms branch from the same first phases: `python -m benchmarks.branches ablation`.",
    "CDC": "Measured arms share pretraining where it is alike: `python -m benchmarks.experiments cdc DATA`.",
    "CCES": "Command: `python -m benchmarks.experiments cces cifar10`.",
}


def ablation() -> None:
    """What each phase or loss brings, as R-DC's Table 8 prints it."""
    table = standing.reference()
    papers = list(table[table["ablation"]]["paper"].unique())
    left, right = st.columns(2)
    paper = str(
        left.selectbox(
            "Paper", papers, index=papers.index("R-DC") if "R-DC" in papers else 0, key="ablation_paper"
        )
    )
    metric = str(
        right.selectbox("Score", standing.metrics(), key="ablation_metric", format_func=standing.score_title)
    )
    chosen = table[table["ablation"] & (table["paper"] == paper) & (table["metric"] == metric)]
    if chosen.empty:
        st.caption(f"{paper} prints no {standing.TITLES[metric]} in its ablation.")
        return
    chosen = chosen.drop_duplicates(["printed", "printed_method"])
    parts = {
        part: dict(zip(rows["printed"], rows["value"], strict=True))
        for part, rows in chosen.groupby("printed_method", sort=False)
    }
    here, spans = _measured_arms(paper, metric)
    for row in here.itertuples():
        parts.setdefault(row.arm, {})[f"{row.dataset}, here"] = row.mean
    devices = ", ".join(dict.fromkeys(here["device"])) if len(here) else ""
    spread = ", ".join(f"{part} {np.mean(list(values.values())):.3f}" for part, values in parts.items())
    chart(
        grouped_bars(parts, title=f"{standing.TITLES[metric]} (no unit)", spans=spans),
        Caption(
            drawn="What each part of a method brings, as printed and as measured here (whiskers: seeds).",
            formula=r"y(\text{all parts}) - y(\text{without one})",
            symbols=f"y: {standing.TITLES[metric]}. R-DC: P1 pretraining, P2 proximity phase, P3 DEC's loss.",
            points=f"{len(chosen)} printed values, {len(here)} measured means; means: {spread}.",
            settings=COMMANDS.get(paper, "Printed values alone: not run here.")
            + (f" Measured on {words.literal(devices)}." if devices else " Not run here yet."),
            not_shown="spread over seeds: the papers print one number a cell.",
        ),
        key="ablation",
        alt=f"Bars of {standing.TITLES[metric]} by part; means: {spread}",
        table=chosen[["printed", "printed_method", "value", "doubtful"]],
    )  # fmt: skip


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
        spans.setdefault(row.arm, {})[f"{row.dataset}, here"] = (row.min, row.max)
    return found, spans


def run_time() -> None:
    """Seconds measured here beside the published table, both relative to R-DC."""
    printed = _relative(runtimes(), "dataset", "method", "value")
    frame_ = standing.ours()
    usual = frame_["variant"].isin(["default", "R-DC's phase 1"]) | (frame_["run"] != "")
    ended = (
        frame_[(frame_["metric"] == "acc") & usual].groupby(["dataset", "method", "seed"])["seconds"].max()
    )
    ended = ended.groupby(["dataset", "method"]).mean().reset_index() if len(ended) else pd.DataFrame()
    here = _relative(ended, "dataset", "method", "seconds") if len(ended) else pd.DataFrame()
    frames = [printed.assign(by="published"), here.assign(by="here")]
    both = pd.concat([each for each in frames if len(each)], ignore_index=True)
    values = {
        f"{dataset} ({by})": {standing.title(r.method): r.ratio for r in rows.itertuples()}
        for (dataset, by), rows in both.groupby(["dataset", "by"], sort=False)
    }
    chart(
        grouped_bars(values, title="time / time of R-DC (no unit)"),
        Caption(
            drawn="How long methods take, against R-DC on the same data.",
            formula=r"t(\text{method}) / t(\text{R-DC})",
            symbols="t: training time. The unit of R-DC's Table 6 is lost in print, so only ratios are "
            "drawn.",
            points=f"{len(printed)} published values, {len(here)} measured here.",
            settings="Measured: seconds of training, snapshots left out, mean of seeds.",
            not_shown="hardware and epochs: both differ from the paper's.",
        ),
        key="runtime",
        alt=f"Bars of relative training times for {len(both)} pairs of method and data set",
        table=both,
    )


def robustness(metric: str = "acc") -> None:
    """A score against the noise in the data: as measured for these pages, then of the runs here."""
    standardized_noise(metric)
    own_noise(metric)


def standardized_noise(metric: str) -> None:
    """The committed measurements: Gaussian noise on standardized inputs, one first phase for all levels."""
    stored = measured(ROBUSTNESS)
    found = by_noise(stored, metric)
    if found.empty:
        return
    values = {
        f"{standing.title(method)} on {dataset}": {
            f"noise {s:g}": y for s, y in zip(rows["noise"], rows["mean"], strict=True)
        }
        for (method, dataset), rows in found.groupby(["method", "dataset"], sort=False)
    }
    ends = "; ".join(
        f"{name} {next(iter(v.values())):.3f} to {list(v.values())[-1]:.3f}" for name, v in values.items()
    )
    chart(
        grouped_bars(values, title=f"{standing.TITLES[metric]} (no unit)"),
        Caption(
            drawn="The score at the end against the noise added to standardized inputs, mean over seeds.",
            formula=r"x'_{ij} = \frac{x_{ij} - \bar{x}_j}{\sigma_j} + \varepsilon_{ij},\quad "
            r"\varepsilon_{ij} \sim \mathcal{N}(0, s^2)",
            symbols="s: noise, in units of an input's standard deviation.",
            points=f"{int(found['seeds'].max())} seeds; largest spread over seeds {found['std'].max():.3f}; "
            f"device {', '.join(sorted(set(stored['device'])))}.",
            settings="python -m benchmarks.robustness: all levels go on from one first phase a seed, trained "
            "without noise.",
            not_shown="noise in the first phase (--whole trains it on noisy points too).",
        ),
        key="robustness_measured",
        alt=f"{standing.TITLES[metric]} by noise in standardized inputs: {ends}",
        table=found[["method", "dataset", "noise", "mean", "std", "min", "max", "seeds"]],
    )


def own_noise(metric: str) -> None:
    """A score against the noise of the 2-D sets, from runs that differ in nothing else."""
    found = noise_rows(pick.runs(), metric)
    if found["noise"].nunique() < 2:
        st.caption(
            "Train the same method on data with more noise (Train, option Noise of the 2-D sets) and your "
            "runs are drawn here; so far every run here has the same noise."
        )
        link("train", "Train with more noise")
        return
    values = {
        f"{standing.title(method)} on {dataset}": {
            f"noise {n:g}": y for n, y in zip(r["noise"], r[metric], strict=True)
        }
        for (method, dataset), r in found.groupby(["method", "dataset"], sort=False)
        if r["noise"].nunique() > 1
    }
    ends = "; ".join(
        f"{name} {next(iter(v.values())):.3f} to {list(v.values())[-1]:.3f}" for name, v in values.items()
    )
    chart(
        grouped_bars(values, title=f"{standing.TITLES[metric]} (no unit)"),
        Caption(
            drawn="The score at the last epoch against the spread of the noise in the data, mean over seeds.",
            formula=r"x' = x + \varepsilon,\quad \varepsilon \sim \mathcal{N}(0, s^2)",
            symbols="s: noise, in units of the radius of an arc, before standardization.",
            points=f"{int(found['runs'].sum())} runs of this machine.",
            settings="Methods trained at one level of noise alone are left out.",
            not_shown="the papers' robustness: they add noise to standardized pictures.",
        ),
        key="robustness",
        alt=f"{standing.TITLES[metric]} by noise: {ends}",
        table=found,
    )


def noise_rows(runs: list[Run], metric: str) -> pd.DataFrame:
    """Mean score by method, data set and noise of the data, over runs that ended."""
    rows = [
        [
            run.spec["method"],
            run.spec["dataset"],
            float(options["noise"]),
            run.epochs()[-1].scores.get(metric),
        ]
        for run in runs
        if (options := run.spec.get("dataset_options") or {}).get("noise") is not None
        and run.epochs()
        and run.status()["state"] == "finished"
        and not run.spec.get("source")
    ]
    frame_ = pd.DataFrame(rows, columns=["method", "dataset", "noise", metric]).dropna()
    grouped = frame_.groupby(["method", "dataset", "noise"])[metric]
    return grouped.agg(["mean", "count"]).rename(columns={"mean": metric, "count": "runs"}).reset_index()


def _relative(frame_: pd.DataFrame, dataset: str, method: str, value: str) -> pd.DataFrame:
    base = frame_[frame_[method] == "rdc"].drop_duplicates(dataset).set_index(dataset)[value]
    kept = frame_[frame_[dataset].isin(base[base > 0].index)]
    ratio = kept[value].to_numpy() / base.loc[kept[dataset]].to_numpy()
    return pd.DataFrame(
        {"dataset": kept[dataset].to_numpy(), "method": kept[method].to_numpy(), "ratio": ratio}
    )
