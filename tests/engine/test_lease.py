import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dcviz.engine.lease import QueueLeftError, lease_root, leased, queue, shortest_queue
from dcviz.engine.worker import work

HOLD = """
import sys, pathlib
from dcviz.engine.lease import leased
with leased("cuda:0", run=sys.argv[1], path=pathlib.Path("/x"), waiting=lambda ahead: True):
    print("mine", flush=True)
    input()
"""


def holder(name: str, share: str = "1") -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "DCVIZ_GPU_SHARE": share},
    )  # fmt: skip


def wait_for(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def names() -> list[str]:
    return [claim.run for claim in queue("cuda:0")]


@pytest.fixture
def three():
    """Three processes that want the device, in order."""
    made = []
    for name in ("first", "second", "third"):
        made.append(holder(name))
        wait_for(lambda: len(names()) == len(made))
    yield made
    for process in made:
        process.kill()
        process.communicate()


def test_first_come_first_served_and_everyone_sees_it(three: list[subprocess.Popen]) -> None:
    assert names() == ["first", "second", "third"]
    assert [claim.place for claim in queue("cuda:0")] == [0, 1, 2]
    assert queue("cuda:0")[0].pid == three[0].pid
    assert three[0].stdout.readline() == "mine\n"
    three[0].communicate("\n")
    assert three[1].stdout.readline() == "mine\n"
    assert names() == ["second", "third"]


def test_a_killed_holder_blocks_nobody(three: list[subprocess.Popen]) -> None:
    three[1].send_signal(signal.SIGKILL)
    three[0].send_signal(signal.SIGKILL)
    assert three[2].stdout.readline() == "mine\n"
    assert names() == ["third"]
    with leased("cuda:1", run="other", path=Path("/y"), waiting=lambda ahead: False):
        assert [claim.run for claim in queue("cuda:1")] == ["other"]
    assert queue("cuda:1") == []


def test_waiting_can_be_given_up(three: list[subprocess.Popen]) -> None:
    asked: list[int] = []

    def waiting(ahead: int) -> bool:
        asked.append(ahead)
        return len(asked) < 2

    with pytest.raises(QueueLeftError), leased("cuda:0", run="me", path=Path("/z"), waiting=waiting):
        pytest.fail("the device was taken")
    assert asked == [3, 3]
    assert names() == ["first", "second", "third"]
    assert shortest_queue(["cuda:0", "cuda:1"]) == "cuda:1"


def test_the_cpu_needs_no_turn() -> None:
    with leased("cpu", run="a", path=Path("/a"), waiting=lambda ahead: False):
        pass
    assert not lease_root().exists()
    assert queue("cpu") == []


def test_a_worker_waits_its_turn_and_can_leave_the_queue(three, new_run, monkeypatch) -> None:
    monkeypatch.setattr("dcviz.engine.devices.cuda_count", lambda: 1)
    run = new_run(device="cuda:0")
    ended: list[dict] = []
    worker = threading.Thread(target=lambda: ended.append(work(run, fit=lambda *a, **k: iter(()))))
    worker.start()
    wait_for(lambda: run.status()["state"] == "queued" and "3 before this run" in run.status()["message"])
    assert names() == ["first", "second", "third", run.id]
    assert queue("cuda:0")[3].path == str(run.path)
    three[0].communicate("\n")
    wait_for(lambda: "2 before this run" in run.status()["message"])
    run.control("stop")
    worker.join(timeout=10)
    assert ended[0]["state"] == run.status()["state"] == "stopped"
    assert names() == ["second", "third"]


def test_a_worker_whose_turn_comes_trains(three, new_run, monkeypatch) -> None:
    monkeypatch.setattr("dcviz.engine.devices.cuda_count", lambda: 1)
    run = new_run(device="cuda:0")
    ended: list[dict] = []
    worker = threading.Thread(target=lambda: ended.append(work(run, fit=lambda *a, **k: iter(()))))
    worker.start()
    wait_for(lambda: run.id in names())
    for process in three:
        process.kill()
    worker.join(timeout=10)
    assert ended[0]["state"] == "finished"
    assert ended[0]["device"] == "cuda:0"


def test_shares_that_fit_train_side_by_side_and_nobody_overtakes() -> None:
    """Two quarters and a half fill a GPU; a whole one waits, and a small one behind it waits with it."""
    made = []
    for name, share in (("a", "0.25"), ("b", "0.5"), ("c", "0.25"), ("whole", "1"), ("small", "0.25")):
        made.append(holder(name, share))
        wait_for(lambda: len(names()) == len(made))
    try:
        assert [process.stdout.readline() for process in made[:3]] == ["mine\n"] * 3
        assert [claim.training for claim in queue("cuda:0")] == [True, True, True, False, False]
        made[0].communicate("\n")
        assert [claim.training for claim in queue("cuda:0")] == [True, True, False, False]
        for process in made[1:3]:
            process.communicate("\n")
        assert made[3].stdout.readline() == "mine\n"
        assert [claim.training for claim in queue("cuda:0")] == [True, False]
    finally:
        for process in made:
            process.kill()
            process.wait()


def test_a_cluster_gives_out_its_gpus_itself(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DCVIZ_LEASE", "off")
    with leased("cuda:0", run="x", path=tmp_path, waiting=lambda ahead: False):
        assert not queue("cuda:0")
