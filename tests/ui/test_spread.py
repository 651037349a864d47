"""Explore: the histogram of any score of single points, beginning with the one that colors the picture."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcviz.figures.histogram import histogram, spread
from dcviz.geometry.registry import POINT_SCORES
from dcviz.geometry.thresholds import Thresholds
from dcviz.ui import words
from dcviz.ui.spread import cut_of, score_histogram, values_of
from tests.conftest import tiny_run

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "explore.py")
AT = Thresholds(5, 0.5, 0.6)


def explore(run, **query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in {"run": run.id, **query}.items():
        app.query_params[name] = value
    return colored(app, run, "cluster")


def colored(app: AppTest, run, color: str) -> AppTest:
    """What the viewer sends when a color is chosen in it, here without a browser."""
    at = vars(AT)
    app.session_state["explore"] = {
        "view": {"run": run.id, "epoch": 4.0, "thresholds": at, "orders": 1, "color": color}
    }
    app.run()
    assert not app.exception
    assert not app.error
    return app


def shown(app: AppTest) -> str:
    found = [chart.proto.alt for chart in app.get("plotly_chart")]
    (alt,) = [alt for alt in found if alt.startswith("Histogram of ") and "median" in alt]
    return alt.split(": median")[0].removeprefix("Histogram of ")


def test_the_histogram_follows_the_color_until_the_hand_chooses(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = explore(run)
    assert shown(app) == POINT_SCORES["local_id"].title
    assert shown(colored(app, run, "purity")) == POINT_SCORES["purity"].title
    app.selectbox(key="spread_of").select("nearest").run()
    assert not app.exception
    assert shown(app) == POINT_SCORES["nearest"].title
    assert shown(colored(app, run, "purity")) == POINT_SCORES["nearest"].title  # the same color as before
    assert shown(colored(app, run, "label")) == POINT_SCORES["nearest"].title  # no score
    assert shown(colored(app, run, "split")) == POINT_SCORES["ratio"].title
    assert app.query_params["score"] == ["ratio"] or app.query_params["score"] == "ratio"


def test_a_link_names_the_score(tiny_store) -> None:
    assert shown(explore(tiny_store.list()[0], score="kept")) == POINT_SCORES["kept"].title


def test_numbers_of_the_caption_are_those_of_the_stored_epoch(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = explore(run, score="ratio")
    values = values_of(run, "00004", AT, "ratio")
    core = int((values > AT.lambda_ratio).sum())
    said = "\n".join(each.value for each in app.caption)
    assert f"Cut at 0.5: {words.share(core, values.size)} core." in said
    assert f"Median {np.median(values):.3g}" in said


@pytest.mark.parametrize("name", POINT_SCORES)
@pytest.mark.parametrize("reading", ["paper", "relative", "released code"])
def test_every_score_is_drawn_with_all_its_points(tiny_store, name, reading) -> None:
    run = tiny_store.list()[0]
    at = Thresholds(5, 0.5, 0.6, reading)
    figure = score_histogram(run, "00004", at, name)
    assert sum(sum(bar.y) for bar in figure.data) == values_of(run, "00004", at, name).size > 0
    assert POINT_SCORES[name].title in figure.layout.xaxis.title.text
    cut = cut_of(run, "00004", at, name)
    assert bool(figure.layout.shapes or figure.layout.annotations) == (cut is not None)
    assert (cut is None) == (name not in ("ratio", "gap") or (name == "gap" and reading == "released code"))


@pytest.mark.parametrize("values", [[], [3.0] * 9, [np.nan], [0.0, 1e6], [1e-30, 2e-30], [-1e6, np.inf]])
def test_any_values_are_drawn(values) -> None:
    known = int(np.isfinite(values).sum())
    assert sum(sum(bar.y) for bar in spread(values, title="x").data) == known
    for cut in (0.0, 3.0):
        figure = histogram(values, cut=cut, title="x", kept="a", dropped="b")
        assert sum(sum(bar.y) for bar in figure.data) == known


def test_without_labels_no_score_speaks_of_them(tiny_store) -> None:
    run = tiny_run(tiny_store, "rdc")
    (run.path / "data" / "labels.npy").unlink()
    app = explore(run)
    assert not {"purity", "purity_filtered"} & set(app.selectbox(key="spread_of").options)
    assert len(app.selectbox(key="spread_of").options) == len(POINT_SCORES) - 2
