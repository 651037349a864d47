"""What every engine promises: one story, told to each of them.

Only submit, stop and status go to the engine; the rest goes through the run folder, the same for all.
"""

from dcviz.engine.branch import branch, branch_wish
from dcviz.engine.launchers import launcher_of
from dcviz.engine.place import Place, keep_place, place_of
from dcviz.runs import Run
from dcviz.runs.status import ACTIVE

LONG = {"pretrain_epochs": 4000, "finetune_epochs": 2}


def state(run: Run) -> str:
    return str(run.status()["state"])


def test_a_run_lives_the_same_on_every_engine(place: Place, new_run, store, until) -> None:
    run = new_run(place=place, settings=LONG, checkpoint_every=100)
    engine = launcher_of(run)
    assert engine.missing(place_of(run)) is None

    def told() -> str:
        return f"{run.status()}\n{engine.logs(run)}"

    handle = engine.submit(run)
    assert handle["engine"] == place.engine
    assert state(run) in ACTIVE
    until(lambda: len(run.epochs()) > 3, told)  # live curves: epochs come while it trains
    assert state(run) == "running"
    assert engine.status(handle) == "alive"

    run.control("pause")
    until(lambda: state(run) == "paused", told)
    run.control("step_epoch")
    before = run.status()["epoch"]
    until(lambda: run.status()["epoch"] == before + 1 and state(run) == "paused", told)
    until(lambda: run.epochs()[-1].position == before + 1, told)
    run.control("step_batch")
    until(lambda: run.epochs()[-1].position > before + 1, told)
    assert run.epochs()[-1].batch == 1
    run.control("continue")
    until(lambda: run.epochs()[-1].position > before + 3, told)

    engine.stop(run)
    until(lambda: state(run) == "stopped", told)
    until(lambda: engine.status(handle) == "gone", told)
    assert run.checkpoints()[-1] == run.epochs()[-1].key
    stopped = run.epochs()

    handle = engine.submit(run, resume=True)
    until(lambda: len(run.epochs()) > len(stopped) + 3, told)
    assert run.epochs()[: len(stopped)] == stopped
    assert [event["key"] for event in run.events() if event["type"] == "resume"] == [stopped[-1].key]
    listed = run.epochs()
    engine.stop(run, force=True)  # kill
    until(lambda: state(run) not in ACTIVE, told)
    assert run.epochs()[: len(listed)] == listed
    for epoch in run.epochs():
        assert run.latents(epoch.key).shape == (120, 2)

    _a_branch_goes_on(run, place, store, until)


def _a_branch_goes_on(run: Run, place: Place, store, until) -> None:
    """Its first epochs are the parent's; the rest is trained by the same engine, to the end."""
    key = run.checkpoints()[-1]
    start = int(run.epoch(key).position)
    request = branch_wish(run, key, settings={"pretrain_epochs": start + 2})
    child = branch(run, request, store=store)
    keep_place(child, place)
    launcher_of(child).submit(child)
    until(lambda: state(child) == "finished", lambda: f"{child.status()}\n{launcher_of(child).logs(child)}")
    assert child.epochs()[-1].position == start + 4
    assert child.spec["parent"] == {"id": run.id, "key": key}
