"""kill -9 of the worker, and of whoever started it: nothing listed is lost."""

import os
import signal
import subprocess
import sys
import time

from dcviz.engine.launchers import launcher
from dcviz.engine.worker import work
from dcviz.runs import Run

LONG = {"pretrain_epochs": 60, "finetune_epochs": 20}
PATIENCE = 90  # seconds; two busy cores start a worker slowly
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
    deadline = time.monotonic() + PATIENCE
    while len(run.epochs()) < epochs:
        assert time.monotonic() < deadline, launcher().logs(run)
        time.sleep(0.005)


def test_killed_workers_lose_nothing_and_resume_exactly(new_run) -> None:
    """One run is killed twice, at no particular moment; another is never disturbed."""
    killed, whole = new_run(settings=LONG, checkpoint_every=10), new_run(settings=LONG, checkpoint_every=10)
    handle = launcher().submit(killed)
    wait(killed, 12)
    for more in (15, 20):
        listed = killed.epochs()
        os.kill(handle["pid"], signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
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
    wait(killed, 81)
    deadline = time.monotonic() + PATIENCE
    while killed.status()["state"] != "finished":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert [e.key for e in killed.epochs()] == [e.key for e in whole.epochs()]
    for epoch in whole.epochs():
        assert killed.latents(epoch.key).tobytes() == whole.latents(epoch.key).tobytes()
        assert killed.epoch(epoch.key).scores == epoch.scores
    assert not list(killed.path.rglob("*.part"))


def test_the_worker_survives_its_app_and_heeds_sigterm(new_run) -> None:
    run = new_run(settings={"pretrain_epochs": 2000})
    app = subprocess.Popen([sys.executable, "-c", START, run.id], stdout=subprocess.PIPE, text=True)
    assert app.stdout is not None
    assert app.stdout.readline() == "started\n"
    app.send_signal(signal.SIGKILL)
    app.communicate()
    wait(run, 20)
    assert run.status()["state"] == "running"
    os.kill(run.status()["pid"], signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while run.status()["state"] != "stopped":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert run.checkpoints()[-1] == run.epochs()[-1].key
