"""A training that ends before the next look at it is shown as finished at once."""

import threading

from dcviz.runs import Run, RunStore
from tests.ui.test_train_page import in_state, page


def headline(run: Run) -> str:
    return next(each.value for each in page(run=run.id).markdown if each.value.startswith("#### "))


def test_an_end_that_is_near_is_waited_for(tiny_store: RunStore, monkeypatch) -> None:
    run = tiny_store.list()[0]
    monkeypatch.setattr("dcviz.ui.desk._pace", lambda recent: 0.1)
    in_state(run, "running")
    end = threading.Timer(0.5, in_state, (run, "finished"), {"epoch": 4})
    end.start()
    assert "finished" in headline(run)
    end.join()


def test_an_end_that_is_far_is_not(tiny_store: RunStore, monkeypatch) -> None:
    run = tiny_store.list()[0]
    monkeypatch.setattr("dcviz.ui.desk._pace", lambda recent: 5.0)
    in_state(run, "running")
    monkeypatch.setattr("dcviz.ui.desk._awaited", lambda run: 1 / 0)
    assert "training" in headline(run)
