import json
import threading
import time

import numpy as np
import pytest

from dcviz.engine.worker import Listener, main, work
from dcviz.runs import Run
from dcviz.runs.errors import RunBusyError, RunError
from dcviz.runs.lock import training_lock


def weights(run: Run, key: str) -> dict[str, bytes]:
    tensors = run.checkpoint(key).tensors
    return {name: array.tobytes() for name, array in tensors.items() if name.startswith("network.")}


def stop_at(run: Run, epoch: int, batch: int = 1) -> Listener:
    """Press stop before this batch, and let the worker's next look at its requests come due."""

    def moved(status: dict) -> None:
        if (status.get("epoch"), status.get("batch")) == (epoch, batch) and status["state"] == "running":
            (run.path / "control" / "stop").touch()
            time.sleep(0.06)

    return Listener(moved=moved)


def test_every_epoch_is_kept_with_all_that_pages_need(new_run) -> None:
    run = new_run()
    status = work(run)
    assert status["state"] == run.status()["state"] == "finished"
    assert [epoch.key for epoch in run.epochs()] == [f"{epoch:05d}" for epoch in range(7)]
    assert [epoch.phase for epoch in run.epochs()] == ["pretraining"] * 4 + ["proximity"] * 3
    assert run.switch == 3
    assert run.labels().shape == run.position().shape == (120,)
    assert run.inputs().shape == (120, 2)
    for epoch in run.epochs():
        assert run.latents(epoch.key).shape == (120, 2)
        assert run.neighbors(epoch.key).indices.shape == (120, 15)
        assert run.assignments(epoch.key).shape == (120,)
        assert set(epoch.scores) >= {"acc", "nmi", "ari", "id", "lid", "curvature", "core_share", "purity"}
    assert [(event["type"], event["epoch"]) for event in run.events()] == [("phase", 3)]
    assert run.spec["labeled"] is True
    assert not (run.path / ".reserve").exists()
    assert not list(run.path.rglob("*.part"))


def test_a_wider_schedule_keeps_fewer(new_run) -> None:
    run = new_run(every=2, checkpoint_every=4, settings={"pretrain_epochs": 5, "finetune_epochs": 4})
    work(run)
    assert [int(epoch.key) for epoch in run.epochs()] == [0, 2, 4, 5, 6, 8, 9]
    assert [int(key) for key in run.checkpoints()] == [0, 4, 5, 8, 9]


def test_permuted_labels_give_the_same_weights(new_run, tmp_path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 3)).astype(np.float32)
    y = np.repeat([0, 1, 2], 30)
    np.savez(tmp_path / "true.npz", x=x, y=y)
    np.savez(tmp_path / "shuffled.npz", x=x, y=rng.permutation(y))
    made = {}
    for name in ("true", "shuffled"):
        run = made[name] = new_run(dataset=str(tmp_path / f"{name}.npz"), dataset_options={})
        work(run)
    last = made["true"].checkpoints()
    assert last == made["shuffled"].checkpoints()
    for key in last:
        assert weights(made["true"], key) == weights(made["shuffled"], key)
    # Both were looked at with their labels, by gradients too.
    for score in ("acc", "randomness_pseudo"):
        found = [run.epochs()[-1].scores[score] for run in made.values()]
        assert None not in found
        assert found[0] != found[1]


@pytest.mark.parametrize(
    ("method", "epoch", "batch"),
    [("autoencoder", 2, 1), ("dec", 2, 0), ("dec", 4, 1), ("rdc", 2, 1), ("rdc", 3, 0), ("rdc", 4, 1)],
)
def test_stop_and_resume_equals_never_stopping(new_run, method: str, epoch: int, batch: int) -> None:
    whole, parted = new_run(method), new_run(method)
    work(whole)
    assert work(parted, listener=stop_at(parted, epoch, batch))["state"] == "stopped"
    assert parted.epochs()[-1].position == epoch + batch / 2
    assert work(parted, resume=True)["state"] == "finished"
    assert weights(parted, whole.checkpoints()[-1]) == weights(whole, whole.checkpoints()[-1])
    for each in whole.epochs():
        assert parted.latents(each.key).tobytes() == whole.latents(each.key).tobytes()
        assert parted.assignments(each.key).tobytes() == whole.assignments(each.key).tobytes()
        assert parted.epoch(each.key).scores == each.scores
        assert parted.epoch(each.key).losses == each.losses
    kinds = [event["type"] for event in parted.events()]
    assert kinds.count("stop") == kinds.count("resume") == 1
    assert kinds.count("phase") == (method != "autoencoder")


def test_resume_from_an_earlier_checkpoint_rewrites_nothing(new_run) -> None:
    run = new_run()
    work(run, listener=stop_at(run, 4))
    before = (run.path / "metrics.jsonl").read_text()
    assert work(run, resume="00001")["state"] == "finished"
    assert (run.path / "metrics.jsonl").read_text().startswith(before)
    keys = [json.loads(line)["key"] for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert len(keys) == len(set(keys))


def test_what_cannot_be_started_says_why(new_run, capsys) -> None:
    run = new_run()
    with training_lock(run.path), pytest.raises(RunBusyError, match="already being trained"):
        work(run)
    with pytest.raises(RunError, match="no checkpoint '00009'"):
        work(run, resume="00009")
    work(run)
    with pytest.raises(RunError, match="finished at epoch 6; branch"):
        work(run, resume=True)
    with pytest.raises(RunError, match="trained before"):
        work(run)
    assert main([run.id]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_second_worker_is_refused_while_the_first_trains(new_run) -> None:
    run = new_run(settings={"pretrain_epochs": 400})
    first = threading.Thread(target=work, args=(run,))
    first.start()
    while not run.epochs():
        time.sleep(0.01)
    with pytest.raises(RunBusyError):
        work(run, resume=True)
    run.control("stop")
    first.join(timeout=20)
    assert run.status()["state"] == "stopped"


def test_paused_stepped_and_continued(new_run) -> None:
    run = new_run(settings={"pretrain_epochs": 30, "finetune_epochs": 0})

    def wait(condition) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    (run.path / "control").mkdir()
    (run.path / "control" / "pause").touch()
    thread = threading.Thread(target=work, args=(run,))
    thread.start()
    wait(lambda: run.status()["state"] == "paused")
    run.control("step_batch")
    wait(lambda: [epoch.key for epoch in run.epochs()] == ["00000", "00000b00001"])
    assert run.epochs()[-1].position == 0.5
    assert run.checkpoints()[-1] == "00000b00001"
    run.control("step_epoch")
    wait(lambda: run.epochs()[-1].key == "00001" and run.status()["state"] == "paused")
    run.control("continue")
    thread.join(timeout=20)
    assert run.status()["state"] == "finished"
    assert {event["type"] for event in run.events()} == {"pause", "continue"}
