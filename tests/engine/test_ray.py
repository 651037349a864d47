"""What only a real Ray cluster can show: a dying node, a node without our disk, a dashboard gone."""

import os
import signal
import sys
from pathlib import Path

import pytest

from dcviz.engine.keeper import look_after
from dcviz.engine.launchers import launcher_of
from dcviz.engine.launchers.starting import handle_of, keep_handle
from dcviz.engine.place import Place, keep_place
from dcviz.runs import Run
from dcviz.runs.errors import RunBusyError, RunError

pytestmark = pytest.mark.engines
LONG = {"pretrain_epochs": 4000, "finetune_epochs": 2}
SMALL = {"object_store_memory": 80 * 2**20}


def state(run: Run) -> str:
    return str(run.status()["state"])


def test_a_node_that_dies_costs_nothing_that_is_listed(ray_cluster, ray_place: Place, new_run, until) -> None:
    """The keeper submits the run again; it goes on from its last checkpoint on another node."""
    run = new_run(place=ray_place, settings=LONG, checkpoint_every=20)
    engine = launcher_of(run)
    first = engine.submit(run)
    until(lambda: len(run.epochs()) > 50, lambda: engine.logs(run))
    victim = ray_cluster.worker_nodes.copy().pop()
    listed = run.epochs()
    worker = run.status()["pid"]
    ray_cluster.remove_node(victim, allow_graceful=False)
    # On one machine a worker outlives its node, and would go on: that is nothing lost either.
    os.kill(worker, signal.SIGKILL)
    ray_cluster.add_node(num_cpus=2, **SMALL)
    until(lambda: handle_of(run).get("number", 0) > 1, lambda: (run.status(), engine.status(first)))
    until(lambda: len(run.epochs()) > len(listed) + 40, lambda: (run.status(), engine.logs(run)))
    assert run.epochs()[: len(listed)] == listed
    kinds = [event["type"] for event in run.events()]
    assert 1 <= kinds.count("retry") <= 3  # Ray may send the first one to the dead node again
    resumed = next(event for event in run.events() if event["type"] == "resume")
    assert resumed["epoch"] >= listed[-1].position - 20
    assert handle_of(run)["losses"] <= 3
    engine.stop(run)
    until(lambda: state(run) == "stopped")


def test_without_a_shared_disk_the_run_comes_home(ray_place: Place, new_run, until, tmp_path: Path) -> None:
    """The node sees only the folder that travels; code, control and epochs go through it."""
    away = Place("ray", address=ray_place.address, folder=f"file://{tmp_path}/travels",
                 options={"python": sys.executable})  # fmt: skip
    run = new_run(place=away, settings=LONG, checkpoint_every=20)
    engine = launcher_of(run)
    engine.submit(run)
    until(lambda: len(run.epochs()) > 3, lambda: (run.status(), engine.logs(run)))
    run.control("pause")
    until(lambda: state(run) == "paused", lambda: (run.status(), engine.logs(run)))
    run.control("continue")
    listed = run.epochs()
    until(lambda: len(run.epochs()) > len(listed) + 3, lambda: (run.status(), engine.logs(run)))
    engine.stop(run)
    until(lambda: state(run) == "stopped", lambda: (run.status(), engine.logs(run)))
    for epoch in run.epochs():
        assert run.latents(epoch.key).shape == (120, 2)
    assert run.checkpoints()[-1] == run.epochs()[-1].key
    assert not Path(run.path / ".lock").exists()  # no worker was ever in this folder


def test_a_job_waits_for_a_place_and_can_be_taken_back(ray_place: Place, new_run, until) -> None:
    run = new_run(place=Place("ray", address=ray_place.address, cpus=64))
    engine = launcher_of(run)
    handle = engine.submit(run)
    assert engine.status(handle) == "waiting"
    assert state(run) == "queued"
    with pytest.raises(RunError, match="waiting for Ray job"):
        run.control("pause")
    with pytest.raises(RunBusyError, match="already"):
        engine.submit(run, resume=True)
    engine.stop(run)
    assert state(run) == "stopped"
    assert engine.submit(run, resume=True)["number"] == 2
    engine.stop(run)
    assert state(run) == "stopped"


def test_an_app_that_restarts_finds_the_job_again(ray_place: Place, new_run, until, store) -> None:
    """All anyone needs is in the run folder: another process reads, steers and stops it."""
    run = new_run(place=ray_place, settings=LONG)
    launcher_of(run).submit(run)
    again = Run(run.path)
    until(lambda: len(again.epochs()) > 2)
    assert launcher_of(again).status(handle_of(again)) == "alive"
    launcher_of(again).stop(again)
    until(lambda: state(again) == "stopped")


def test_a_dashboard_that_does_not_answer_harms_no_run(ray_place: Place, new_run, until) -> None:
    run = new_run(place=ray_place, settings=LONG)
    engine = launcher_of(run)
    handle = engine.submit(run)
    until(lambda: len(run.epochs()) > 2)
    nowhere = "http://127.0.0.1:8699"
    keep_handle(run, {**handle, "address": nowhere})
    keep_place(run, Place("ray", address=nowhere))
    assert engine.status(handle_of(run)) == "unknown"
    assert look_after(run)
    assert state(run) == "running"
    with pytest.raises(RunError, match=r"8699.*Is the cluster up"):
        engine.submit(new_run(place=Place("ray", address=nowhere)))
    engine.stop(run)  # through the run folder, which needs no dashboard
    until(lambda: state(run) == "stopped")


def test_a_worker_that_cannot_start_says_why(ray_place: Place, new_run, until) -> None:
    place = Place("ray", address=ray_place.address, options={"python": "/nowhere/python"})
    run = new_run(place=place)
    launcher_of(run).submit(run)
    until(lambda: state(run) == "failed", lambda: run.status())
    assert "/nowhere/python" in run.status()["error"]["hint"]
