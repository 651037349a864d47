"""What a large epoch says before it is listed: in order, with numbers early, and silent when it is over."""

import io
import time

import numpy as np
import pytest

from dcviz.cli.progress import Progress
from dcviz.engine import reporter, watch
from dcviz.engine.reporter import Reporter
from dcviz.engine.watch import Watch
from dcviz.geometry import search
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs.writer import RunWriter
from tests.engine.test_recorder import recorder, snapshot


@pytest.fixture
def large(monkeypatch) -> None:
    """Ninety points count as many, and are searched cell by cell."""
    monkeypatch.setattr(watch, "LARGE_SET", 50)
    for name, value in {
        "LARGE_SET": 50,
        "SMALL_SET": 0,
        "QUICK_SECONDS": -1,
        "has_faiss": lambda: False,
    }.items():
        monkeypatch.setattr(search, name, value)


def test_a_large_epoch_tells_what_is_done_and_what_was_seen(new_run, large) -> None:
    run, told = new_run(), []
    with recorder(run, telling=told.append) as made:
        made.put(snapshot(3))
    assert told[0] == "epoch 3: a first look at 90 points"
    assert told[1].startswith("epoch 3: loss 1, ID of the whole ")
    assert "by 90 random points; now finding the 15 nearest neighbors of each of 90 points" in told[1]
    assert [text.rpartition(", ")[2] for text in told if text.endswith("%")][-1] == "100%"
    assert told[-2].endswith("; now clusters and scores of all points")
    assert told[-1] == ""
    assert run.neighbors(3).backend.startswith("cells")


def test_a_small_epoch_says_nothing(new_run) -> None:
    told: list[str] = []
    with recorder(new_run(), telling=told.append) as made:
        made.put(snapshot(0))
    assert told == []


def test_what_cannot_be_stored_leaves_no_word_behind(new_run, large, monkeypatch) -> None:
    def full(*args, **kwargs) -> None:
        raise OSError(28, "No space left on device")

    told: list[str] = []
    made = recorder(new_run(), telling=told.append)
    monkeypatch.setattr("dcviz.runs.writer.write_array", full)
    made.put(snapshot(0))
    with pytest.raises(OSError, match="No space"):
        made.close()
    assert told[-1] == ""


def test_latents_that_are_no_numbers_are_the_search_s_to_name(large) -> None:
    broken = snapshot(0)
    broken.latents[7, 0] = np.nan
    with pytest.raises(ValueError, match="Row 7"):
        Watch(broken, lambda text: None).neighbors(m=5, thresholds=Thresholds())


def test_the_pulse_writes_it_and_moves_of_the_training_keep_it(new_run, monkeypatch) -> None:
    monkeypatch.setattr(reporter, "HEARTBEAT_SECONDS", 0.01)
    run, heard = new_run(), []
    with Reporter(RunWriter(run), listener=lambda status: heard.append(status.get("scoring"))) as made:
        made.score("epoch 0: a first look")
        made.move(1, 2, 3)
        deadline = time.monotonic() + 30
        while run.status().get("scoring") != "epoch 0: a first look" and time.monotonic() < deadline:
            time.sleep(0.01)
        assert run.status()["scoring"] == "epoch 0: a first look"
        assert heard[-1] == "epoch 0: a first look"
        made.score("")
        made.update(state="finished")
    assert "scoring" not in run.status()
    assert heard[-1] is None


def test_a_pipe_gets_a_line_now_and_then(monkeypatch) -> None:
    now, out = [100.0], io.StringIO()
    monkeypatch.setattr("dcviz.cli.progress.time.monotonic", lambda: now[0])
    lines = Progress(out, phases=[["pretraining", 30]])
    moved = {"state": "running", "epoch": 0, "batch": 0, "batches": 4, "phase": "pretraining"}
    for share in range(50):
        lines.moved({**moved, "scoring": f"epoch 0: {share}"})
        lines.moved(moved)
        now[0] += 0.125
    assert out.getvalue().splitlines() == ["epoch 0: 0", "epoch 0: 16", "epoch 0: 32", "epoch 0: 48"]
