"""Geometry: the panels that answer: an interval, a point, a request."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcviz.figures.estimator import dimension_by_size, spectrum
from dcviz.geometry.dimension import linear_dimension
from dcviz.geometry.movement import procrustes_disparity
from dcviz.geometry.neighborhood import local_view, neighborhood
from dcviz.geometry.purity import split_scores
from dcviz.geometry.thresholds import Thresholds
from dcviz.ui import brush, nearest, story, words
from tests.conftest import tiny_run

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "geometry.py")


def geometry(run=None) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    if run is not None:
        app.query_params["run"] = run.id
    app.run()
    assert not app.exception
    assert not app.error
    return app


def alt(app: AppTest, start: str) -> str:
    found = [chart.proto.alt for chart in app.get("plotly_chart") if chart.proto.alt.startswith(start)]
    assert len(found) == 1, found
    return found[0]


def said(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in [*app.caption, *app.markdown])


def test_the_interval_begins_at_the_switch_and_follows_the_slider(tiny_store) -> None:
    app = geometry()
    assert "at epochs 2, 3, 4: 3 epochs" in said(app)
    slider = next(each for each in app.select_slider if each.key.startswith("brush_span"))
    slider.set_range("00000", "00003").run()
    assert not app.exception
    assert "at epochs 0, 1, 2, 3: 4 epochs" in said(app)


def test_a_brush_sets_the_slider(monkeypatch) -> None:
    epochs = [SimpleNamespace(key=f"{i:05d}", position=float(i)) for i in range(10)]
    state = {"brush_strip": {"selection": {"box": [{"x": [6.4, 1.5], "y": [0, 1]}]}}}
    monkeypatch.setattr(brush.st, "session_state", state)
    brush._brushed(epochs)
    assert state["brush_held"]["span"] == ("00002", "00006")
    state["brush_strip"]["selection"]["box"] = [{"x": [6.1, 6.4]}]  # between two stored epochs
    brush._brushed(epochs)
    assert state["brush_held"] == {"span": ("00002", "00006"), "version": 1}
    assert [epoch.position for epoch in brush.thinned(epochs)] == [0, 1, 3, 4, 5, 6, 8, 9]


def test_the_chosen_point_and_size_are_what_is_seen(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = geometry(run)
    app.number_input(key="estimator_point").set_value(7)
    app.slider(key="estimator_size").set_value(20).run()
    assert not app.exception
    z = run.latents("00004")
    hood = neighborhood(z, 7)
    view = local_view(z, hood, k=20)
    assert "point 7" in alt(app, "The 20 nearest neighbors")
    assert f"{view.components} of 2 axes" in alt(app, "Bars: share of the variance along each local")
    ratio = hood.distances[1] / hood.distances[0]
    assert any(f"{ratio:.3f}" in formula.value for formula in app.latex)


def test_a_click_chooses_the_point_until_another_is_typed(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = geometry(run)
    for number, point in ((1, 41), (2, 7)):
        view = {"run": run.id, "orders": 1, "epoch": 4.0, "picked": {"number": number, "point": point}}
        app.session_state["estimator_place"] = {"view": view}
        app.run()
        assert not app.exception
        assert f"Where point {point} and its 15 nearest lie" in said(app)
    app.number_input(key="estimator_point").set_value(3).run()
    assert "Where point 3 and its 15 nearest lie" in said(app)


@pytest.mark.parametrize(
    "bad", [None, 3, {"number": 1}, {"number": 1, "point": 10**9}, {"number": "1", "point": 2}]
)
def test_a_click_on_nothing_chooses_nothing(tiny_store, bad) -> None:
    run = tiny_store.list()[0]
    app = geometry(run)
    chosen = app.number_input(key="estimator_point").value
    app.session_state["estimator_place"] = {"view": {"run": run.id, "orders": 1, "picked": bad}}
    app.run()
    assert not app.exception
    assert app.number_input(key="estimator_point").value == chosen


def test_damage_is_that_of_the_stored_latents(tiny_store) -> None:
    run = next(run for run in tiny_store.list() if run.spec["method"] == "dec")
    text = alt(geometry(run), "Paths over damage and movement")
    moved = procrustes_disparity(run.latents("00002"), run.latents("00004"))
    assert f"DEC moved {moved:.3g} with flipped share" in text
    assert "R-DC moved" in text


def test_slow_scores_come_on_request_with_their_cost(tiny_store) -> None:
    app = geometry()
    button = app.button(key="slow_go")
    assert "about" in button.label
    button.click().run()
    assert not app.exception
    table = next(each.value for each in app.dataframe if "Score" in each.value)
    assert {"Silhouette", "Trustworthiness, since the switch"} <= set(table["Score"])
    assert " to " in table["Value"][0]
    assert "Took: seed band" in said(app)
    assert not [each for each in app.button if each.key == "slow_go"]


def test_randomness_and_drift_are_drawn_or_explained(tiny_store) -> None:
    assert "not measured in this run" in said(geometry())
    run = tiny_run(tiny_store, "dec")
    path = run.path / "metrics.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[-1]["scores"] |= {
        "randomness": 0.25,
        "randomness_pseudo": 0.5,
        "drift": None,
        "gradient_total": 2.0,
    }
    lines[-1] |= {"drift_reason": "Nothing rebuilds.", "probe_seconds": 0.012}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    app = geometry(run)
    assert "Δ_FR against the whole loss from 0.25 to 0.25" in "\n".join(
        chart.proto.alt for chart in app.get("plotly_chart")
    )
    assert "12 ms a checkpoint" in said(app)
    assert "Nothing rebuilds." in said(app)


def test_figures_of_the_estimator_draw_what_they_are_given() -> None:
    bars = spectrum([3.0, 1.0], components=1).data[0]
    assert bars.y == (0.75, 0.25)
    assert bars.marker.color[0] != bars.marker.color[1]
    nan = float("nan")
    curves = dimension_by_size([3, 4], [nan, 2], low=[nan, 1], high=[nan, 90], components=[1, 2], now=4)
    assert curves.layout.yaxis.range[1] == pytest.approx(2.6)
    assert not spectrum([0.0, 0.0], components=0).data[0].y[0]


def test_clusters_are_read_as_the_settings_say(tiny_store) -> None:
    # Of two runs created at once either may be the newest; the folded one has a cluster below 20 points.
    run = next(each for each in tiny_store.list() if each.spec["method"] != "dec")
    app = geometry(run)
    table = lambda: next(each.value for each in app.dataframe if "LID − ID" in each.value)  # noqa: E731
    assert list(table()["LID"]) == [2] * 4
    app.selectbox(key="groups_of").select("the whole set")
    app.select_slider(key="groups_share").set_value(0.5).run()
    assert not app.exception
    z = run.latents("00004")
    assert list(table()["LID"]) == [linear_dimension(z, threshold=0.5).value]
    app.toggle(key="groups_code").set_value(True).run()
    assert list(table()["LID"]) == [1]
    assert "it carries no information" in said(app)
    app.selectbox(key="groups_of").select("true classes").run()
    assert sum(table()["Points"]) == 120
    assert "Mostly" not in table()


def test_ratio_and_density_choose_equally_many(tiny_store) -> None:
    app = geometry()
    table = next(each.value for each in app.dataframe if "Rule" in each.value)
    assert table["Core points"].nunique() == 1
    assert "by chance it would be" in said(app)


def test_the_curvature_is_held_against_the_switch(tiny_store) -> None:
    run = tiny_store.list()[0]
    epochs = run.epochs()
    text = story.at_the_switch(run, epochs[-1])
    assert text.startswith(f"Curvature LID − ID from the switch (epoch {run.switch:.0f}")
    start = next(epoch for epoch in epochs if epoch.position == run.switch)
    parts = [
        [epoch.scores[f"curvature{end}"] for end in ("", "_low", "_high")] for epoch in (start, epochs[-1])
    ]
    (a, a_low, a_high), (b, b_low, b_high) = parts
    low, high = b - a - np.hypot(b - b_low, a_high - a), b - a + np.hypot(b_high - b, a - a_low)
    change, *interval = (words.signed(value) for value in (b - a, low, high))
    assert f"to epoch {epochs[-1].position:.0f} **{change} [{', '.join(interval)}]**" in text
    assert text in said(geometry(run))


def test_neighbors_say_how_they_were_found(tiny_store) -> None:
    run = tiny_store.list()[0]
    assert "found by kdtree, exact." in said(geometry(run))
    graph = replace(run.neighbors(run.epochs()[-1].key), backend="faiss ivf nprobe 8", recall=0.9993)
    assert "faiss ivf nprobe 8; recall 0.9993, measured on 300 exact rows." in nearest.told(graph)
    assert "collapsed" in nearest.told(replace(graph, collapsed=True))
    sampled = replace(graph, backend="cells, 8 of 4800 searched", recall=1.0)
    assert "recall 1.0000, measured on 300 exact rows." in nearest.told(sampled)
    assert "nobody measured" in nearest.told(replace(graph, recall=None))


def test_neighbors_are_searched_exactly_on_request(tiny_store, monkeypatch) -> None:
    run = tiny_store.list()[0]
    exact = run.neighbors(run.epochs()[-1].key)
    wrong = exact.distances.copy()
    wrong[0] += 1  # one point of n has lost all its neighbors
    monkeypatch.setattr(
        type(run), "neighbors", lambda self, key: replace(exact, distances=wrong, recall=0.99)
    )
    app = geometry(run)
    next(button for button in app.button if button.key == "exact_go").click().run()
    assert not app.exception
    share = 1 - 1 / exact.n
    assert f"Of the stored neighbors {share:.3%} are the exact ones" in said(app)


def test_purity_says_by_which_labels_and_counts(tiny_store) -> None:
    run = tiny_store.list()[0]
    now = run.epochs()[-1]
    caption = story.filters(run, now)
    counts = split_scores(
        run.neighbors(now.key), Thresholds(**run.spec["thresholds"]), labels=run.labels(),
        assignments=run.assignments(now.key),
    )  # fmt: skip
    assert f"core {words.share(counts.core, counts.n)} points" in caption.points
    for whose, found in (("true labels", counts.true), ("predicted clusters", counts.predicted)):
        assert f"by {whose}: all {words.share(found.all.hits, found.all.total)}" in caption.points
        assert f"border {words.share(found.border.hits, found.border.total)}" in caption.points
    at = run.spec["thresholds"]
    law = (1 - at["lambda_ratio"] ** now.scores["id_all"]) ** (at["M"] - 1)
    assert now.scores["core_share_law"] == pytest.approx(law)
    assert words.number(now.scores["id_all"]) in caption.formula


def test_the_paper_is_held_against_real_latents(tiny_store) -> None:
    text = said(geometry(tiny_store.list()[0]))
    assert "3 of 7 statements do not hold" in text
    assert "filtering changes R-DC's purity by" in text
    assert "goes from 0.75 at the switch to 0.62 under DEC and 0.73 under R-DC" in text  # today's three seeds
    assert "The first phase before it: means over seeds" in text
