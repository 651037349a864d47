"""Noise: standardized inputs, one draw a seed, one first phase for all levels, rows that resume."""

import csv
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch")

from benchmarks.robustness import noisy, robustness, standardized
from benchmarks.side_by_side import bench
from dcviz.benchmarks.reproduction import COLUMNS, ROBUSTNESS, by_noise, measured
from dcviz.data.dataset import Dataset


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    x = random.integers(0, 255, (60, 16)).astype(np.uint8)
    x[:, 3] = 7  # a constant input
    return Dataset("tiny", x, 1 / 255, labels=np.arange(60) % 3, image_shape=(1, 4, 4), clusters=3)


def test_inputs_are_standardized_and_constant_ones_are_zero(data):
    x = standardized(data).x
    rest = np.delete(x, 3, 1)
    np.testing.assert_allclose(rest.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(rest.std(0), 1, atol=1e-5)
    assert not x[:, 3].any()


def test_levels_scale_one_draw_a_seed(data):
    clean = standardized(data)
    small, large = (noisy(clean, level, 4).x - clean.x for level in (0.1, 0.3))
    np.testing.assert_allclose(3 * small, large, atol=1e-5)
    assert large.std() == pytest.approx(0.3, rel=0.1)
    assert np.abs(noisy(clean, 0.3, 5).x - clean.x - large).max() > 0.1


def test_rows_have_the_columns_of_the_table_and_a_second_call_trains_nothing(
    data, tmp_path, capsys, monkeypatch
):
    path = tmp_path / "robustness.csv"
    # A page's test may leave its page as __main__, which a spawned process would run before it scores.
    monkeypatch.setattr(
        "benchmarks.side_by_side.ProcessPoolExecutor", lambda workers, mp_context: ThreadPoolExecutor(workers)
    )

    def run():
        with bench(standardized(data), device="cpu", keep=tmp_path) as on:
            robustness(on, name="tiny", methods=["dec"], levels=[0.0, 0.5], seeds=[0], preset="quick",
                       whole=False, path=path)  # fmt: skip

    run()
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    places = {(row["method"], row["phase"], row["variant"]) for row in rows}
    ends = {("rdc", "phase 1"), ("rdc", "phase 2"), ("dec", "phase 2")}
    assert places == {(*end, f"noise {level}") for end in ends for level in ("0", "0.5")}
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    capsys.readouterr()
    before = path.read_bytes()
    run()
    assert path.read_bytes() == before
    assert capsys.readouterr().out == ""


def test_the_committed_table_gives_curves_for_the_page():
    found = by_noise(measured(ROBUSTNESS), "acc")
    assert set(found["method"]) == {"dec", "rdc"}
    assert list(found[found["method"] == "rdc"]["noise"]) == [0, 0.05, 0.1, 0.2, 0.3, 0.5]
    assert (found["seeds"] == 3).all()


def test_an_empty_table_gives_an_empty_curve():
    empty = measured(ROBUSTNESS.with_name("none.csv"))
    assert isinstance(by_noise(empty, "acc"), pd.DataFrame)
    assert by_noise(empty, "acc").empty
