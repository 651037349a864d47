"""How trainings break, and what is left: full disk, divergence, no memory, a queue that was left."""

import errno
import threading

import pytest

from dcviz.engine.endings import ending_of
from dcviz.engine.together import Job
from dcviz.engine.worker import work
from dcviz.runs.files import write_with
from dcviz.runs.writer import RunWriter


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


def full(*args, **kwargs) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_loses_nothing_that_is_listed(new_run, monkeypatch) -> None:
    run = new_run(settings={"pretrain_epochs": 20})
    room = [30]

    def nearly_full(path, write, *, sync=True) -> None:
        """Room for some files; status.json goes through once the reserve is given back."""
        if path.name != "status.json" or (run.path / ".reserve").exists():
            room[0] -= 1
            if room[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
        write_with(path, write, sync=sync)

    monkeypatch.setattr("dcviz.runs.files.write_with", nearly_full)
    status = work(run)
    monkeypatch.undo()
    assert status["state"] == run.status()["state"] == "failed"
    assert run.status()["error"]["message"] == "No space left on the disk."
    listed = run.epochs()
    assert 1 <= len(listed) < 20
    for epoch in listed:
        assert run.latents(epoch.key).shape == (120, 2)
        assert run.neighbors(epoch.key).width == 15
    assert work(run, resume=True)["state"] == "finished"
    assert len(run.epochs()) == 24


def test_divergence_keeps_the_last_good_checkpoint(new_run) -> None:
    run = new_run("autoencoder", settings={"pretrain_epochs": 60, "optimizer": "sgd", "learning_rate": 10.0})
    status = work(run)
    assert status["state"] == "failed"
    assert "diverged in epoch" in status["error"]["message"]
    assert "reconstruction" in status["error"]["message"] or "total" in status["error"]["message"]
    assert f"The last good checkpoint is {run.checkpoints()[-1]}" in status["error"]["hint"]
    assert "learning_rate 10" in status["error"]["hint"]
    for epoch in run.epochs():
        assert run.latents(epoch.key).shape == (120, 2)
    for array in run.checkpoint(run.checkpoints()[-1]).tensors.values():
        assert array.dtype.kind != "f" or (abs(array) < 1e30).all()


@pytest.mark.parametrize(
    "error",
    [OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB\nand more"), MemoryError("no"),
     RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes")],
)  # fmt: skip
def test_out_of_memory_says_what_to_lower(new_run, error) -> None:
    run = new_run()

    def fit(*args, **kwargs):
        yield from ()
        raise error

    status = work(run, fit=fit)
    assert status["state"] == "failed"
    assert status["error"]["message"].startswith("Out of memory")
    assert "\n" not in status["error"]["message"]
    assert "Lower batch_size (now 64)" in status["error"]["hint"]


def test_a_bug_is_reported_with_its_traceback(new_run) -> None:
    run = new_run()

    def fit(*args, **kwargs):
        yield from ()
        raise KeyError("surprise")

    assert work(run, fit=fit)["error"]["message"] == "KeyError: 'surprise'"
    assert "Traceback" in (run.path / "log.txt").read_text()
    assert "surprise" in (run.path / "log.txt").read_text()


def test_data_that_are_gone_are_a_failure_in_words(new_run, tmp_path) -> None:
    (tmp_path / "x.csv").write_text("a,b,label\n" + "".join(f"{i},{i * i % 7},{i % 2}\n" for i in range(40)))
    run = new_run(dataset=str(tmp_path / "x.csv"), dataset_options={})
    (tmp_path / "x.csv").rename(tmp_path / "y.csv")
    status = work(run)
    assert status["state"] == "failed"
    assert "x.csv" in status["error"]["message"]
    assert "Nothing was trained yet" in status["error"]["hint"]
    assert "resume" in status["error"]["hint"]
    (tmp_path / "y.csv").rename(tmp_path / "x.csv")
    assert work(run, resume=True)["state"] == "finished"


def test_ctrl_c_is_a_stop() -> None:
    assert ending_of(KeyboardInterrupt(), settings={}, kept=()).state == "stopped"


@pytest.mark.parametrize("together", [False, True])
def test_a_full_disk_ends_a_training_where_it_is(new_run, monkeypatch, together) -> None:
    """It went on to its next snapshot, which may be hours away, and only then said that it had failed."""
    run = new_run(settings={"pretrain_epochs": 5000}, every=5000)
    monkeypatch.setattr(RunWriter, "epoch", full)
    status = Job([run]).work()[0] if together else work(run)
    assert status["error"]["message"] == "No space left on the disk."
    assert status["epoch"] < 5000


def test_a_paused_training_says_that_the_disk_is_full(new_run, monkeypatch, until) -> None:
    run = new_run(settings={"pretrain_epochs": 5000}, every=5000)
    paused = threading.Event()

    def full_once_paused(*args, **kwargs) -> None:
        paused.wait(60)
        full()

    monkeypatch.setattr(RunWriter, "epoch", full_once_paused)
    run.control("pause")
    training = threading.Thread(target=work, args=(run,))
    training.start()
    until(lambda: run.status()["state"] == "paused", run.status)
    paused.set()
    until(lambda: run.status()["state"] == "failed", run.status)
    training.join()
