"""Branches go on seed by seed: what stands in the table with the settings of today is not trained again."""

from dataclasses import replace

import pytest

pytest.importorskip("torch")

from benchmarks import branches
from benchmarks.missing import outline
from benchmarks.reproduce import RESULTS, task_of
from benchmarks.rows import append
from dcviz.benchmarks.reproduction import branched

PLACE = {"epochs": 1, "acc": 0.5, "nmi": 0.5, "ari": 0.5, "f1_macro": 0.5, "majority": 0.1, "device": "a GPU",
         "date": "today"}  # fmt: skip


def bench(folder):
    return outline("pneumoniamnist", keep=folder)


def test_seeds_of_the_ablation_that_are_there_are_not_trained_again(tmp_path, monkeypatch) -> None:
    on, asked = bench(tmp_path), []

    def firsts(self, method, settings, seeds, **more):
        asked.append(list(seeds))
        raise KeyboardInterrupt

    monkeypatch.setattr(type(on), "first_phases", firsts)
    today = task_of(on, "rdc", "paper Table 2").settings_hash
    for seed, settings in ((0, today), (1, "older")):
        row = {"dataset": "pneumoniamnist", "arm": "P1", "seed": seed, **PLACE, "settings_hash": settings}
        append(tmp_path / "ablation.csv", [row])
    with pytest.raises(KeyboardInterrupt):
        branches.ablation(on, [0, 1, 2], tmp_path)
    assert asked == [[1, 2]]
    branches.ablation(on, [0], tmp_path)
    assert len(asked) == 1


def test_the_grid_of_a_seed_is_left_out_by_its_first_place(tmp_path, monkeypatch) -> None:
    on = bench(tmp_path)
    monkeypatch.setattr(type(on), "first_phases", lambda *given, **named: pytest.fail("trained"))
    own = {"lambda_ratio": branches.RATIOS[0], "tau_distance": branches.DISTANCES[0]}
    first = task_of(on, "rdc", "paper Table 2", overrides=own).settings_hash
    append(tmp_path / "sensitivity.csv", [{"dataset": "pneumoniamnist", "seed": 0, "settings_hash": first}])
    branches.sensitivity(on, 0, tmp_path)
    assert not branches.holds(tmp_path / "sensitivity.csv", on, 1, first)
    other = replace(on, data=replace(on.data, name="other"))
    assert not branches.holds(tmp_path / "sensitivity.csv", other, 0, first)


def test_the_later_of_two_rows_is_shown(tmp_path) -> None:
    path = tmp_path / "ablation.csv"
    for acc, settings in ((0.5, "older"), (0.7, "newer")):
        row = {"dataset": "usps", "arm": "P1", "seed": 0, **PLACE, "acc": acc, "settings_hash": settings}
        append(path, [row])
    assert branched(path)["acc"].tolist() == [0.7]


def test_committed_rows_name_their_settings() -> None:
    for name in ("ablation", "sensitivity"):
        lines = RESULTS.with_name(f"{name}.csv").read_text().splitlines()
        assert lines[0].endswith("settings_hash")
        assert all(len(line.rpartition(",")[2]) == 12 for line in lines[1:])
