import os
import threading
import time
from pathlib import Path

import pytest

from dcviz.engine.control import FileControl

BATCHES = 4


class Trainer(threading.Thread):
    """Asks between batches as `fit` does, and notes every batch and snapshot."""

    def __init__(self, control: FileControl, epochs: int = 50):
        super().__init__(daemon=True)
        self.control, self.epochs = control, epochs
        self.place = (0, 0)
        self.done: list[tuple[int, int]] = []
        self.kept: list[tuple[int, int]] = []

    def run(self) -> None:
        for epoch in range(self.epochs):
            for batch in range(BATCHES):
                iteration = epoch * BATCHES + batch
                verb = self.control.between_batches(epoch, batch, BATCHES, iteration)
                if verb == "snapshot":
                    self.kept.append((epoch, batch))
                    verb = self.control.between_batches(epoch, batch, BATCHES, iteration)
                if verb == "stop":
                    return
                time.sleep(0.002)
                self.done.append((epoch, batch))


@pytest.fixture
def said() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture
def trainer(tmp_path: Path, said: list):
    made = Trainer(FileControl(tmp_path / "control", changed=lambda *what: said.append(what)))
    yield made
    made.control.request("stop")
    made.join(timeout=5)
    assert not made.is_alive()


def ask(trainer: Trainer, action: str) -> None:
    (trainer.control.folder / action).touch()


def settle(trainer: Trainer) -> int:
    """Wait until no batch is done any more; how many were."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < 0.25:
        if len(trainer.done) != seen:
            seen, since = len(trainer.done), time.monotonic()
        time.sleep(0.01)
    return seen


def test_pause_halts_and_continue_goes_on(trainer: Trainer, said: list) -> None:
    trainer.start()
    while len(trainer.done) < 5:
        time.sleep(0.001)
    ask(trainer, "pause")
    before = settle(trainer)
    assert 5 <= before < 200
    assert list(trainer.control.folder.iterdir()) == []
    assert [state for state, _, _ in said] == ["paused"]
    ask(trainer, "continue")
    trainer.join(timeout=5)
    assert len(trainer.done) == 200
    assert [state for state, _, _ in said] == ["paused", "running"]


def test_one_batch_is_one_batch_and_is_kept(trainer: Trainer) -> None:
    ask(trainer, "pause")
    trainer.start()
    assert settle(trainer) == 0
    for steps in (1, 2, 3):
        ask(trainer, "step_batch")
        assert settle(trainer) == steps
    assert trainer.kept == [(0, 1), (0, 2), (0, 3)]


def test_one_epoch_ends_at_its_last_batch(trainer: Trainer) -> None:
    ask(trainer, "pause")
    trainer.start()
    settle(trainer)
    ask(trainer, "step_batch")
    settle(trainer)
    ask(trainer, "step_epoch")
    assert settle(trainer) == BATCHES
    ask(trainer, "step_epoch")
    assert settle(trainer) == 2 * BATCHES
    assert trainer.kept == [(0, 1), (1, 0), (2, 0)]


def test_a_snapshot_does_not_end_a_pause(trainer: Trainer) -> None:
    ask(trainer, "pause")
    trainer.start()
    settle(trainer)
    for _ in range(2):
        ask(trainer, "snapshot")
        assert settle(trainer) == 0
    assert trainer.kept == [(0, 0)]


def test_a_snapshot_while_running_costs_no_halt(trainer: Trainer) -> None:
    ask(trainer, "snapshot")
    trainer.start()
    trainer.join(timeout=5)
    assert len(trainer.done) == 200
    assert len(trainer.kept) == 1


def test_stop_ends_a_pause_too(trainer: Trainer) -> None:
    ask(trainer, "pause")
    trainer.start()
    settle(trainer)
    ask(trainer, "stop")
    trainer.join(timeout=5)
    assert trainer.done == []


def test_old_requests_are_not_for_this_worker(tmp_path: Path) -> None:
    folder = tmp_path / "control"
    folder.mkdir()
    for name, age in (("stop", 60), ("pause", 0)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - age, time.time() - age))
    control = FileControl(folder)
    control.forget(before=time.time() - 30)
    assert [path.name for path in folder.iterdir()] == ["pause"]
    control.forget()
    assert list(folder.iterdir()) == []


def test_other_files_are_left_alone(trainer: Trainer) -> None:
    (trainer.control.folder / "readme").touch()
    trainer.start()
    trainer.join(timeout=5)
    assert (trainer.control.folder / "readme").exists()
    with pytest.raises(ValueError, match="action must be one of"):
        trainer.control.request("dance")


def test_looking_is_cheap(tmp_path: Path) -> None:
    control = FileControl(tmp_path / "control")
    start = time.perf_counter()
    for iteration in range(10_000):
        control.between_batches(0, iteration, 10_000, iteration)
    assert (time.perf_counter() - start) / 10_000 < 50e-6
