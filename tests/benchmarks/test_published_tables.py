"""The published tables and our own, side by side."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dcviz.benchmarks.from_runs import run_rows, sweep, variant_of
from dcviz.benchmarks.published import published, raw, runtimes
from dcviz.benchmarks.ranks import critical_difference, friedman
from dcviz.benchmarks.reproduction import (
    ABLATION,
    COLUMNS,
    MOMENT,
    SENSITIVITY,
    before_the_cure,
    beside,
    branched,
    final_phase,
    measured,
    score_matrix,
    summary,
)  # fmt: skip
from dcviz.data.dataset import DataError
from dcviz.exchange.intake import import_latents
from dcviz.exchange.latents import incoming
from dcviz.runs import RunStore
from dcviz.runs.files import write_json
from tests.conftest import tiny_run


def row(method: str, seed: int, value: float, **more: object) -> dict:
    fixed = {
        "dataset": "pneumoniamnist", "phase": "final", "variant": "default", "metric": "acc", "epochs": 5,
        "settings_hash": "0", "device": "cpu", "date": "2026-01-01", "version": "0.1.0", "seconds": 1.0,
    }  # fmt: skip
    return {"method": method, "seed": seed, "value": value, **fixed, **more}


@pytest.fixture
def ours(tmp_path: Path) -> pd.DataFrame:
    rows = [
        row("rdc", 0, 0.5, phase="phase 1"), row("rdc", 0, 0.80, phase="phase 2"),
        row("rdc", 1, 0.90, phase="phase 2"), row("rdc", 1, 0.84, phase="phase 2"),
        row("autoencoder", 0, 0.7), row("autoencoder", 0, 0.6, metric="nmi"),
    ]  # fmt: skip
    pd.DataFrame(rows)[list(COLUMNS)].to_csv(tmp_path / "r.csv", index=False)
    return measured(tmp_path / "r.csv")


def test_known_cells_of_the_papers() -> None:
    table = published()
    pick = table[
        (table["dataset"] == "pneumoniamnist") & (table["method"] == "rdc") & (table["metric"] == "acc")
    ]
    assert pick[~pick["ablation"]]["value"].tolist() == [0.867]
    decs = table[(table["paper"] == "DECS") & (table["dataset"] == "mnist") & (table["method"] == "kmeans")]
    assert decs[decs["metric"] == "acc"]["value"].tolist() == [0.532]
    majority = table[(table["method"] == "majority class") & (table["dataset"] == "vesselmnist3d")]
    assert majority[majority["metric"] == "acc"]["value"].iloc[0] == pytest.approx(0.887, abs=0.001)


def test_every_share_is_a_share() -> None:
    table = published()
    assert len(table) > 1000
    assert table["value"].between(0, 1).all()
    assert set(table["paper"]) >= {"R-DC", "DCSS", "CDC", "DECS", "CCES"}
    assert 0 < table["doubtful"].sum() < 100
    assert len(raw()) == 1447


def test_run_times_of_r_dc() -> None:
    assert set(runtimes()["dataset"]) == {"fashionmnist", "vesselmnist3d", "pneumoniamnist"}


def test_seeds_are_summed_up_and_the_last_run_of_a_seed_counts(ours) -> None:
    table = summary(ours).set_index(["method", "phase", "metric"])
    cell = table.loc["rdc", "phase 2", "acc"]
    assert (cell["mean"], cell["min"], cell["max"], cell["seeds"]) == (pytest.approx(0.82), 0.80, 0.84, 2)
    assert cell["std"] == pytest.approx(np.std([0.80, 0.84], ddof=1))


def test_rows_of_the_former_default_are_known_until_all_are_run_anew() -> None:
    frame = measured()
    assert set(frame[frame["method"] == "rdc"]["settings_hash"]) >= MOMENT
    former = frame[~frame["device"].str.contains("at a time")]
    assert before_the_cure(former, "fashionmnist")
    assert not before_the_cure(frame, "fashionmnist"), "all seeds of the default were run anew"
    assert not before_the_cure(frame, "cifar10")
    cells = former[(former["method"] == "rdc") & (former["dataset"] == "mnist")]
    anew = pd.concat([former, cells.assign(settings_hash="0123456789ab")])
    assert not before_the_cure(anew, "mnist")


def test_the_last_phase_is_compared(ours) -> None:
    assert set(final_phase(ours)["phase"]) == {"phase 2", "final"}


def test_ours_stands_beside_theirs(ours) -> None:
    table = beside(ours, published(), dataset="pneumoniamnist", metric="acc").set_index("method")
    assert table.loc["rdc", "mean"] == pytest.approx(0.82)
    assert table.loc["rdc", "R-DC"] == 0.867
    assert np.isnan(table.loc["pssc", "mean"])
    assert "P1+P2" not in table.index, "an ablation is no method"
    assert table[["mean", "R-DC", "derived"]].max(axis=1).is_monotonic_decreasing


def test_variants_of_a_method_stand_together_the_default_first() -> None:
    for dataset in ("mnist", "fashionmnist", "pneumoniamnist"):
        table = beside(measured(), published(), dataset=dataset, metric="acc")
        runs = (table["method"] != table["method"].shift()).groupby(table["method"]).sum()
        assert (runs == 1).all(), "no other method stands between two variants"
        several = table[table.duplicated("method", keep=False)]
        first = several.drop_duplicates("method")
        defaults = set(several[several["variant"] == "default"]["method"])
        assert defaults
        assert set(first[first["variant"] == "default"]["method"]) == defaults


def test_without_measurements_the_papers_stand_alone(tmp_path) -> None:
    nothing = measured(tmp_path / "absent.csv")
    table = beside(nothing, published(), dataset="mnist", metric="nmi")
    assert table["mean"].isna().all()
    assert len(table) > 10


def test_the_matrix_of_a_paper_goes_through_the_test() -> None:
    matrix = score_matrix(published(), paper="R-DC", metric="acc")
    assert matrix.shape == (6, 10)
    found = friedman(matrix.to_numpy())
    assert found.p_f < 0.05
    assert dict(zip(matrix.columns, found.mean_ranks, strict=True))["rdc"] == found.mean_ranks.min()
    assert critical_difference(10, 6) == pytest.approx(5.53, abs=0.01)
    with pytest.raises(DataError, match="at least 2"):
        score_matrix(published(), paper="R-DC", metric="acc", datasets=["bloodmnist"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("method,dataset\nrdc,arcs\n", "lacks the column"),
        (",".join(COLUMNS) + "\nrdc,a,f,d,acc,?,0,1,h,c,d,v,1\n", r"line 2: value is '\?'"),
    ],
)  # fmt: skip
def test_damaged_results(tmp_path, text, words) -> None:
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        measured(tmp_path / "r.csv")


def test_committed_branches_are_read() -> None:
    arms, grid = branched(ABLATION), branched(SENSITIVITY)
    assert {"P1", "P1+P2"} <= set(arms["arm"])
    assert grid[["lambda_ratio", "tau_distance"]].drop_duplicates().shape == (25, 2)
    assert arms["acc"].between(0, 1).all()
    assert branched(ABLATION.with_name("ablation-absent.csv")).empty


def test_runs_of_this_machine_are_rows(tiny_store) -> None:
    rows = run_rows(tiny_store.list())
    assert list(rows.columns) == [*COLUMNS, "run"]
    assert set(rows["phase"]) == {"phase 1", "phase 2"}
    for run in tiny_store.list():
        last = rows[(rows["run"] == run.id) & (rows["phase"] == "phase 2") & (rows["metric"] == "acc")]
        assert last["value"].tolist() == [run.epoch("00004").scores["acc"]]
        assert last["seconds"].tolist() == [pytest.approx(0.4)]


@pytest.mark.parametrize(("dataset", "n", "variant"), [
    ("fashionmnist", 5_000, "standard, 5,000 points"), ("fashionmnist", 70_000, "standard"),
    ("arcs", 60, "standard"), ("/data/own.npz", 60, "standard"),
])  # fmt: skip
def test_a_part_of_a_data_set_is_no_row_of_the_whole(dataset, n, variant) -> None:
    assert variant_of({"dataset": dataset, "n": n, "preset": "standard"}) == variant


@pytest.mark.parametrize(("dataset", "options", "variant"), [
    ("digits", {"rows": "as stored"}, "standard"),
    ("digits", {"rows": "unit length"}, "standard, data rows=unit length"),
    ("arcs", {"n": 1200, "noise": 0.06, "seed": 3}, "standard, data seed=3"),
    ("arcs", {"n": 600, "noise": 0.2, "seed": 1}, "standard, 2 own settings"),
    ("mnist", {"n": 70_000}, "standard, 1,797 points"),
])  # fmt: skip
def test_a_run_on_other_data_options_stands_apart(dataset, options, variant) -> None:
    spec = {"dataset": dataset, "dataset_options": options, "preset": "standard", "n": 1797}
    assert re.sub(", [0-9a-f]{3}$", "", variant_of(spec)) == variant


@pytest.mark.parametrize(("settings", "method", "variant"), [
    ({}, "rdc", "standard"),
    ({"gamma": 0.0}, "rdc", "standard, gamma=0.0"),
    ({"clusters": 7, "M": 9}, "rdc", "standard, 2 own settings"),
    ({"gamma": 0.0, "M": 9, "target_views": 1}, "rdc", "standard, 3 own settings"),
    ({"core": "all"}, "All points core", "standard, core=all"),
    ({"setting of another day": 1}, "rdc", "standard"),
])  # fmt: skip
def test_runs_with_settings_of_their_own_are_no_rows_of_the_preset(tiny_store, settings, method, variant):
    run = next(run for run in tiny_store.list() if run.spec["method"] == "rdc")
    write_json(run.path / "run.json", {**run.spec, "settings": {**run.spec["settings"], **settings}})
    rows = run_rows([tiny_store.open(run.id)])
    assert set(rows["method"]) == {method}
    assert {re.sub(", [0-9a-f]{3}$", "", name) for name in rows["variant"]} == {variant}


def test_two_runs_with_as_many_settings_of_their_own_stand_apart() -> None:
    spec = {"dataset": "arcs", "preset": "standard", "n": 1200}
    one, other = ({**spec, "dataset_options": {"noise": 0.2, "seed": seed}} for seed in (1, 2))
    assert variant_of(one) != variant_of(other)
    assert variant_of(one) == variant_of(dict(one))


def test_epochs_that_were_not_kept_took_their_time_too(tiny_store) -> None:
    run = tiny_store.list()[0]
    lines = (run.path / "metrics.jsonl").read_text().splitlines(keepends=True)
    kept = [line for line in lines if '"key": "00003"' not in line]
    assert len(kept) == len(lines) - 1
    (run.path / "metrics.jsonl").write_text("".join(kept))
    rows = run_rows([tiny_store.open(run.id)])
    assert rows[rows["phase"] == "phase 2"]["seconds"].unique().tolist() == [pytest.approx(0.4)]


def test_imported_latents_are_no_method(tiny_store, tmp_path) -> None:
    np.save(tmp_path / "z.npy", np.random.default_rng(0).normal(size=(30, 2)))
    import_latents(incoming(tmp_path / "z.npy"), tiny_store)
    assert len(run_rows(tiny_store.list())["run"].unique()) == 2


def test_a_sweep_takes_finished_branches_of_one_run(tiny_store) -> None:
    parent = tiny_store.list()[0]
    for ratio in (0.2, 0.8):
        made = tiny_run(tiny_store, "rdc", n=60)
        spec = {**made.spec, "parent": {"id": parent.id, "key": "00002"}}
        spec["settings"] = {**spec["settings"], "lambda_ratio": ratio, "tau_distance": 0.5}
        write_json(made.path / "run.json", spec)
    store_again = RunStore(tiny_store.root)
    found = sweep(store_again.list(), parent.id, ("tau_distance", "lambda_ratio"), "acc")
    assert sorted(found["lambda_ratio"]) == [0.2, 0.8]
    assert set(found["tau_distance"]) == {0.5}
    assert found["acc"].between(0, 1).all()
