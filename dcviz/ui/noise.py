"""Benchmarks: how noise in the data hurts: as measured for these pages, and of the runs here."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dcviz.benchmarks.reproduction import ROBUSTNESS, by_noise, measured
from dcviz.exchange.calls import drawn
from dcviz.figures.bars import grouped_bars
from dcviz.runs import Run
from dcviz.ui import pick, shelf, standing
from dcviz.ui.chart import Caption, chart
from dcviz.ui.links import link


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
    ends = _ends(_noise_values(found, "mean"))
    chart(
        drawn(measured_noise_bars, metric),
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


def measured_noise_bars(metric: str) -> go.Figure:
    """A score by noise in standardized inputs, from the committed measurements."""
    values = _noise_values(by_noise(measured(ROBUSTNESS), metric), "mean")
    return grouped_bars(values, title=f"{standing.TITLES[metric]} (no unit)")


def own_noise_bars(metric: str) -> go.Figure:
    """A score by noise in the data, from the finished runs of this machine."""
    values = _noise_values(noise_rows(pick.runs(), metric), metric)
    return grouped_bars(values, title=f"{standing.TITLES[metric]} (no unit)")


def _noise_values(found: pd.DataFrame, column: str) -> dict[str, dict[str, float]]:
    """By method and data set, where there is more than one level of noise."""
    return {
        f"{standing.title(method)} on {shelf.data_name(dataset)}": {
            f"noise {s:g}": y for s, y in zip(rows["noise"], rows[column], strict=True)
        }
        for (method, dataset), rows in found.groupby(["method", "dataset"], sort=False)
        if rows["noise"].nunique() > 1
    }


def _ends(values: dict[str, dict[str, float]]) -> str:
    return "; ".join(
        f"{name} {next(iter(v.values())):.3f} to {list(v.values())[-1]:.3f}" for name, v in values.items()
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
    ends = _ends(_noise_values(found, metric))
    chart(
        drawn(own_noise_bars, metric),
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
