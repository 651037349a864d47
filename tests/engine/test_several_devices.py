"""One run on two processes: rank 0 writes, steering reaches both, and who cannot share is refused."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcviz.engine.errors import RequestError
from dcviz.engine.request import prepare, wish
from dcviz.runs import RunStore
from tests.browser.conftest import wait_until
from tests.models.several_ranks import pictures

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"network": "resnet18", "latent_dim": 16, "batch_size": 16}


@pytest.fixture
def data(tmp_path: Path) -> str:
    np.savez(tmp_path / "pictures.npz", x=pictures(), y=np.arange(96) % 4)
    return str(tmp_path / "pictures.npz")


def worker(run, *more: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "dcviz.engine.worker", str(run.path), *more]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen) -> None:
    _, said = process.communicate(timeout=240)
    assert process.returncode == 0, said[-3000:]


def test_stop_reaches_both_ranks_and_resume_goes_on(tmp_path, data) -> None:
    asked = wish("cc", data, settings={**SMALL, "pretrain_epochs": 6}, device="cpu", devices=2)
    run = prepare(asked, store=RunStore(tmp_path / "runs"))
    process = worker(run)
    wait_until(lambda: len(run.epochs()) > 1 or process.poll() is not None, 240, "the first epoch")
    run.control("stop")
    ended(process)
    assert run.status()["state"] == "stopped"
    before = [epoch.key for epoch in run.epochs()]
    ended(worker(run, "--resume"))
    assert run.status()["state"] == "finished"
    keys = [epoch.key for epoch in run.epochs()]
    assert keys[: len(before)] == before
    assert keys[-1] == "00006"
    assert len(keys) == len(set(keys))  # one rank alone writes


def test_pause_step_and_stop_reach_both_ranks_at_the_same_batch(tmp_path, data) -> None:
    """A rank that went on alone would wait for the other's gradients and never leave; both leave at once."""
    asked = wish("cc", data, settings={**SMALL, "pretrain_epochs": 50}, device="cpu", devices=2)
    run = prepare(asked, store=RunStore(tmp_path / "runs"))
    process = worker(run)
    wait_until(lambda: len(run.epochs()) > 1 or process.poll() is not None, 240, "the first epoch")
    run.control("pause")
    wait_until(lambda: run.status()["state"] == "paused", 60, "the pause")
    paused = [event for event in run.events() if event["type"] == "pause"][-1]
    known = len(run.epochs())
    run.control("step_batch")
    wait_until(lambda: len(run.epochs()) > known, 60, "the picture of one batch")
    wait_until(lambda: run.status()["state"] == "paused", 60, "the halt after it")
    stepped = run.epochs()[-1]
    assert (stepped.position - (paused["epoch"] + paused["batch"] / 6)) * 6 == pytest.approx(1)
    run.control("step_epoch")
    wait_until(lambda: run.epochs()[-1].position >= int(stepped.position) + 1, 120, "an epoch more")
    wait_until(lambda: run.status()["state"] == "paused", 60, "the halt after it")
    run.control("stop")  # heard while halted, by both
    ended(process)
    assert run.status()["state"] == "stopped"
    assert run.epochs()[-1].position < 50
    assert run.checkpoints()[-1] == run.epochs()[-1].key


@pytest.mark.parametrize(
    ("method", "devices", "why"),
    [("rdc", 2, "CC and CCES can share"), ("cc", 3, "divide the batch of 16"), ("cc", 0, "1 or more")],
)
def test_who_cannot_share_a_batch_is_refused(data, method: str, devices: int, why: str) -> None:
    settings = SMALL if method == "cc" else {}
    with pytest.raises(RequestError, match=why):
        wish(method, data, settings=settings, device="cpu", devices=devices)
