"""More points than the viewer draws: a sample is drawn and says so, numbers are those of all points."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.geometry.purity import split_scores
from dcviz.geometry.thresholds import Thresholds
from dcviz.viewer import sampled

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "explore.py")


@pytest.fixture
def explore(tiny_store, monkeypatch) -> AppTest:
    monkeypatch.setattr(sampled, "MOST_POINTS", 50)
    monkeypatch.setattr(sampled, "DRAWN", 40)
    app = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not app.exception, app.exception[0].value
    return app


def told(app: AppTest) -> str:
    return next(each.value for each in app.caption if "a sample of" in each.value)


def test_the_sample_says_of_how_many_it_is(explore, tiny_store) -> None:
    n = tiny_store.list()[0].spec["n"]
    assert f"of {n:,} points" in told(explore)
    drawn = int(told(explore).split("a sample of ")[1].split()[0])
    assert 30 <= drawn < n


def test_moved_thresholds_count_all_points_and_reach_the_address(explore, tiny_store) -> None:
    run = tiny_store.list()[0]
    explore.slider(key="explore.lambda").set_value(0.25).run()
    last = run.epochs()[-1]
    at = Thresholds(M=5, lambda_ratio=0.25, tau_distance=explore.number_input(key="explore.tau").value)
    exact = split_scores(run.neighbors(last.key), at)
    assert explore.metric[0].value == f"{exact.core:,}"
    assert explore.query_params["lambda_ratio"] == ["0.25"] or explore.query_params["lambda_ratio"] == "0.25"


def test_another_epoch_is_shown(explore, tiny_store) -> None:
    first = tiny_store.list()[0].epochs()[0]
    explore.select_slider(key="explore.epoch").set_value(first.position).run()
    assert not explore.exception
    assert str(explore.query_params["epoch"]).strip("[]'") == f"{first.position:g}"


def test_small_runs_have_the_viewer(tiny_store) -> None:
    assert not sampled.too_many(tiny_store.list()[0])
