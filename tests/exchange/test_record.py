"""dcviz.record: one line in a training loop, and the epochs of it are a run."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dcviz
from dcviz.data.dataset import DataError
from dcviz.exchange.record import _open
from dcviz.runs import RunStore, default_store

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _all_finished():
    yield
    dcviz.finish()


def record_all(name, latents, **about) -> None:
    for epoch, z in enumerate(latents):
        phase = "first" if epoch < 2 else "second"
        dcviz.record(name, epoch, z, losses={"total": 1 / (epoch + 1)}, phase=phase, **about)
    dcviz.finish(name)


def test_a_loop_becomes_a_run(latents, names) -> None:
    record_all("mine", latents, labels=names, settings={"rate": 0.1}, seed=7)
    run = default_store().by_id("mine")
    assert [epoch.key for epoch in run.epochs()] == ["00000", "00001", "00002"]
    assert [epoch.phase for epoch in run.epochs()] == ["first", "first", "second"]
    assert run.spec["phases"] == [["first", 1], ["second", 1]]
    assert run.switch == 1.0
    assert run.spec["settings"] == {"rate": 0.1}
    assert run.spec["seed"] == 7
    assert run.epochs()[1].losses == {"total": 0.5}
    assert run.epochs()[-1].scores["acc"] == 1.0
    assert run.status()["state"] == "finished"
    assert [event["type"] for event in run.events()] == ["phase"]


def test_it_is_running_while_it_is_recorded(latents) -> None:
    run = dcviz.record("live", 1, latents[0])
    assert run.status()["state"] == "running"
    with pytest.raises(Exception, match="being trained"):
        run.delete()
    dcviz.finish("live")
    assert run.status()["state"] == "finished"


def test_the_loop_may_go_on_writing_into_its_array(latents) -> None:
    buffer = latents[0].copy()
    run = dcviz.record("copied", 1, buffer)
    buffer[:] = 0
    dcviz.finish()
    np.testing.assert_array_equal(run.latents(1), latents[0])


def test_a_second_program_goes_on_where_the_first_stopped(latents, names) -> None:
    record_all("again", latents[:2], labels=names)
    run = dcviz.record("again", 5, latents[2])
    dcviz.finish()
    assert [epoch.epoch for epoch in run.epochs()] == [0, 1, 5]
    assert run.epochs()[-1].scores["acc"] == 1.0, "labels of the first call count"


def test_a_folder_can_be_given(tmp_path, latents) -> None:
    dcviz.record(tmp_path / "deep" / "run-1", 1, latents[0])
    dcviz.finish()
    assert RunStore(tmp_path / "deep").by_id("run-1").epochs()[0].epoch == 1


@pytest.mark.parametrize(
    ("epoch", "z", "more", "words"),
    [
        (-1, np.eye(5), {}, "epoch must be"),
        (1.5, np.eye(5), {}, "epoch must be"),
        (True, np.eye(5), {}, "epoch must be"),
        (1, np.ones(5), {}, "(n, d)"),
        (1, np.full((5, 2), np.nan), {}, "row 0"),
        (1, np.array([["a", "b"]] * 5), {}, "real numbers"),
        (1, [[1, 2], [3]], {}, "must be an array"),
        (1, np.eye(5), {"labels": np.arange(4)}, "one label for each"),
        (1, np.eye(5), {"assignments": np.arange(4)}, "needed (5,)"),
        (1, np.eye(5), {"clusters": 1}, "at least 2"),
        (1, np.eye(5), {"inputs": np.ones((5, 3))}, "inputs must be"),
        (1, np.eye(5), {"color": "red"}, "knows no 'color'"),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(epoch, z, more, words) -> None:
    with pytest.raises(DataError) as caught:
        dcviz.record("bad", epoch, z, **more)
    assert words in str(caught.value)
    assert not (default_store().root / "bad").exists()
    assert not _open


@pytest.mark.parametrize("name", ["..", "", ".hidden", "a b", "a" * 200, "a\0b"])
def test_names_that_are_no_ids(name) -> None:
    with pytest.raises(DataError, match="name"):
        dcviz.record(name, 1, np.eye(5))


def test_epochs_count_upwards_and_shapes_stay(latents) -> None:
    dcviz.record("up", 3, latents[0])
    with pytest.raises(DataError, match="does not come after epoch 3"):
        dcviz.record("up", 3, latents[1])
    with pytest.raises(DataError, match="the epochs before"):
        dcviz.record("up", 4, latents[1][:30])
    run = dcviz.record("up", 5, latents[2])
    dcviz.finish()
    assert [epoch.epoch for epoch in run.epochs()] == [3, 5]


def test_a_trained_run_is_not_written_over(run, latents) -> None:
    with pytest.raises(DataError, match="was not recorded"):
        dcviz.record(run.path, 50, latents[0])


PROGRAM = """
import sys, numpy as np, dcviz
rng = np.random.default_rng(0)
for epoch in range(3):
    dcviz.record(sys.argv[1], epoch, rng.normal(size=(40, 3)), labels=np.arange(40) % 2)
loaded = {"torch", "streamlit", "plotly", "umap", "faiss", "medmnist"} & set(sys.modules)
assert not loaded, loaded
"""


def test_a_program_needs_no_torch_and_ends_whole_by_itself(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "alone")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    run = RunStore(tmp_path).by_id("alone")
    assert len(run.epochs()) == 3
    assert run.status()["state"] == "finished"
