import os
import subprocess
import sys
import time

import pytest

from dcviz.engine.errors import RequestError
from dcviz.engine.launchers import LAUNCHERS, launcher
from dcviz.engine.launchers.starting import announced
from dcviz.runs.errors import ReadOnlyRunError, RunBusyError, RunError
from dcviz.runs.files import read_json
from dcviz.runs.lock import training_lock
from dcviz.runs.run import Run

PATIENCE = 90


def until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_engine_has_a_name() -> None:
    assert launcher("local") is LAUNCHERS["local"]
    with pytest.raises(RequestError, match="engine must be one of local, ray, slurm"):
        launcher("cloud")


def test_submit_status_logs_and_a_forced_stop(new_run) -> None:
    run, local = new_run(settings={"pretrain_epochs": 5000}), launcher()
    assert local.logs(run) == ""
    handle = local.submit(run)
    assert read_json(run.path / "launcher.json") == handle
    assert handle["command"] == local.command(run)
    assert local.status(handle) == "alive"
    assert run.status()["state"] in ("starting", "queued", "running")
    until(lambda: run.epochs())
    assert os.getpgid(handle["pid"]) == handle["pid"] != os.getpgid(0)
    with pytest.raises(RunBusyError, match="second start is refused"):
        local.submit(run, resume=True)
    local.stop(run, force=True)
    until(lambda: local.status(handle) == "gone")
    assert run.status()["state"] == "interrupted"
    with pytest.raises(RunError, match="no living worker"):
        local.stop(run, force=True)
    assert " ".join(handle["command"]) in local.logs(run)


def test_the_command_that_is_shown_does_the_same_by_hand(new_run) -> None:
    run = new_run("autoencoder")
    command = launcher().command(run)
    assert command == [sys.executable, "-m", "dcviz.engine.worker", str(run.path)]
    subprocess.run(command, check=True, timeout=PATIENCE)
    assert run.status()["state"] == "finished"


def test_a_worker_that_cannot_start_is_seen_at_once(new_run, monkeypatch) -> None:
    run, local = new_run(), launcher()
    monkeypatch.setattr(type(local), "command", lambda self, run, resume=False: [sys.executable, "-c", "1/0"])
    local.submit(run)
    until(lambda: run.status()["state"] == "interrupted")
    assert "ZeroDivisionError" in local.logs(run)


def test_what_may_only_be_looked_at_is_not_trained(new_run) -> None:
    with pytest.raises(ReadOnlyRunError):
        launcher().submit(Run(new_run().path, read_only=True))


def test_a_handle_of_another_machine_is_unknown_here(new_run) -> None:
    assert launcher().status({"host": "elsewhere", "pid": 1}) == "unknown"


def test_a_run_that_is_locked_is_not_submitted(new_run, monkeypatch) -> None:
    monkeypatch.setattr("dcviz.engine.launchers.starting.DYING_SECONDS", 0.1)
    run = new_run()
    with training_lock(run.path), pytest.raises(RunBusyError):
        launcher().submit(run)


def test_a_run_that_no_cluster_took_says_so_and_can_be_resumed_here(new_run) -> None:
    run = new_run("autoencoder")
    with (
        pytest.raises(RunError, match="no cluster"),
        announced(run, "waiting", waiting_for="a job"),
    ):
        raise RunError("no cluster at http://head:8265")
    status = run.status()
    assert status["state"] == "failed"
    assert status["error"]["message"] == "no cluster at http://head:8265"
    with pytest.raises(RunError, match="again"), announced(run, "waiting", waiting_for="a job"):
        raise RunError("again")
    assert run.status()["error"]["message"] == "no cluster at http://head:8265"  # what it was before
    launcher().submit(run, resume=True)
    until(lambda: run.status()["state"] == "finished")
