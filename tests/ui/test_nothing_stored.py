"""Runs that hold nothing yet: what went wrong, what to do, and one click that throws them away."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.engine.request import prepare, wish
from dcviz.engine.worker import work
from dcviz.runs import Run, RunStore
from tests.ui.test_train_page import page, submitted, told

__all__ = ["submitted"]
PAGES = Path(__file__).resolve().parents[2] / "pages"


@pytest.fixture
def unfetched(empty_store: RunStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """A training whose data could not be downloaded."""
    monkeypatch.setenv("DCVIZ_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("dcviz.data.medical._published", lambda *names: ("file:///nowhere/b.npz", "0"))
    run = prepare(wish("rdc", "breastmnist"), store=empty_store)
    assert work(run)["state"] == "failed"
    return run


def said(app: AppTest) -> str:
    return "\n".join([told(app), *(each.value for each in app.info)]).replace("\\", "")


def test_data_that_could_not_be_had_are_told_once_with_the_way_out(unfetched: Run, submitted) -> None:
    app = page(run=unfetched.id)
    assert said(app).count("breastmnist.npz is missing and could not be downloaded") == 1
    assert "put it at" in said(app)
    assert "resume starts this training" in said(app)
    app.button(key="resume").click().run()
    assert submitted == [(unfetched.id, True)]


@pytest.mark.parametrize("name", ["explore", "geometry"])
def test_the_other_pages_tell_the_same(unfetched: Run, name: str) -> None:
    app = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=60)
    app.query_params["run"] = unfetched.id
    app.run()
    assert "its training failed" in said(app)
    assert "put it at" in said(app)


def test_a_run_without_an_epoch_is_thrown_away_at_once(unfetched: Run, submitted, empty_store) -> None:
    app = page(run=unfetched.id)
    app.button(key="discard").click().run()
    assert not app.exception
    assert empty_store.list() == []
    assert "run" not in app.query_params


def test_stored_epochs_are_not_thrown_away_like_that(tiny_store: RunStore, submitted) -> None:
    run = tiny_store.list()[0]
    (run.path / "status.json").write_text('{"state": "stopped"}')
    keys = [button.key for button in page(run=run.id).button]
    assert "resume" in keys
    assert "discard" not in keys


def test_a_run_that_nobody_started_can_be_started(empty_store: RunStore, submitted) -> None:
    run = prepare(wish("rdc", "arcs"), store=empty_store)
    app = page(run=run.id)
    assert "Not started yet; resume starts it." in said(app)
    assert {"pause", "stop"}.isdisjoint(button.key for button in app.button)
    app.button(key="resume").click().run()
    assert submitted == [(run.id, True)]
