"""A training that ends before the next look at it is shown as finished at once."""

import os
import threading
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from dcviz.runs import Run, RunStore
from dcviz.runs.process import host_name, own_stamp
from dcviz.runs.writer import RunWriter

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "train.py")


def in_state(run: Run, state: str, epoch: int) -> None:
    living = {"pid": os.getpid(), "pid_started": own_stamp(), "host": host_name(), "heartbeat": time.time()}
    RunWriter(run).status({"state": state, "epoch": epoch, "epochs": 4, **living})


def headline(run: Run) -> str:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params.update({"run": run.id})
    app.run()
    assert not app.exception
    return next(each.value for each in app.markdown if each.value.startswith("#### "))


def test_an_end_that_is_near_is_waited_for(tiny_store: RunStore, monkeypatch) -> None:
    run = tiny_store.list()[0]
    monkeypatch.setattr("dcviz.ui.desk._pace", lambda recent: 0.1)
    in_state(run, "running", 3)
    end = threading.Timer(0.5, in_state, (run, "finished", 4))
    end.start()
    assert "finished" in headline(run)
    end.join()


def test_an_end_that_is_far_is_not(tiny_store: RunStore, monkeypatch) -> None:
    run = tiny_store.list()[0]
    monkeypatch.setattr("dcviz.ui.desk._pace", lambda recent: 5.0)
    in_state(run, "running", 3)
    monkeypatch.setattr("dcviz.ui.desk._awaited", lambda run: 1 / 0)
    assert "training" in headline(run)
