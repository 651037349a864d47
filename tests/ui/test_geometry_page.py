"""Geometry: the panels that answer: an interval, a point, a request."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.figures.estimator import dimension_by_size, spectrum
from dcviz.geometry.dimension import linear_dimension
from dcviz.geometry.movement import procrustes_disparity
from dcviz.geometry.neighborhood import local_view, neighborhood
from dcviz.ui import brush
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
    table = app.dataframe[-1].value
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
    run = tiny_store.list()[0]
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
