"""What goes out comes in again: latents in every format, tables, lines of Python, a report."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dcviz.data.dataset import DataError
from dcviz.exchange.intake import import_latents
from dcviz.exchange.latents import incoming
from dcviz.exchange.latents_out import write_latents
from dcviz.exchange.lines import curve_lines, point_lines, score_lines
from dcviz.exchange.tables_out import points_table, scores_table, table_bytes, write_table
from dcviz.geometry.filters import split
from dcviz.geometry.registry import POINT_SCORES, PointInput
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs.errors import RunError

ROOT = Path(__file__).parents[2]
AT = Thresholds(M=5, lambda_ratio=0.5, tau_distance=0.7)


@pytest.mark.parametrize("name", ["all.npz", "all.csv", "all.parquet", "folder"])
def test_latents_go_round(tmp_path, store, run, name) -> None:
    again = import_latents(incoming(write_latents(run, tmp_path / name)), store)
    assert [epoch.key for epoch in again.epochs()] == [epoch.key for epoch in run.epochs()]
    np.testing.assert_array_equal(again.labels(), run.labels())
    assert again.spec["class_names"] == run.spec["class_names"]
    for epoch in run.epochs():
        np.testing.assert_array_equal(again.latents(epoch.key), run.latents(epoch.key))
        assert again.epoch(epoch.key).scores["id_all"] == epoch.scores["id_all"]
        assert again.epoch(epoch.key).scores["nmi"] == pytest.approx(epoch.scores["nmi"])


def test_one_epoch_as_npy(tmp_path, run) -> None:
    path = write_latents(run, tmp_path / "one.npy", keys=["00002"])
    np.testing.assert_array_equal(np.load(path), run.latents(2))


@pytest.mark.parametrize("name", ["z.xlsx", "z.pkl"])
def test_endings_that_are_not_written(tmp_path, run, name) -> None:
    with pytest.raises(DataError, match="are written as"):
        write_latents(run, tmp_path / name)
    assert not list(tmp_path.glob("z.*"))


def test_a_folder_that_is_there_is_left_alone(tmp_path, run) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="there already"):
        write_latents(run, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_absent_epochs_are_not_made_up(tmp_path, run) -> None:
    with pytest.raises(RunError, match="not stored"):
        write_latents(run, tmp_path / "z.npz", keys=["00003"])
    assert not (tmp_path / "z.npz").exists()


def test_scores_have_one_row_an_epoch(run) -> None:
    table = scores_table(run)
    assert list(table["key"]) == ["00001", "00002", "00010"]
    for epoch, value in zip(run.epochs(), table["id"], strict=True):
        assert value == epoch.scores["id"]


def test_points_have_the_split_and_every_score(run) -> None:
    table = points_table(run, "00010", AT)
    graph = run.neighbors("00010")
    np.testing.assert_array_equal(table["core"], split(graph.distances, AT).core)
    np.testing.assert_array_equal(table["label"], np.array(["ant", "bee", "cat"])[run.labels()])
    view = PointInput(run.latents("00010"), graph, AT, run.labels(), run.assignments("00010"))
    for name, score in POINT_SCORES.items():
        np.testing.assert_array_equal(table[name], score.function(view))
    np.testing.assert_array_equal(table[["z0", "z1", "z2"]], run.latents("00010"))


def test_a_selection_keeps_its_order_and_must_exist(run) -> None:
    assert list(points_table(run, "00001", AT, rows=[7, 3])["point"]) == [7, 3]
    for wrong in ([60], [-1]):
        with pytest.raises(DataError, match=r"0 \.\. 59"):
            points_table(run, "00001", AT, rows=wrong)


def test_tables_as_files(tmp_path, run) -> None:
    table = points_table(run, "00001", AT)
    csv = pd.read_csv(write_table(table, tmp_path / "p.csv"))
    parquet = pd.read_parquet(write_table(table, tmp_path / "p.parquet"))
    np.testing.assert_allclose(csv["ratio"], table["ratio"], rtol=1e-6)
    np.testing.assert_array_equal(parquet["ratio"], table["ratio"])
    with pytest.raises(DataError, match="written as"):
        table_bytes(table, ".xls")


def printed(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_lines_behind_numbers_and_figures_print_them(run) -> None:
    stored = run.epoch("00010").scores
    at = Thresholds(**run.spec["thresholds"])
    code = "\n".join(score_lines(run, "00010", name, at) for name in ("id", "core_share", "purity", "nmi"))
    code += curve_lines(run, ["scale"]) + point_lines(run, "00010", "ratio", at)
    lines = printed("import numpy; numpy.set_printoptions(threshold=10)\n" + code).splitlines()
    assert [float(line) for line in lines[:4]] == pytest.approx(
        [stored[name] for name in ("id", "core_share", "purity", "nmi")]
    )
    scale = [float(line.split()[1]) for line in lines[4:7]]
    assert scale == [epoch.scores["scale"] for epoch in run.epochs()]
    ratios = points_table(run, "00010", at)["ratio"]
    assert float(lines[7].strip("[").split()[0]) == pytest.approx(ratios[0], rel=1e-4)
