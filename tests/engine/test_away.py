"""A shared disk that is gone for a while: the training waits, and nothing listed or trained is lost."""

import os
import shutil
import threading

import pytest

from dcviz.engine.worker import work
from dcviz.runs import writer as pen
from dcviz.runs.run import Run

LONG = {"pretrain_epochs": 120, "finetune_epochs": 2}


def test_a_shared_folder_that_is_gone_for_a_while_costs_nothing(new_run, until) -> None:
    run, whole = new_run(settings=LONG), new_run(settings=LONG)
    seen: dict[str, object] = {}
    training = threading.Thread(target=lambda: seen.update(work(run)))
    training.start()
    until(lambda: len(run.epochs()) > 3)
    root, away = run.path.parent, run.path.parent.with_name("unmounted")
    os.rename(root, away)
    copy = Run(away / run.id)
    # The training goes on until what it holds in memory is full, then waits for the disk.
    listed = copy.epochs()
    stuck = threading.Event()
    for _ in range(20):
        stuck.wait(0.1)
    assert training.is_alive()
    assert copy.epochs()[: len(listed)] == listed
    shutil.rmtree(root, ignore_errors=True)  # a disk that is mounted again hides what was written under it
    os.rename(away, root)
    training.join(180)
    assert seen["state"] == "finished"
    work(whole)
    assert [e.key for e in run.epochs()] == [e.key for e in whole.epochs()]
    for epoch in whole.epochs():
        assert run.latents(epoch.key).tobytes() == whole.latents(epoch.key).tobytes()


def test_a_folder_that_never_comes_back_ends_the_training_in_words(new_run, monkeypatch) -> None:
    monkeypatch.setattr(pen, "AWAY_SECONDS", 0.5)
    run = new_run(settings=LONG)
    writer = pen.RunWriter(run)
    shutil.rmtree(run.path)
    with pytest.raises(FileNotFoundError, match="did not come back"):
        writer.event("pause")
    with pytest.raises(FileNotFoundError):
        writer.status({"state": "running"})
    assert not run.path.exists()
