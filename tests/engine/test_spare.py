"""The spare worker: waits with torch loaded, becomes the worker of one run, ends when nobody wants it."""

import time

import pytest

from dcviz.engine.launchers import launcher
from dcviz.engine.launchers.local import LocalLauncher
from dcviz.engine.spare import SPARE, Spare


@pytest.fixture
def waiting():
    LocalLauncher().prepare()
    process = SPARE._waiting
    assert process is not None
    yield process
    SPARE.dismiss()


def until(condition, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_is_trained_by_the_process_that_waited(new_run, waiting) -> None:
    run, local = new_run("autoencoder"), launcher()
    LocalLauncher().prepare()
    assert SPARE._waiting is waiting  # only ever one
    handle = local.submit(run)
    assert handle["pid"] == waiting.pid
    until(lambda: run.status()["state"] == "finished")
    assert run.epochs()
    until(lambda: local.status(handle) == "gone")
    assert SPARE._waiting is None


def test_without_a_spare_a_worker_is_started_as_before(new_run) -> None:
    assert SPARE.hand_over(["nothing"]) is None
    run, local = new_run("autoencoder"), launcher()
    local.submit(run)
    until(lambda: run.status()["state"] == "finished")


def test_a_spare_that_died_is_not_used(waiting) -> None:
    waiting.kill()
    waiting.wait()
    assert SPARE.hand_over(["nothing"]) is None


def test_an_unwanted_spare_ends() -> None:
    spare = Spare()
    LocalLauncher().prepare()
    spare._waiting, SPARE._waiting = SPARE._waiting, None
    process = spare._waiting
    assert process is not None
    spare.dismiss()
    assert process.poll() == 0


def test_no_spare_loads_beside_a_training_that_has_just_begun(new_run, waiting, monkeypatch) -> None:
    run, local = new_run("autoencoder", settings={"pretrain_epochs": 3000}), launcher()
    local.submit(run)
    LocalLauncher().prepare()
    assert SPARE._waiting is None
    monkeypatch.setattr("dcviz.engine.spare.UNDISTURBED", 0.0)
    LocalLauncher().prepare()
    assert SPARE._waiting is not None
    run.control("stop")
    until(lambda: run.status()["state"] in ("stopped", "finished"))
