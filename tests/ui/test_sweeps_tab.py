"""The sweeps of Benchmarks: cost before the start, one click, then table, lines and surface."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcviz.engine.request import prepare, wish
from dcviz.engine.sweeps.driver import Driver
from dcviz.engine.sweeps.folder import Sweep, create, sweeps
from dcviz.engine.sweeps.origin import Origin
from dcviz.engine.sweeps.plan import Plan, axis, checked
from dcviz.engine.worker import work
from dcviz.figures.sweeps import parallel_coordinates
from dcviz.runs import RunStore

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "benchmarks.py")


def page() -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.session_state["bench_tab"] = "Sweeps"
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def test_the_cost_stands_there_before_anything_is_written(empty_store: RunStore, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    started: list[str] = []
    monkeypatch.setattr("dcviz.ui.sweep_form.drive_apart", lambda sweep: started.append(sweep.id))
    app = page()
    told = {metric.label: metric.value for metric in app.metric}
    assert told["Trainings"] == "12"
    assert not empty_store.root.exists()
    app.text_area(key="sweeps_over_rdc").set_value("gamma=0.1,0.5").run()
    assert {metric.label: metric.value for metric in app.metric}["Trainings"] == "4"
    app.button(key="sweeps_go").click().run()
    assert started == [sweep.id for sweep in sweeps(empty_store)]
    assert sweeps(empty_store)[0].plan.runs == 4


def test_a_read_only_lab_starts_no_sweep(empty_store: RunStore, monkeypatch) -> None:
    from dcviz.ui import mode, sweep_form, sweep_results

    monkeypatch.setenv("DCVIZ_MODE", "read-only")
    plan = checked(Plan("rdc", "arcs", (axis("gamma=0.1,0.5", "rdc"),)))
    with pytest.raises(mode.RefusedError):
        sweep_form.start(plan)
    for action in (sweep_results.resume, sweep_results.stop):
        with pytest.raises(mode.RefusedError):
            action("any")
    assert page().button(key="sweeps_go").disabled


def test_a_finished_sweep_is_a_table_lines_and_a_surface(empty_store: RunStore) -> None:
    axes = tuple(axis(text, "rdc") for text in ("gamma=0.1,0.5", "lambda_ratio=0.3,0.6"))
    short = {"pretrain_epochs": 1, "finetune_epochs": 1}
    plan = checked(Plan("rdc", "arcs", axes, settings=short, dataset_options={"n": 60}))
    sweep = create(plan, empty_store)
    assert Driver(sweep, submit=lambda run, again: work(run, resume=again)).drive()
    app = page()
    table = next(frame.value for frame in app.dataframe if "combination" in frame.value)
    assert len(table) == 4
    kinds = {trace["type"] for chart in app.get("plotly_chart") for trace in traces(chart)}
    assert {"parcoords", "heatmap"} <= kinds
    lines = next(
        trace for chart in app.get("plotly_chart") for trace in traces(chart) if "dimensions" in trace
    )
    room = next(html.proto.body for html in app.get("html") if "sweeps_lines" in html.proto.body)
    assert f"min-width: {80 * (1 + len(lines['dimensions']))}px" in room
    assert any("labels" in str(caption.value) for caption in app.caption)


def test_the_whole_surface_is_one_sweep_from_the_switch(empty_store: RunStore, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    started: list[str] = []
    monkeypatch.setattr("dcviz.ui.sweep_form.drive_apart", lambda sweep: started.append(sweep.id))
    short = {"pretrain_epochs": 2, "finetune_epochs": 1}
    run = prepare(wish("rdc", "arcs", settings=short, dataset_options={"n": 60}), store=empty_store)
    work(run)
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.session_state["bench_tab"] = "Sensitivity"
    app.session_state["sweep_of"] = run.id
    app.run()
    app.button(key="sweep_all").click().run()
    assert not app.exception, app.exception[0].value
    plan = sweeps(empty_store)[0].plan
    assert [sweep.id for sweep in sweeps(empty_store)] == started
    assert plan.runs == 25
    assert plan.origin == Origin(str(run.path), "00002", 1)
    request = plan.request({"lambda_ratio": 0.1, "tau_distance": 1.2}, plan.seeds[0])
    assert request.parent == {"id": run.id, "key": "00002"}
    assert (request.settings.lambda_ratio, request.settings.tau_distance) == (0.1, 1.2)
    monkeypatch.setattr(Sweep, "driven", True)
    app.run()
    assert app.button(key="sweep_all").disabled
    assert any(started[0] in str(caption.value) for caption in app.caption)
    (run.path / "checkpoints" / "00002.safetensors").unlink()
    app.run()
    assert not app.error
    assert not app.button(key="sweep_all").disabled
    app.button(key="sweep_all").click().run()
    assert "keeps no checkpoint" in app.error[0].value


def traces(chart) -> list[dict]:
    import json

    return json.loads(chart.proto.spec)["data"]


def test_lines_take_numbers_words_and_gaps() -> None:
    figure = parallel_coordinates({"a": [1, 2, None], "name": ["x", "y", "x"], "one": [5, 5, 5]}, color="a")
    first, second, third = figure.data[0].dimensions
    assert np.array_equal(first.values, [1, 2, 1])
    assert list(second.ticktext) == ["x", "y"]
    assert third.range[0] < 5 < third.range[1]


def test_ticks_of_values_close_together_do_not_run_into_each_other() -> None:
    values = [0.48431, 0.48469, 0.48652, 0.48728, 0.4873] * 2
    (axis,) = parallel_coordinates({"silhouette": values}, color="silhouette").data[0].dimensions
    assert list(axis.ticktext) == ["0.4843", "0.4847", "0.4865", "0.4873"]
