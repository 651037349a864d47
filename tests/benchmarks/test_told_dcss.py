"""Numbers told of DCSS are those of the tables, and so is the reason for its low end."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score, f1_score, normalized_mutual_info_score
from test_told_numbers import short, table, told

MNIST = (6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958)
"""Points of each class."""


@pytest.fixture
def text() -> str:
    return told("benchmarks/results/README.md")


def ends(dataset: str) -> pd.Series:
    """Scores of the one seed that went through all phases with the published network, by phase and metric."""
    rows = table("reproduction").query(
        "method == 'dcss' and variant == 'published network' and seed == 0 and dataset == @dataset"
    )
    return rows.set_index(["phase", "metric"])["value"]


def both(rows: pd.DataFrame, name: str) -> str:
    return " and ".join(short(value) for value in rows[name])


def test_dcss_with_the_published_network(text) -> None:
    mnist, fashion = ends("mnist"), ends("fashionmnist")

    def pair(scores: pd.Series, metric: str) -> str:
        return f"{short(scores['phase 2', metric])} and {short(scores['phase 3', metric])}"

    assert f"give {pair(mnist, 'acc')} on MNIST, {pair(fashion, 'acc')} on Fashion-MNIST" in text
    behind = {phase: fashion[phase, "acc"] - fashion[phase, "f1_macro"] for phase in ("phase 2", "phase 3")}
    last = f"{short(fashion['phase 3', 'f1_macro'])} at the end, {short(behind['phase 3'])} below ACC"
    assert f"{last}, where it was {short(behind['phase 2'])} below before" in text
    assert f"with NMI {pair(mnist, 'nmi')} (paper .900 and .947), {pair(fashion, 'nmi')} (paper" in text


def test_its_scores_on_mnist_are_those_of_nine_clusters(text) -> None:
    labels = np.repeat(np.arange(10), MNIST)
    found = np.where(labels == 9, 3, labels)  # these two share a cluster: the larger one counts
    random = np.random.default_rng(0)
    wrong = random.random(len(labels)) < 0.017
    found[wrong] = random.integers(0, 9, wrong.sum())
    scores = {
        "acc": (found == labels).mean(), "nmi": normalized_mutual_info_score(labels, found),
        "ari": adjusted_rand_score(labels, found), "f1_macro": f1_score(labels, found, average="macro"),
    }  # fmt: skip
    last = ends("mnist")["phase 3"]
    assert all(abs(value - last[metric]) < 0.002 for metric, value in scores.items())
    told = [short(last[metric]) for metric in ("acc", "nmi", "ari", "f1_macro")]
    assert "ACC {}, NMI {}, ARI {}, F1 {}".format(*told) in text


def test_the_first_phase_epoch_by_epoch(text) -> None:
    looks = table("causes").query(
        "question == 'dcss' and dataset == 'fashionmnist' and device == 'NVIDIA H200, up to 2 jobs at a time'"
    )
    looks = looks.pivot_table(index="epoch", columns=["what", "seed"], values="value")
    acc, nmi = looks["acc"], looks["nmi"]
    told = f"ACC {short(acc[0][10])} and {short(acc[1][10])} then, {short(acc[0].iloc[-1])} and"
    assert f"{told} {short(acc[1].iloc[-1])} at the last look" in text
    early, late = (f"{short(row[0])} and {short(row[1])}" for row in (nmi.loc[20], nmi.iloc[-1]))
    assert f"NMI from {early} at epoch 20 to {late}." in text
    assert f"The best of the {len(acc)} looks, {short(acc[0].max())} and {short(acc[1].max())}" in text
    steady = acc.loc[60:].rolling(5, center=True, min_periods=1).median()
    assert (acc.loc[60:] - steady).abs().max().max() < 0.045


def test_the_switch_to_q_epoch_by_epoch(text) -> None:
    part = table("causes").query("dataset == 'fashionmnist (10000)' and phase == 'phase 3'")
    part = part.pivot_table(index=["seed", "epoch"], columns="what", values="value")
    by_p = part[part["uses_q"] == 0]
    best, before, last = (rows.groupby("seed") for rows in (by_p, by_p, part))
    best, before, last = best.max(), before.last(), last.last()
    assert (by_p["acc"].groupby("seed").idxmax().map(lambda place: place[1]) - 64 < 6).all()
    assert f"{both(best, 'acc')}, and {both(before, 'acc')} at their end" in text
    assert f"NMI goes from {both(before, 'nmi')} to {both(last, 'nmi')}, ACC to {both(last, 'acc')}" in text
    assert f"has {both(last, 'k-means: acc')} at the end, with NMI {both(last, 'k-means: nmi')}" in text
    assert f"p {both(last, 'p: acc')}." in text
    complete = f"{both(before, 'completeness')} before, {both(last, 'completeness')} at the end"
    assert complete in text
    lost = part["acc"].groupby("seed").max() - last["acc"]
    assert f"has {short(lost[0])} and {short(lost[1])} more than the last" in text
