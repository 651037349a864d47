"""The papers' experiments: classes thinned as stated, levels and parts read back under the papers' names."""

import csv

import numpy as np
import pandas as pd
import pytest

from dcviz.benchmarks.experiments import arms, imbalanced_rows, levels
from dcviz.benchmarks.published import printed_tests
from dcviz.benchmarks.reproduction import COLUMNS, own_matrix
from dcviz.data.dataset import DataError


def table(path, rows):
    fixed = {"dataset": "digits", "epochs": 3, "settings_hash": "0", "device": "cpu x2", "date": "2026-11-22",
             "version": "dcviz 0", "seconds": 1.0, "metric": "acc"}  # fmt: skip
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS))
        writer.writeheader()
        writer.writerows([{**fixed, **row} for row in rows])
    return path


def row(method, phase, variant, value, seed=0):
    return {"method": method, "phase": phase, "variant": variant, "value": value, "seed": seed}


def test_classes_keep_the_share_of_the_line():
    labels = np.repeat(np.arange(10), 4_000)
    rows = imbalanced_rows(labels, 0.1, seed=0)
    kept = np.bincount(labels[rows]) / 4_000
    np.testing.assert_allclose(kept, 0.1 + 0.9 * np.arange(10) / 9, atol=0.03)
    assert (np.diff(rows) > 0).all()
    assert len(imbalanced_rows(labels, 1.0, seed=0)) == len(labels)


@pytest.mark.parametrize("ratio", [0, -0.1, 1.1])
def test_a_share_is_a_share(ratio):
    with pytest.raises(DataError, match="ratio must lie in"):
        imbalanced_rows(np.arange(4), ratio, seed=0)


def test_levels_tell_three_moments_of_dcss_apart(tmp_path):
    rows = [row("dcss", f"phase {k}", "K 12", k / 10, seed) for k in (1, 2, 3) for seed in (0, 1)]
    rows += [row("idec", "phase 1", "K 12", 0.9), row("idec", "phase 2", "K 4", 0.5),
             row("dcss", "phase 3", "imbalance 0.5", 0.7)]  # fmt: skip
    found = levels("mismatch", "acc", table(tmp_path / "experiments.csv", rows))
    assert found[["stage", "level", "mean", "seeds"]].values.tolist() == [
        ["AE + k-means", 12, 0.1, 2], ["DCSS", 12, 0.3, 2], ["DCSS_u", 12, 0.2, 2], ["IDEC", 4, 0.5, 1],
    ]  # fmt: skip
    assert levels("imbalance", "acc", tmp_path / "experiments.csv")["level"].tolist() == [0.5]
    assert levels("mismatch", "acc", tmp_path / "none.csv").empty


def test_arms_of_cdc_bear_the_papers_names(tmp_path):
    rows = [row("cdc", "phase 1", "AE+L_r", 0.1), row("cdc", "phase 1", "AE*+L_DC", 0.2),
            row("cdc", "phase 2", "AE*+L_DC", 0.4), row("cdc", "phase 2", "AE*+L_c", 0.3),
            row("cdc", "phase 1", "AE*+L_c", 0.2), row("cces", "final", "CCrop", 0.5)]  # fmt: skip
    file = table(tmp_path / "experiments.csv", rows)
    found = arms("cdc", "acc", file).set_index("arm")["mean"].to_dict()
    assert found == {"AE+L_r": 0.1, "AE*+L_DC": 0.4, "AE*+L_c": 0.3, "AE+L_AE (=AE*)": 0.2}
    assert arms("cces", "acc", file)["arm"].tolist() == ["CCrop"]


def test_our_own_scores_can_be_ranked():
    fixed = {"phase": "final", "variant": "default", "metric": "acc", "seed": 0}
    frame = pd.DataFrame(
        [{**fixed, "method": m, "dataset": d, "value": v}
         for d, values in {"a": (0.1, 0.2, 0.3), "b": (0.2, 0.3, 0.1), "c": (0.5,)}.items()
         for m, v in zip(("dec", "idec", "rdc"), values, strict=False)]
    )  # fmt: skip
    assert own_matrix(frame, "acc").loc["b"].tolist() == [0.2, 0.3, 0.1]
    assert own_matrix(frame, "acc").index.tolist() == ["a", "b"]
    with pytest.raises(DataError, match="measured here"):
        own_matrix(frame[frame["dataset"] == "a"], "acc")


def test_what_the_paper_prints_of_its_tests():
    found = printed_tests("CCES").set_index("metric")["value"]
    assert found.to_dict() == {"acc": 9.727, "nmi": 14.382, "ari": 13.716, "cd": 3.59}
    assert printed_tests("R-DC").empty
