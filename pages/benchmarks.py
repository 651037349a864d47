"""Benchmarks: our scores beside the published ones, whether methods differ, and how settings matter."""

import streamlit as st

from dcviz import ui
from dcviz.ui import noise, page_state, papers, shelf, standing, sweep_results, sweeps, tallies

TABS = [
    "Results",
    "Do methods differ?",
    "Sensitivity",
    "Robustness",
    "Ablations",
    "Wrong K, uneven classes",
    "Run time",
    "Sweeps",
]


@ui.page(
    "Benchmarks",
    "What was measured here beside what papers print, with the largest class, seeds and ranks kept in sight.",
)
def benchmarks() -> None:
    page_state.kept("tab", TABS, key="bench_tab")
    tabs = st.tabs(TABS, key="bench_tab", on_change="rerun")
    with tabs[0]:
        results()
    with tabs[1]:
        ranks()
    with tabs[2]:
        sweeps.sensitivity()
    with tabs[3]:
        noise.robustness()
    with tabs[4]:
        tallies.ablation()
    with tabs[5]:
        papers.experiment()
    with tabs[6]:
        tallies.run_time()
    with tabs[7]:
        sweep_results.sweeps_tab()


def results() -> None:
    left, right = st.columns(2)
    names = standing.datasets()
    start = "pneumoniamnist" if "pneumoniamnist" in names else names[0]
    page_state.kept("data", names, key="bench_data", default=start)
    page_state.kept("score", standing.metrics(), key="bench_metric")
    dataset = str(left.selectbox("Data", names, key="bench_data", format_func=shelf.data_title))
    metric = str(
        right.selectbox("Score", standing.metrics(), key="bench_metric", format_func=standing.score_title)
    )
    standing.results(dataset, metric)
    sweeps.one_cell(dataset)


def ranks() -> None:
    left, right = st.columns(2)
    sources = [*standing.PAPERS, standing.HERE]
    page_state.kept("paper", sources, key="rank_paper")
    page_state.kept("ranked_by", standing.metrics(), key="rank_metric")
    paper = str(left.selectbox("Paper", sources, key="rank_paper"))
    metric = str(
        right.selectbox("Score", standing.metrics(), key="rank_metric", format_func=standing.score_title)
    )
    standing.differences(paper, metric)


benchmarks()
