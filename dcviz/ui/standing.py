"""Benchmarks: our scores beside the published ones, cell by cell, and whether methods differ at all."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dcviz.benchmarks.from_runs import run_rows
from dcviz.benchmarks.published import METRICS, printed_tests, published
from dcviz.benchmarks.ranks import Friedman, alike, critical_difference, friedman, nemenyi, pairs_apart
from dcviz.benchmarks.reproduction import (
    LAST,
    before_the_cure,
    beside,
    measured,
    own_matrix,
    phase_number,
    score_matrix,
)
from dcviz.data.dataset import DataError
from dcviz.exchange.calls import drawn
from dcviz.figures.standings import Standing, rank_diagram, standings
from dcviz.ui import pick, words
from dcviz.ui.chart import Caption, chart
from dcviz.ui.remarks import NOT_RUN, cell_state, remarks
from models.catalog import METHODS

TITLES: dict[str, str] = {
    "acc": "ACC",
    "nmi": "NMI",
    "ari": "ARI",
    "f1_macro": "F1 (macro)",
    "f1_micro": "F1 (micro)",
}
PAPERS = ("R-DC", "DCSS", "DECS", "CCES", "CDC")
HERE = "measured here"
FORMER = (
    "Rows of R-DC that were not run again since were trained with `core_image=moment`, the printed equation, "
    "the default then. Today core points rebuild the mean input of their reliable neighbors."
)
OTHERS = {"kmeans": "k-means", "dcss_u": "DCSS_u"}


@st.cache_data(show_spinner=False)
def reference() -> pd.DataFrame:
    """The published tables, read once."""
    return published()


def ours() -> pd.DataFrame:
    """The committed measurements and the finished runs of this machine."""
    return pd.concat([measured().assign(run=""), run_rows(pick.runs())], ignore_index=True)


def results(dataset: str, metric: str) -> None:
    """Every method on one data set: ours with its span over seeds, the papers' beside it."""
    rows, largest, printed = _rows(dataset, metric)
    if not rows:
        st.caption("Nothing is published or measured here for this pair.")
        return
    measured_here = sum(row.mean is not None for row in rows)
    best = rows[0]
    top = max([best.mean or 0, *best.printed.values()])
    chart(
        drawn(standings_of, dataset, metric),
        _results_caption(metric, measured_here, len(rows), largest),
        key="standings",
        alt=f"{TITLES[metric]} of {len(rows)} methods on {dataset}; best {best.name} with {top:.3f}",
        table=printed,
    )
    printed_here = "dataset == @dataset and metric == @metric and not ablation and paper != 'derived'"
    doubtful = reference().query(f"doubtful and {printed_here}")
    if len(doubtful):
        cells = "; ".join(
            f"{row.printed_method} {row.value:.3f} in {row.paper}" + (f" ({row.note})" if row.note else "")
            for row in doubtful.itertuples()
        )
        st.caption(f"Doubtful in print, hard to read or at odds with another table: {words.literal(cells)}.")
    if before_the_cure(measured(), dataset):
        st.caption(FORMER)
    remarks(dataset, printed["variant"].dropna())


def standings_of(dataset: str, metric: str) -> go.Figure:
    """Scores of every method on one data set: measured here with the span over seeds, and as printed."""
    rows, largest, _ = _rows(dataset, metric)
    return standings(rows, title=f"{TITLES[metric]} (no unit)", majority=largest)


def _rows(dataset: str, metric: str) -> tuple[list[Standing], float | None, pd.DataFrame]:
    """One row a method, the score of the largest class alone, and the table both are from."""
    table = beside(ours(), reference(), dataset=dataset, metric=metric)
    majority = table[table["method"] == "majority class"]
    printed = table[table["method"] != "majority class"]
    papers = [name for name in printed.columns if name in (*PAPERS, "derived")]
    printed = printed.assign(
        here=[cell_state(*cell, dataset) for cell in zip(printed["method"], printed["mean"], strict=True)]
    )
    plain = set(printed[printed["variant"] == "default"]["method"])
    rows = [_standing(row, papers, plain=plain) for _, row in printed.iterrows()]
    largest = float(majority["derived"].iloc[0]) if len(majority) and "derived" in majority else None
    return rows, largest, printed


def differences(paper: str, metric: str) -> None:
    """Friedman's test and the critical difference over the data sets of one paper."""
    try:
        matrix = _matrix(paper, metric)
    except DataError as error:
        st.info(words.literal(str(error)), icon=":material/functions:")
        return
    test = friedman(matrix.to_numpy())
    cd = critical_difference(test.methods, test.datasets)
    chart(
        drawn(ranks_of, paper, metric),
        _difference_caption(test.chi_square, test.f, test.p_f, test.methods, test.datasets, cd),
        key="ranks",
        alt=f"Mean ranks of {test.methods} methods over {test.datasets} data sets; critical difference "
        f"{cd:.2f}",
        table=_rank_table(matrix, test),
    )
    _printed(paper, metric, test, cd)
    verdict = "differ" if test.p_f < 0.05 else "cannot be told apart"
    st.markdown(
        f"Over {test.datasets} data sets the {test.methods} methods **{verdict}** (F = {_f(test.f)}, "
        f"p = {test.p_f:.2g}). Two of them differ where their mean ranks lie more than {cd:.2f} apart: "
        f"{pairs_apart(test.mean_ranks, cd) or 'none'} of {math.comb(test.methods, 2)} pairs do."
    )


def _f(f: float) -> str:
    """F has no bound where every data set puts the methods in one order."""
    return "∞" if math.isinf(f) else f"{f:.2f}"


def ranks_of(paper: str, metric: str) -> go.Figure:
    """Mean ranks of methods with Nemenyi's critical difference, over the data sets of one paper."""
    matrix = _matrix(paper, metric)
    test = friedman(matrix.to_numpy())
    cd = critical_difference(test.methods, test.datasets)
    return rank_diagram(
        [title(name) for name in matrix.columns], list(test.mean_ranks), difference=cd,
        bars=alike(test.mean_ranks, cd),
    )  # fmt: skip


def _matrix(paper: str, metric: str) -> pd.DataFrame:
    if paper == HERE:
        return own_matrix(ours(), metric)
    return score_matrix(reference(), paper=paper, metric=metric)


def _rank_table(matrix: pd.DataFrame, test: Friedman) -> pd.DataFrame:
    """Mean ranks, best first, and Nemenyi's p value of each method against the best."""
    best = int(test.mean_ranks.argmin())
    p = nemenyi(test.mean_ranks, test.datasets)[best]
    columns = {"method": matrix.columns, "mean rank": test.mean_ranks, "p against the best": p}
    return pd.DataFrame(columns).sort_values("mean rank")


def _printed(paper: str, metric: str, test: Friedman, cd: float) -> None:
    """Hold what the paper prints of its own tests against what its printed scores give."""
    found = printed_tests(paper)
    told = []
    for row in found[found["metric"].isin((metric, "cd"))].itertuples():
        friedmans = row.method == "Friedman F_F"
        here = f"F = {_f(test.f)}" if friedmans else f"a critical difference of {cd:.2f}"
        told.append(
            f"{paper} prints {'F' if friedmans else 'the critical difference'} = {row.value:g}; its "
            f"printed scores give {here} ({test.methods} methods with every score; {row.note})."
        )
    if told:
        st.caption(words.literal("  ".join(told)))


def datasets() -> list[str]:
    """Data sets with a published or measured score, ours first."""
    known = list(dict.fromkeys([*ours()["dataset"], *reference()["dataset"]]))
    return [name for name in known if name]


def metrics() -> list[str]:
    """Scores that can be compared."""
    return list(METRICS)


def _standing(row: pd.Series, papers: list[str], *, plain: set[str]) -> Standing:
    """One row of the figure; the printed value stands beside the plain variant alone where there is one."""
    variant = row["variant"] if isinstance(row["variant"], str) and row["variant"] else ""
    brackets = (variant if variant != "default" else "", _unfinished(str(row["method"]), row["phase"]))
    told = ", ".join(filter(None, brackets))
    name = title(str(row["method"])) + (f" ({told})" if told else "")
    printed = {paper: float(row[paper]) for paper in papers if not pd.isna(row[paper])}
    if variant != "default" and row["method"] in plain:
        printed = {}
    if pd.isna(row["mean"]):
        return Standing(name, None, None, None, 0, printed, row["here"] == NOT_RUN)
    return Standing(
        name, float(row["mean"]), float(row["min"]), float(row["max"]), int(row["seeds"]), printed
    )


def _unfinished(method: str, phase: object) -> str:
    """After which of its phases our score of a method was taken, where later ones were not run."""
    phases = len(METHODS[method].phases) if method in METHODS else 0
    number = phase_number(phase) if isinstance(phase, str) else LAST
    return f"phase {number} of {phases}" if number < phases else ""


def score_title(metric: str) -> str:
    """What a score is called."""
    return TITLES[metric]


def title(method: str) -> str:
    """What a method is called: ours by its title, others as printed."""
    return METHODS[method].title if method in METHODS else OTHERS.get(method, method)


def _results_caption(metric: str, here: int, count: int, majority: float | None) -> Caption:
    return Caption(
        drawn="Filled: mean of the seeds measured here, with the least and the largest. Open: as printed in "
        "papers.",
        formula=r"\bar y = \frac1S \sum_s y_s,\quad [\min_s y_s, \max_s y_s]",
        symbols=f"y: {TITLES[metric]} at the last epoch of the last phase; s: seed, S: number of seeds. No "
        "unit.",
        points=f"{count} methods and variants, {here} of them measured here; *not run*: methods "
        "of this lab without a row."
        + (f" The largest class alone scores {majority:.3f}." if majority is not None else ""),
        settings="Labels choose nothing: not the epoch, not the seed. Runs of this machine count once "
        "finished.",
        not_shown="equal conditions. Papers differ in network, preparation and epochs; these are no "
        "acceptance tests.",
    )


def _difference_caption(chi: float, f: float, p: float, k: int, n: int, cd: float) -> Caption:
    return Caption(
        drawn="Mean rank of each method; a bar joins those that do not differ at the 5 % level.",
        formula=rf"\chi^2 = {chi:.2f},\; F = \frac{{(N-1)\chi^2}}{{N(k-1)-\chi^2}} = {_f(f)},\;"
        rf" \mathrm{{CD}} = q_{{.05}}\sqrt{{\tfrac{{k(k+1)}}{{6N}}}} = {cd:.2f}",
        symbols="k: methods, N: data sets, q: studentized range over √2. Friedman with ties, "
        "Iman-Davenport F, Nemenyi; tests and distributions by scipy.",
        points=f"{k} methods that have every score, {n} data sets; p = {p:.2g}.",
        settings="α = 0.05. Methods without a score on one of the data sets are left out.",
        not_shown="how far apart the scores are: only their order on each data set counts.",
    )
