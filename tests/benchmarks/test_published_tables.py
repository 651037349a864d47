"""The published tables and our own, side by side."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dcviz.benchmarks.published import published, raw, runtimes
from dcviz.benchmarks.ranks import critical_difference, friedman
from dcviz.benchmarks.reproduction import COLUMNS, beside, final_phase, measured, score_matrix, summary
from dcviz.data.dataset import DataError


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


def test_the_last_phase_is_compared(ours) -> None:
    assert set(final_phase(ours)["phase"]) == {"phase 2", "final"}


def test_ours_stands_beside_theirs(ours) -> None:
    table = beside(ours, published(), dataset="pneumoniamnist", metric="acc").set_index("method")
    assert table.loc["rdc", "mean"] == pytest.approx(0.82)
    assert table.loc["rdc", "R-DC"] == 0.867
    assert np.isnan(table.loc["pssc", "mean"])
    assert "P1+P2" not in table.index, "an ablation is no method"
    assert table[["mean", "R-DC", "derived"]].max(axis=1).is_monotonic_decreasing


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
