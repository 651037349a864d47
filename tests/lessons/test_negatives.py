"""Where it does not happen: every such case of every lesson, in numbers."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dcviz.geometry.agreement import agreement
from dcviz.geometry.clusters import k_means
from dcviz.geometry.filters import core_border_split
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.twonn import two_nn
from dcviz.lessons.catalog import LESSONS
from tests.lessons.test_gallery import score, shipped

ROOT = Path(__file__).resolve().parents[2]


def purity_before_learning() -> bool:
    return score("arcs-autoencoder", 0, "purity") > 0.85


def shape_kept_but_not_clustered() -> bool:
    return (
        score("arcs-autoencoder", 200, "flip_input") <= 0.02 and score("arcs-autoencoder", 200, "acc") < 0.9
    )


def linear_never_folded() -> bool:
    return score("arcs-dec-linear", 0, "flip_input") == score("arcs-dec-linear", 400, "flip") == 0


def large_m_leaves_none() -> bool:
    graph = neighbor_graph(shipped("arcs-rdc").latents(200), m=15)
    return bool(core_border_split(graph.distances, 0.6).mean() < 0.03) and (1 - 0.36) ** 14 < 0.002


def core_no_purer() -> bool:
    return score("digits-rdc", 200, "purity_core") <= score("digits-rdc", 200, "purity_border")


def nothing_filtered() -> bool:
    return score("arcs-rdc", 200, "reliable") > 0.99


def fold_unseen_by_id() -> bool:
    ids = [score(run, 400, "id") for run in ("arcs-dec", "arcs-rdc")]
    return score("arcs-dec", 400, "flip") > 0.25 and abs(ids[0] - ids[1]) < 0.3


def curvature_below_zero() -> bool:
    return score("digits-dec", 300, "curvature") < 0


def few_points_say_little() -> bool:
    """Twenty points in a cube, six hundred times."""
    rng = np.random.default_rng(0)
    few = [two_nn(neighbor_graph(rng.random((20, 3)), m=2).distances).value for _ in range(600)]
    low, high = np.quantile([value for value in few if value is not None], [0.05, 0.95])
    return bool(abs(low - 1.7) < 0.15 and abs(high - 4.2) < 0.25)


def literal_targets_run_away() -> bool:
    """The committed accuracies of R-DC on Fashion-MNIST: from the same first phases, literal and averaged."""
    wanted = {"method": "rdc", "dataset": "fashionmnist", "metric": "acc"}
    with (ROOT / "benchmarks" / "results" / "reproduction.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if wanted.items() <= row.items()]

    def seeds(variant: str, phase: str, settings: str) -> dict[str, float]:
        known = {"variant": variant, "phase": phase, "settings_hash": settings}
        return {row["seed"]: float(row["value"]) for row in rows if known.items() <= row.items()}

    (literal,) = {row["settings_hash"] for row in rows if row["variant"] == "released targets"}
    start = seeds("released targets", "phase 1", literal)
    of_default = {row["settings_hash"] for row in rows if row["variant"] == "default"}
    (averaged,) = (each for each in of_default if seeds("default", "phase 1", each) == start)
    ends = seeds("released targets", "phase 2", literal), seeds("default", "phase 2", averaged)
    means = [round(float(np.mean(list(found.values()))), 2) for found in (start, *ends)]
    return [*map(len, (start, *ends)), *means] == [5, 5, 5, 0.55, 0.34, 0.58]


def linear_merges() -> bool:
    ends = [score("arcs-dec-linear", epoch, "purity") for epoch in (200, 400)]
    return ends[0] > 0.95 and ends[1] < 0.8


def blobs_keep_groups() -> bool:
    return score("blobs-dec", 400, "purity") > 0.99 and score("blobs-dec", 400, "acc") > 0.99


def rebuilding_folds_nothing() -> bool:
    return score("arcs-autoencoder", 400, "flip") <= 0.01


def same_seed_same_weights() -> bool:
    one, other = (shipped(run).checkpoint("00200").tensors for run in ("arcs-dec", "arcs-rdc"))
    return all(np.array_equal(one[name], other[name]) for name in one if name.startswith("network."))


def bad_start() -> bool:
    return score("arcs-dec", 0, "flip_input") > 0.3 and score("arcs-dec-seed-1", 0, "flip_input") > 0.15


def k_means_draws_lots() -> bool:
    run = shipped("digits-rdc")
    found = [k_means(run.latents(300), 10, seed=seed, n_init=1).assignments for seed in range(5)]
    accuracies = [agreement(run.labels(), each).acc for each in found]
    return max(accuracies) - min(accuracies) > 0.005


def no_gain_in_accuracy() -> bool:
    gained = [
        score(run, last, "acc") - score(run, 200, "acc")
        for run, last in (("arcs-rdc", 400), ("digits-rdc", 300))
    ]
    return max(gained) <= 0.005


def neighbors_alone_cost() -> bool:
    return score("arcs-rdc-bare", 600, "acc") < score("arcs-rdc-bare", 200, "acc") - 0.1


HELD: dict[tuple[str, str], Callable[[], bool]] = {
    ("keeps", "High purity before learning"): purity_before_learning,
    ("keeps", "Keeping is not clustering"): shape_kept_but_not_clustered,
    ("keeps", "A linear network never folded"): linear_never_folded,
    ("core-border", "M too large"): large_m_leaves_none,
    ("core-border", "Core points are not purer"): core_no_purer,
    ("core-border", "A second filter that filters nothing"): nothing_filtered,
    ("dimension", "A fold that ID does not see"): fold_unseen_by_id,
    ("dimension", "Curvature below zero"): curvature_below_zero,
    ("dimension", "Too few points"): few_points_say_little,
    ("twist", "A linear network cannot fold"): linear_merges,
    ("twist", "Straight blobs far apart"): blobs_keep_groups,
    ("twist", "Only rebuilding"): rebuilding_folds_nothing,
    ("chance", "The same seed twice"): same_seed_same_weights,
    ("chance", "A bad start"): bad_start,
    ("chance", "K-means draws lots as well"): k_means_draws_lots,
    ("help", "No gain in accuracy"): no_gain_in_accuracy,
    ("help", "Neighbors alone cost accuracy"): neighbors_alone_cost,
    ("help", "Taken literally it runs away"): literal_targets_run_away,
}


def test_no_case_is_forgotten() -> None:
    told = {(name, case.title) for name, lesson in LESSONS.items() for case in lesson.negatives}
    assert told == set(HELD)


@pytest.mark.parametrize("case", HELD, ids=" / ".join)
def test_it_does_not_happen(case: tuple[str, str]) -> None:
    assert HELD[case]()
