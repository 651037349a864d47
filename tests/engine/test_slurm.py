"""Slurm takes nodes away and gives them back: a training goes on from its checkpoint."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from dcviz.engine.launchers import launcher, launcher_of
from dcviz.engine.launchers.starting import handle_of
from dcviz.engine.place import Place
from dcviz.runs import Run
from dcviz.runs.errors import RunBusyError, RunError

LONG = {"pretrain_epochs": 4000, "finetune_epochs": 2}


def state(run: Run) -> str:
    return str(run.status()["state"])


def task_of(pid: int) -> int:
    """The process of a job that submitit signals; the worker is its child."""
    command = Path(f"/proc/{pid}/cmdline").read_bytes()
    if b"submitit.core._submit" in command:
        return pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return max(task_of(int(child)) for child in children) if children else -1


def resumed(run: Run) -> list[str]:
    return [event["key"] for event in run.events() if event["type"] == "resume"]


def test_out_of_time_a_job_goes_back_into_the_queue_with_a_checkpoint(new_run, until) -> None:
    """Submitit's local executor: the same job, the same signals, without a cluster."""
    pytest.importorskip("submitit")
    run = new_run(place=Place("slurm", address="local"), settings=LONG, checkpoint_every=1000)
    engine = launcher_of(run)
    handle = engine.submit(run)
    until(lambda: len(run.epochs()) > 5, lambda: engine.logs(run))
    os.kill(task_of(int(handle["job"])), signal.SIGUSR2)
    until(lambda: len(resumed(run)) == 1, lambda: (run.status(), engine.logs(run)))
    at = run.epoch(resumed(run)[0]).position
    assert at == int(at) or run.epochs()  # inside an epoch too
    until(lambda: run.epochs()[-1].position > at + 3, lambda: (run.status(), engine.logs(run)))
    assert engine.status(handle) == "alive"  # still the same job
    assert [epoch.position for epoch in run.epochs()] == sorted({e.position for e in run.epochs()})
    engine.stop(run, force=True)
    until(lambda: state(run) == "interrupted")


def test_what_the_engine_cannot_do_is_said_before_anything_is_written() -> None:
    slurm = launcher("slurm")
    assert "gres=shard" in str(slurm.missing(Place("slurm", address="local", gpus=0.5)))
    assert "shared disk" in str(slurm.missing(Place("slurm", address="local", folder="s3://x")))
    assert "no address" in str(slurm.missing(Place("slurm", address="http://head")))


@pytest.mark.engines
def test_a_pre_empted_job_comes_back_by_itself(slurm_place: Place, new_run, until) -> None:
    """A real Slurm: jobs of a higher partition take both nodes; when they end, the training goes on."""
    run = new_run(place=slurm_place, settings=LONG, checkpoint_every=1000)
    engine = launcher_of(run)
    handle = engine.submit(run)
    until(lambda: len(run.epochs()) > 5, lambda: (run.status(), engine.logs(run)))
    wanted = ["sbatch", "--parsable", "--partition=high", "--output=/dev/null", "--wrap=sleep 1000"]
    high = [subprocess.check_output(wanted, text=True).strip() for _ in range(2)]
    until(lambda: state(run) == "queued", lambda: (run.status(), engine.logs(run)))
    assert run.status()["waiting_for"] == f"Slurm job {handle['job']}"
    until(lambda: engine.status(handle) == "waiting", lambda: engine.status(handle))
    kept = run.epochs()
    assert run.checkpoints()[-1] == kept[-1].key
    with pytest.raises(RunError, match="waiting for Slurm job"):
        run.control("pause")
    with pytest.raises(RunBusyError, match="already"):
        engine.submit(run, resume=True)
    subprocess.check_call(["scancel", *high])
    # A job that was requeued begins two minutes later at the earliest; nobody needs to wait for that here.
    until(lambda: not subprocess.call(["scontrol", "update", f"JobId={handle['job']}", "StartTime=now"]))
    until(lambda: len(run.epochs()) > len(kept) + 3, lambda: (run.status(), engine.logs(run)))
    assert resumed(run) == [kept[-1].key]
    assert handle_of(run) == handle
    engine.stop(run)
    until(lambda: state(run) == "stopped")


@pytest.mark.engines
def test_a_job_that_waits_can_be_taken_back(slurm_place: Place, new_run, until) -> None:
    place = Place("slurm", options={**slurm_place.options, "begin": "now+1hour"})
    run = new_run(place=place)
    engine = launcher_of(run)
    handle = engine.submit(run)
    assert engine.status(handle) == "waiting"
    engine.stop(run)
    until(lambda: engine.status(handle) == "gone")
    assert state(run) == "stopped"


@pytest.mark.engines
def test_an_option_that_slurm_refuses_is_told_by_the_run(slurm_place: Place, new_run) -> None:
    run = new_run(place=Place("slurm", options={"partition": "nowhere"}))
    with pytest.raises(RunError, match="Slurm refused the job"):
        launcher_of(run).submit(run)
    assert run.status()["state"] == "failed"
    assert "Slurm refused the job" in run.status()["error"]["message"]
