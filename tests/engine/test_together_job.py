"""Several runs in one process: each is what it is alone, in its own folder, and leaves the others alone."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from dcviz.__main__ import main
from dcviz.engine.branch import branch, branch_wish
from dcviz.engine.errors import RequestError
from dcviz.engine.launchers import launcher
from dcviz.engine.sweeps.driver import Driver
from dcviz.engine.sweeps.folder import create, open_sweep
from dcviz.engine.sweeps.origin import half_made, origin_of
from dcviz.engine.sweeps.plan import Plan, axis, checked
from dcviz.engine.sweeps.results import table
from dcviz.engine.together import Job
from dcviz.engine.worker import work
from dcviz.runs.errors import RunBusyError, RunError
from dcviz.runs.lock import training_lock

LONG = {"settings": {"pretrain_epochs": 300, "finetune_epochs": 100}, "every": 50, "checkpoint_every": 50}


def assert_same(run, alone) -> None:
    assert [epoch.key for epoch in run.epochs()] == [epoch.key for epoch in alone.epochs()]
    for epoch in alone.epochs():
        np.testing.assert_array_equal(run.latents(epoch.key), alone.latents(epoch.key))
        np.testing.assert_array_equal(run.assignments(epoch.key), alone.assignments(epoch.key))
    assert run.checkpoints() == alone.checkpoints()


def test_each_folder_is_whole_and_holds_what_the_run_is_alone(new_run, until) -> None:
    seeds = (0, 1, 2)
    runs = [new_run(seed=seed) for seed in seeds]
    launcher().submit_together(runs)
    until(lambda: all(run.status()["state"] == "finished" for run in runs), lambda: runs[0].status())
    for run, seed in zip(runs, seeds, strict=True):
        alone = new_run(seed=seed)
        work(alone)
        assert_same(run, alone)
        assert run.status()["together"] == [each.id for each in runs]
        assert "trains with 2 others" in (run.path / "log.txt").read_text()
        assert not (run.path / ".reserve").exists()


def test_a_killed_job_resumes_each_from_its_own_checkpoint(new_run, until) -> None:
    runs = [new_run(seed=seed, **LONG) for seed in (0, 1)]
    handle = launcher().submit_together(runs)
    until(lambda: all(len(run.checkpoints()) > 2 for run in runs), lambda: [run.status() for run in runs])
    os.kill(handle["pid"], signal.SIGKILL)
    until(lambda: all(run.status()["state"] == "interrupted" for run in runs))
    launcher().submit_together(runs)
    until(lambda: all(run.status()["state"] == "finished" for run in runs), lambda: runs[0].status())
    alone = new_run(seed=1, **LONG)
    work(alone)
    assert_same(runs[1], alone)


def test_pausing_and_stopping_one_leaves_the_other_training(new_run, until) -> None:
    paused, stopped, free = (new_run(seed=seed, **LONG) for seed in (0, 1, 2))
    launcher().submit_together([paused, stopped, free])
    until(lambda: all(run.status().get("epoch") for run in (paused, stopped, free)))
    paused.control("pause")
    until(lambda: paused.status()["state"] == "paused")
    halted = paused.status()["epoch"]
    stopped.control("stop")
    until(lambda: stopped.status()["state"] == "stopped", stopped.status)
    until(lambda: free.status()["state"] == "finished", free.status)
    assert paused.status()["state"] == "paused"
    assert paused.status()["epoch"] == halted
    paused.control("step_epoch")
    until(lambda: paused.status()["epoch"] == halted + 1 and paused.status()["state"] == "paused")
    work(stopped, resume=True)  # alone, while the job still holds the paused one
    assert stopped.status()["state"] == "finished"
    paused.control("continue")
    until(lambda: paused.status()["state"] == "finished", paused.status)
    alone = new_run(seed=0, **LONG)
    work(alone)
    np.testing.assert_array_equal(paused.latents(paused.epochs()[-1].key), alone.latents("00400"))


def test_one_that_breaks_leaves_the_others_training(new_run) -> None:
    wild = {"settings": {"learning_rate": 10.0, "optimizer": "sgd", "pretrain_epochs": 40}}
    good, bad = new_run("autoencoder"), new_run("autoencoder", **wild)
    states = [status["state"] for status in Job([good, bad]).work()]
    assert states == ["finished", "failed"]
    assert "learning rate" in bad.status()["error"]["hint"]


def test_one_with_a_damaged_checkpoint_leaves_the_others_training(new_run) -> None:
    whole, damaged = (new_run(seed=seed, **LONG) for seed in (0, 1))
    for run in (whole, damaged):
        run.control("stop")
        work(run)
    kept = damaged.path / "checkpoints" / f"{damaged.checkpoints()[-1]}.safetensors"
    kept.write_bytes(kept.read_bytes()[:100])
    assert [status["state"] for status in Job([damaged, whole]).work()] == ["failed", "finished"]
    assert "checkpoint" in damaged.status()["error"]["message"]


def test_who_is_trained_elsewhere_or_over_is_left_out(new_run, capsys) -> None:
    over, fresh = new_run(seed=0), new_run(seed=1)
    work(over)
    before = (over.path / "status.json").read_bytes()
    assert [status["state"] for status in Job([over, fresh]).work()] == ["finished"]
    assert (over.path / "status.json").read_bytes() == before
    assert "is finished" in capsys.readouterr().err
    other = new_run(seed=2)
    with training_lock(other.path), pytest.raises(RunBusyError):
        launcher().submit_together([new_run(seed=3), other])


def test_runs_of_different_data_are_refused(new_run) -> None:
    with pytest.raises(RunError, match="share their dataset_options"):
        Job([new_run(n=60), new_run(n=80)])


def test_a_sweep_over_seeds_and_thresholds_is_one_process(store) -> None:
    command = [
        sys.executable, "-m", "dcviz", "sweep", "rdc", "arcs", "--over", "lambda_ratio=0.3,0.8",
        "--seeds", "0,1", "--together", "4", "--data", "n=120", "--set", "pretrain_epochs=3",
        "--set", "finetune_epochs=3", "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)["rows"]
    assert {(row["lambda_ratio"], row["seed"]) for row in rows} == {
        (r, s) for r in (0.3, 0.8) for s in (0, 1)
    }
    assert {row["state"] for row in rows} == {"finished"}
    assert len({run.status()["pid"] for run in store.list()}) == 1
    alone = store.by_id(rows[0]["run"])
    assert len(alone.status()["together"]) == 4


def test_a_grid_of_thresholds_branches_from_one_checkpoint_in_one_process(new_run, store) -> None:
    parent = new_run()
    work(parent)
    command = [
        sys.executable, "-m", "dcviz", "sweep", "--from", parent.id, "--over", "lambda_ratio=0.3,0.8",
        "--together", "2", "--json",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = json.loads(done.stdout)["rows"]
    found = sorted((row["lambda_ratio"], row["state"]) for row in rows)
    assert found == [(0.3, "finished"), (0.8, "finished")]
    for row in rows:
        run = store.by_id(row["run"])
        assert run.spec["parent"] == {"id": parent.id, "key": "00003"}
        assert len(run.status()["together"]) == 2
        ratio = {"lambda_ratio": row["lambda_ratio"]}
        alone = branch(parent, branch_wish(parent, "00003", settings=ratio, start_phase=1), store=store)
        work(alone)
        assert_same(run, alone)


def test_a_branch_cut_off_while_it_was_made_is_made_again(new_run, store, monkeypatch) -> None:
    parent = new_run()
    work(parent)
    over = (axis("lambda_ratio=0.3,0.8", "rdc"),)
    sweep = create(checked(Plan("rdc", "arcs", over, origin=origin_of(parent))), store)

    def cut_off(path, line) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("dcviz.engine.branch.append_line", cut_off)
        with pytest.raises(KeyboardInterrupt):
            Driver(sweep, submit=lambda run, again: work(run, resume=again)).drive()
    assert [half_made(run) for run in store.list() if run.spec.get("parent")] == [True]
    assert Driver(open_sweep(sweep.id, store), submit=lambda run, again: work(run, resume=again)).drive()
    found = table(sweep)
    assert set(found["state"]) == {"finished"}
    for run in (store.by_id(each) for each in found["run"]):
        assert [epoch.key for epoch in run.epochs()][:5] == ["00000", "00001", "00002", "00003", "00004"]


def test_a_run_that_has_not_reached_its_switch_is_no_origin(new_run) -> None:
    early = new_run(**LONG)
    early.control("stop")
    work(early)
    with pytest.raises(RequestError, match="keeps no checkpoint at its switch, epoch 300"):
        origin_of(early)
    assert origin_of(early, early.checkpoints()[-1]).start_phase is None


def test_a_sweep_from_a_run_keeps_its_method_and_data(new_run, capsys) -> None:
    parent = new_run()
    over = ["--over", "lambda_ratio=0.3,0.8"]
    assert main(["sweep", "dec", "arcs", "--from", parent.id, *over]) == 2
    assert "leave METHOD, --data, --preset out" in capsys.readouterr().err
    assert main(["sweep", "--from", parent.id, *over]) == 2
    assert "has no checkpoint at all to branch from" in capsys.readouterr().err
    work(parent)
    assert main(["sweep", "--from", f"{parent.id}:00099", *over]) == 2
    assert "has no checkpoint 00099" in capsys.readouterr().err
    assert main(["sweep", "--from", parent.id, *over, "--cost"]) == 0
    assert "2 combinations x 1 seeds = 2 trainings" in capsys.readouterr().out
