"""measure: the geometry of any array."""

from pathlib import Path

import numpy as np
import pytest

MEASURED = {"n", "id", "id_low", "id_high", "lid", "participation_ratio", "curvature", "core_share"}


def test_measure_takes_the_whole_set(dcviz, cloud: Path, strict) -> None:
    code, out, _ = dcviz("measure", cloud, "--json")
    scores = strict(out)
    assert code == 0
    assert set(scores) >= MEASURED
    assert (scores["n"], scores["lid"]) == (300, 2)
    assert 1.7 < scores["id_low"] < scores["id"] < scores["id_high"] < 2.3 + 0.5
    assert scores["purity"] is None
    assert "label" in scores["purity_reason"]
    with_labels = strict(dcviz("measure", cloud, "--labels", cloud.with_name("y.txt"), "--json")[1])
    assert 0.4 < with_labels["purity"] < 0.7
    stricter = strict(dcviz("measure", cloud, "--lambda-ratio", "0.9", "--json")[1])
    assert stricter["core_share"] < scores["core_share"]
    assert "participation_ratio" in dcviz("measure", cloud)[1]
    assert strict(dcviz("measure", cloud, "--exact", "--json")[1])["recall"] == 1.0


def test_measure_reads_labels_as_an_import_does(dcviz, cloud: Path, tmp_path, strict) -> None:
    y, kinds = np.arange(300) % 3, np.array(["ant", "bee", "cat"])
    for name, labels in (("text", kinds[y]), ("column", y[:, None]), ("whole", y / 1.0)):
        np.save(tmp_path / f"{name}.npy", labels)
        found = strict(dcviz("measure", cloud, "--labels", tmp_path / f"{name}.npy", "--json")[1])
        told = list(kinds) if name == "text" else ["0", "1", "2"]
        assert [row["group"] for row in found["by_class"]] == told
        assert (found["majority"], found["acc"]) == (pytest.approx(1 / 3), None)
        assert "majority_reason" not in found
    np.save(tmp_path / "holes.npy", np.where(y == 2, np.nan, y))
    code, out, err = dcviz("measure", cloud, "--labels", tmp_path / "holes.npy")
    assert (code, out) == (1, "")
    assert "label nan in row 2" in err
    np.save(tmp_path / "objects.npy", kinds.astype(object)[y])
    assert "names of classes as dtype=str" in dcviz("measure", cloud, "--labels", tmp_path / "objects.npy")[2]


def test_measure_names_the_first_bad_row(dcviz, cloud: Path, strict) -> None:
    z = np.load(cloud)
    z[7, 1], z[9, 0] = np.nan, np.inf
    np.save(cloud, z)
    code, out, err = dcviz("measure", cloud, "--json")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "row 7" in err
    code, out, err = dcviz("measure", cloud, "--labels", cloud.with_name("y.txt"), "--drop-invalid", "--json")
    assert (code, strict(out)["n"], strict(out)["dropped"]) == (0, 298, 2)
    assert "298 rows are left" in err


@pytest.mark.parametrize(
    ("array", "words"),
    [(np.zeros(5), "shape (n, d)"), (np.zeros((2, 2, 2)), "shape (n, d)"), (np.array([["a"]]), "numbers"),
     (np.zeros((0, 3)), "shape (n, d)"), (np.array([[{}]], dtype=object), "pickle")],
)  # fmt: skip
def test_measure_refuses_what_is_no_array_of_points(
    dcviz, tmp_path: Path, array: np.ndarray, words: str
) -> None:
    np.save(tmp_path / "z.npy", array)
    code, _, err = dcviz("measure", tmp_path / "z.npy")
    assert (code, err.count("\n")) == (1, 1)
    assert words in err


def test_measure_says_what_it_lowers_and_refuses_an_empty_rest(dcviz, cloud: Path, strict) -> None:
    code, out, err = dcviz("measure", cloud, "--M", "500", "--json")
    assert (code, strict(out)["neighbors"]) == (0, 299)
    assert "M was lowered from 500 to 299" in err
    np.save(cloud, np.full((5, 2), np.nan))
    code, out, err = dcviz("measure", cloud, "--drop-invalid")
    assert (code, out, err.count("\n")) == (1, "", 1)
    np.save(cloud, np.array([[1.0, 2.0], [1e200, 0.0]]))
    assert "row 1" in dcviz("measure", cloud)[2]


@pytest.mark.parametrize("z", [np.zeros((50, 3)), np.eye(4)[:1], np.eye(3)])
def test_every_null_of_measure_has_its_reason_and_no_reason_stands_alone(
    dcviz, tmp_path: Path, strict, z: np.ndarray
) -> None:
    np.save(tmp_path / "z.npy", z)
    scores = strict(dcviz("measure", tmp_path / "z.npy", "--json")[1])
    nulls = {name for name, value in scores.items() if value is None}
    assert nulls
    assert {f"{name}_reason" for name in nulls} == {name for name in scores if name.endswith("_reason")}


def test_measure_prints_every_score_there_is(dcviz, cloud: Path, strict) -> None:
    from dcviz.geometry.registry import EPOCH_SCORES
    from dcviz.geometry.twist_scores import TWIST_SCORES

    z = np.load(cloud)
    turned = cloud.with_name("turned.npy")
    np.save(turned, z[:, ::-1] * 3 + 1)
    labels = ("--labels", cloud.with_name("y.txt"), "--clusters", "2")
    asked = ["measure", cloud, *labels, "--full", "--against", turned]
    code, out, _ = dcviz(*asked, "--json")
    scores = strict(out)
    assert code == 0
    # Of the whole set here, of clusters there: the same keys without "_all".
    assert {key.removesuffix("_all") for key in EPOCH_SCORES} <= set(scores)
    assert set(TWIST_SCORES) <= set(scores)
    assert scores["overlap"] == 1
    assert scores["procrustes"] == pytest.approx(0, abs=1e-6)
    assert scores["acc_band_low"] <= scores["acc_band_high"]
    assert {"silhouette", "gride", "blocks", "dbscan_noise", "hdbscan_clusters"} <= set(scores)
    assert sum(row["n"] for row in scores["by_class"]) == sum(row["n"] for row in scores["by_cluster"]) == 300
    shown = dcviz(*asked)[1]
    assert all(f"\n{name}\n" in shown for name in ("gride", "blocks", "by_class", "by_cluster", "seconds"))


def test_measure_against_other_points_is_refused(dcviz, cloud: Path) -> None:
    other = cloud.with_name("other.npy")
    np.save(other, np.load(cloud)[:10])
    code, out, err = dcviz("measure", cloud, "--against", other)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "row i of both must be the same point" in err
