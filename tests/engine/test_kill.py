"""kill -9 of the worker, and of whoever started it: nothing listed is lost."""

import os
import signal
import subprocess
import sys
import time

from dcviz.engine.launchers import launcher
from dcviz.engine.worker import work
from dcviz.runs import Run

LONG = {"pretrain_epochs": 120, "finetune_epochs": 40}
START = """
import sys, time
from dcviz.engine.launchers import launcher
from dcviz.runs import default_store
assert "torch" not in sys.modules
launcher().submit(default_store().open(sys.argv[1]))
print("started", flush=True)
time.sleep(60)
"""


def wait(run: Run, epochs: int) -> None:
    deadline = time.monotonic() + 30
    while len(run.epochs()) < epochs:
        assert time.monotonic() < deadline, launcher().logs(run)
        time.sleep(0.005)


def test_killed_workers_lose_nothing_and_resume_exactly(new_run) -> None:
    """One run is killed three times, at no particular moment; another is never disturbed."""
    killed, whole = new_run(settings=LONG, checkpoint_every=10), new_run(settings=LONG, checkpoint_every=10)
    handle = launcher().submit(killed)
    wait(killed, 15)
    for more in (20, 30):
        listed = killed.epochs()
        os.kill(handle["pid"], signal.SIGKILL)
        deadline = time.monotonic() + 5
        while killed.status()["state"] != "interrupted":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert killed.epochs()[: len(listed)] == listed
        for epoch in killed.epochs():
            assert killed.latents(epoch.key).shape == (120, 2)
            assert killed.neighbors(epoch.key).width == 15
            assert killed.assignments(epoch.key).shape == (120,)
        handle = launcher().submit(killed, resume=True)
        wait(killed, len(listed) + more)
    work(whole)
    wait(killed, 161)
    deadline = time.monotonic() + 10
    while killed.status()["state"] != "finished":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert [e.key for e in killed.epochs()] == [e.key for e in whole.epochs()]
    for epoch in whole.epochs():
        assert killed.latents(epoch.key).tobytes() == whole.latents(epoch.key).tobytes()
        assert killed.epoch(epoch.key).scores == epoch.scores
    assert not list(killed.path.rglob("*.part"))


def test_the_worker_survives_the_app_that_started_it(new_run) -> None:
    run = new_run(settings=LONG)
    app = subprocess.Popen([sys.executable, "-c", START, run.id], stdout=subprocess.PIPE, text=True)
    assert app.stdout is not None
    assert app.stdout.readline() == "started\n"
    app.send_signal(signal.SIGKILL)
    app.communicate()
    wait(run, 20)
    assert run.status()["state"] == "running"
    run.control("stop")
    deadline = time.monotonic() + 10
    while run.status()["state"] != "stopped":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_sigterm_is_a_stop_with_a_checkpoint(new_run) -> None:
    run = new_run(settings={"pretrain_epochs": 2000})
    handle = launcher().submit(run)
    wait(run, 10)
    os.kill(handle["pid"], signal.SIGTERM)
    deadline = time.monotonic() + 10
    while run.status()["state"] != "stopped":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert run.checkpoints()[-1] == run.epochs()[-1].key
