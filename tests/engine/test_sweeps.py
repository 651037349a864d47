"""Sweeps: every combination once, whatever is killed; told beforehand what it costs; no label chooses."""

import os
import time
from dataclasses import replace

import pytest
import torch

pytest.importorskip("optuna", reason="optuna is not installed: pip install -r requirements.txt")

from dcviz.__main__ import main
from dcviz.engine.errors import RequestError
from dcviz.engine.estimate import estimate
from dcviz.engine.place import Place, place_of
from dcviz.engine.sweeps.driver import Driver
from dcviz.engine.sweeps.folder import create, open_sweep, sweeps
from dcviz.engine.sweeps.plan import AS_ONE, Plan, axis, checked, group_size, note_of, plan_from
from dcviz.engine.sweeps.results import table, total_cost
from dcviz.engine.worker import work
from dcviz.runs import Run
from dcviz.runs.files import write_json
from dcviz.runs.process import host_name, own_stamp
from models.catalog import METHODS
from models.method import Data
from models.settings import make

SHORT = {"pretrain_epochs": 1, "finetune_epochs": 1}
FEW = {"n": 60}


def plan(*over: str, **choices) -> Plan:
    axes = tuple(axis(text, "rdc") for text in over)
    return checked(Plan("rdc", "arcs", axes, settings=SHORT, dataset_options=FEW, **choices))


def trained(run: Run, again: bool) -> None:
    work(run, resume=again)


def held(run: Run, again: bool) -> None:
    """An engine that has begun, and goes on and on."""
    living = {"pid": os.getpid(), "pid_started": own_stamp(), "host": host_name(), "heartbeat": time.time()}
    write_json(run.path / "status.json", {"state": "running", "error": None, **living})


def test_a_grid_trains_every_combination_with_every_seed_once(store) -> None:
    sweep = create(plan("gamma=0.1,0.5", "M=5,7", seeds=(0, 1)), store)
    assert Driver(sweep, submit=trained).drive()
    rows = table(sweep)
    assert sorted(zip(rows["gamma"], rows["M"], rows["seed"], strict=True)) == [
        (gamma, M, seed) for gamma in (0.1, 0.5) for M in (5, 7) for seed in (0, 1)
    ]
    assert set(rows["state"]) == {"finished"}
    assert rows["stability"].between(-1, 1).all()
    assert (rows.groupby("combination")["stability"].nunique() == 1).all()
    for run in store.list():
        assert list(run.tags) == [sweep.id]
        assert run.spec["settings"]["M"] in (5, 7)
        assert run.name.endswith(
            f", with gamma {run.spec['settings']['gamma']}, M {run.spec['settings']['M']}"
        )
    assert [each.id for each in sweeps(store)] == [sweep.id]


def test_a_killed_sweep_goes_on_and_makes_nothing_twice(store) -> None:
    sweep = create(plan("gamma=0.1,0.5,0.9"), store)
    begun: list[str] = []

    def killed_at_the_second(run: Run, again: bool) -> None:
        begun.append(run.id)
        if len(begun) == 2:
            raise KeyboardInterrupt
        work(run, resume=again)

    with pytest.raises(KeyboardInterrupt):
        Driver(sweep, submit=killed_at_the_second).drive()
    first = {run.id: run.epochs()[-1].time for run in store.list() if run.epochs()}
    assert Driver(open_sweep(sweep.id, store), submit=trained).drive()
    assert len(store.list()) == 3
    assert set(table(sweep)["gamma"]) == {0.1, 0.5, 0.9}
    for run_id, stamp in first.items():
        assert store.by_id(run_id).epochs()[-1].time == stamp


def test_never_more_at_once_than_asked_for(store) -> None:
    sweep = create(plan("gamma=0.1,0.3,0.5", seeds=(0, 1), at_once=3), store)
    driver = Driver(sweep, submit=held)
    assert not driver.step()
    assert not driver.step()
    assert len(store.list()) == 3


def test_ranges_are_drawn_within_their_ends_and_the_same_again(store) -> None:
    wanted = plan("learning_rate=1e-4..1e-2:log", "M=3..9", search="random", trials=3)
    drawn = []
    for _ in range(2):
        sweep = create(wanted, store)
        assert Driver(sweep, submit=trained).drive()
        drawn.append(table(sweep)[["learning_rate", "M"]])
    assert drawn[0].equals(drawn[1])
    assert drawn[0]["learning_rate"].between(1e-4, 1e-2).all()
    assert drawn[0]["M"].isin(range(3, 10)).all()


def test_tpe_is_told_what_the_objective_was(store) -> None:
    sweep = create(plan("gamma=0.05..1", search="tpe", trials=2), store)
    assert Driver(sweep, submit=trained).drive()
    assert table(sweep)["silhouette"].notna().all()


def test_a_combination_that_fails_holds_nothing_up(store) -> None:
    def broken(run: Run, again: bool) -> None:
        write_json(run.path / "status.json", {"state": "failed", "error": {"message": "x", "hint": ""}})

    sweep = create(plan("gamma=0.1,0.5"), store)
    assert Driver(sweep, submit=broken).drive()
    assert set(table(sweep)["state"]) == {"failed"}
    assert table(sweep)["silhouette"].isna().all()


def test_the_cost_is_that_of_one_times_the_trainings_over_the_slots() -> None:
    wanted = plan("gamma=0.1,0.5", seeds=(0, 1, 2), at_once=2)
    one, cost = estimate(wanted.request({"gamma": 0.1}, 0)), total_cost(wanted)
    assert (cost.combinations, cost.runs) == (2, 6)
    assert cost.seconds == pytest.approx(6 * one.seconds)
    assert cost.wall_seconds == pytest.approx(3 * one.seconds)
    assert cost.bytes == pytest.approx(6 * one.total_bytes, rel=1e-6)


@pytest.mark.parametrize(
    ("over", "choices", "words"),
    [
        (["gamma=0.1,0.5"], {"objective": "acc"}, "labels never choose"),
        (["gamma=0.1..0.5"], {}, "a grid needs values"),
        (["gamma=0.1..0.5"], {"search": "random"}, "needs a number of trials"),
        (["gamma=0.1,0.5"], {"objective": "stability"}, "two or more"),
        (["size=3"], {}, "one of .*gamma"),
        (["gamma=5..1"], {"search": "tpe", "trials": 2}, "low < high"),
        ([], {}, "a setting to vary"),
    ],
)
def test_what_cannot_be_is_refused(over: list[str], choices: dict, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        plan(*over, **choices)


def test_a_plan_comes_back_from_its_file() -> None:
    wanted = plan("gamma=0.1,0.5", "learning_rate=1e-4,1e-3", seeds=(0, 3), place=Place(gpus=0.25))
    assert plan_from(note_of(wanted)) == wanted


def test_the_engine_and_the_share_of_a_gpu_reach_every_training(store) -> None:
    sweep = create(plan("gamma=0.1,0.5", at_once=2, place=Place(gpus=0.5)), store)
    Driver(sweep, submit=held).step()
    assert [place_of(run).share for run in store.list()] == [0.5, 0.5]


def test_the_command_tells_the_cost_and_writes_nothing(store, capsys) -> None:
    asked = ["sweep", "rdc", "arcs", "--over", "gamma=0.1,0.5", "--seeds", "0,1", "--at-once", "2", "--cost"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "2 combinations x 2 seeds = 4 trainings, 2 at once" in said
    assert "no label chooses" in said
    assert not store.root.exists()


def test_trainings_share_a_process_only_where_that_fills_a_gpu() -> None:
    seeds = plan(seeds=(0, 1))
    assert group_size(seeds, "cuda:0") == 25
    assert group_size(seeds, "cpu") == 1
    assert group_size(replace(seeds, together=7), "cpu") == 7
    assert group_size(replace(seeds, place=Place(gpus=0.25)), "cuda") == 1
    assert group_size(replace(seeds, method="vade"), "cuda") == 1
    with pytest.raises(RequestError, match="on this machine only"):
        checked(replace(seeds, together=2, place=Place("slurm")))
    assert plan_from(note_of(replace(seeds, together=3))).together == 3


def test_methods_that_share_a_process_compute_their_batches_as_one() -> None:
    from models.loop import implementation
    from models.stacked import MAY_DIFFER

    for method in AS_ONE:
        entry = METHODS[method]
        x = torch.zeros(20, 4)
        made = implementation(method)(
            make(entry.settings, {"network": "mlp", "clusters": 2}), Data(x), seed=0
        )
        assert all(type(phase) in MAY_DIFFER for phase in made.phases)


def test_tpe_is_asked_for_one_combination_a_process(store) -> None:
    jobs = []
    for search, expected in (("tpe", 2), ("random", 6)):
        wanted = plan("gamma=0.05..1", search=search, trials=3, seeds=(0, 1), together=10)
        driver = Driver(create(wanted, store))
        driver._send = lambda job: jobs.append(len(job)) or True
        driver._start_one()
        assert jobs.pop() == expected
