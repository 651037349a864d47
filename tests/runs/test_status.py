import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dcviz.runs import Run
from dcviz.runs.process import host_name, is_alive, own_stamp, process_stamp
from dcviz.runs.status import read_status

NOW = 1_000_000.0


def state(folder: Path, **status) -> str:
    defaults = {"state": "running", "pid": os.getpid(), "pid_started": own_stamp(), "host": host_name()}
    (folder / "status.json").write_text(json.dumps({"heartbeat": NOW, **defaults, **status}))
    return read_status(folder, now=NOW + 5)["state"]


def test_a_living_writer_is_believed(tmp_path: Path) -> None:
    for name in ("queued", "starting", "running", "paused"):
        assert state(tmp_path, state=name) == name


def test_silence_means_interrupted(tmp_path: Path) -> None:
    assert state(tmp_path, heartbeat=NOW - 24) == "running"
    assert state(tmp_path, heartbeat=NOW - 26) == "interrupted"
    assert state(tmp_path, pid=2**22 + 1) == "interrupted"
    assert state(tmp_path, pid_started="another life of this number") == "interrupted"
    assert state(tmp_path, pid_started=None) == "interrupted"


def test_an_end_stays_an_end(tmp_path: Path) -> None:
    for name in ("finished", "stopped", "failed"):
        assert state(tmp_path, state=name, pid=2**22 + 1, heartbeat=0) == name


def test_a_writer_on_another_machine_is_judged_by_its_heartbeat(tmp_path: Path) -> None:
    assert state(tmp_path, host="elsewhere", pid=1) == "running"
    assert state(tmp_path, host="elsewhere", pid=1, heartbeat=NOW - 200) == "interrupted"


def test_a_worker_that_died_before_its_first_word(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "launcher.json").write_text(json.dumps({"pid": ended.pid, "pid_started": "gone"}))
    assert state(tmp_path, state="starting", pid=None) == "interrupted"
    (tmp_path / "launcher.json").write_text(json.dumps({"pid": os.getpid(), "pid_started": own_stamp()}))
    assert state(tmp_path, state="starting", pid=None) == "starting"


def test_a_zombie_does_not_live() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    stamp = process_stamp(child.pid)
    assert is_alive(child.pid, stamp)
    child.kill()
    deadline = time.monotonic() + 5
    while is_alive(child.pid, stamp) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(child.pid, stamp)
    child.wait()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "dancing"}'])
def test_a_damaged_status_is_broken_not_a_crash(run: Run, text: str) -> None:
    (run.path / "status.json").write_text(text)
    assert run.status()["state"] == "broken"


def test_a_run_nobody_started_is_queued(run: Run) -> None:
    assert run.status()["state"] == "queued"
