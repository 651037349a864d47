import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from dcviz.runs import Run, RunStore
from dcviz.runs.errors import ReadOnlyRunError, RunError
from dcviz.runs.lock import training_lock
from dcviz.runs.writer import RunWriter


def test_every_listed_epoch_has_its_files(run: Run) -> None:
    assert [epoch.key for epoch in run.epochs()] == ["00000", "00001", "00002", "00003"]
    for epoch in run.epochs():
        assert run.latents(epoch.key).dtype == np.float32
        assert run.latents(epoch.key).shape == (40, 2)
        assert run.assignments(epoch.key).shape == (40,)
        assert run.neighbors(epoch.key).indices.shape == (40, 15)
        assert run.confidence(epoch.key) is None


@pytest.mark.parametrize("broken_step", ["write_array", "write_arrays", "append_line"])
def test_an_epoch_that_could_not_be_stored_is_not_listed(
    run: Run, monkeypatch, append_epoch, broken_step: str
) -> None:
    def full(*args, **kwargs) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"dcviz.runs.writer.{broken_step}", full)
    with pytest.raises(OSError, match="No space"):
        append_epoch(RunWriter(run), "00004")
    monkeypatch.undo()
    assert run.epochs()[-1].key == "00003"
    append_epoch(RunWriter(run), "00004")
    assert run.epochs()[-1].key == "00004"


def test_metrics_are_parsed_as_they_grow(run: Run) -> None:
    first = run.epochs()
    assert run.epochs() is first
    log = run.path / "metrics.jsonl"
    with open(log, "a") as file:
        file.write('{"key": "00004", "epoch": 4, "phase": "prox')
        file.flush()
        assert run.epochs() == first
        file.write('imity"}\n')
    assert run.epochs()[-1].phase == "proximity"


def test_damaged_lines_are_skipped(run: Run) -> None:
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write(
            'nonsense\n[]\n{"key": "../../x", "epoch": 1}\n{"epoch": 9}\n{"key": "00007", "epoch": 7}\n'
        )
    assert [epoch.key for epoch in run.epochs()][-2:] == ["00003", "00007"]


def test_a_snapshot_inside_an_epoch_lies_between(run: Run) -> None:
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"key": "00001b00012", "epoch": 1.5, "batch": 12}\n')
    assert [epoch.key for epoch in run.epochs()] == ["00000", "00001", "00001b00012", "00002", "00003"]
    assert run.epoch("00001b00012").position == 1.5
    assert (run.epoch("00001b00012").epoch, run.epoch("00001b00012").batch) == (1, 12)


def test_a_reason_stands_beside_what_is_null(run: Run) -> None:
    epoch = run.epoch(2)
    assert epoch.scores == {"id": None}
    assert epoch.reasons == {"id": "too few points"}


def test_an_absent_epoch_is_said_to_be_absent(run: Run) -> None:
    with pytest.raises(RunError, match=r"00009 is not stored.*00000 to 00003"):
        run.epoch(9)


@pytest.mark.parametrize("key", ["../run", "1", "00001/..", "00001.npy", "", "٠٠٠٠١", "00001\n"])
def test_a_key_is_never_a_path(run: Run, key: str) -> None:
    with pytest.raises(RunError, match="key looks like"):
        run.latents(key)


def test_a_copy_of_the_folder_opens_anywhere(run: Run, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(run.path, tmp_path / "elsewhere" / "copied"))
    shutil.rmtree(run.path)
    other = RunStore(tmp_path / "none").open(copy)
    assert other.id == "copied"
    assert [epoch.key for epoch in other.epochs()] == ["00000", "00001", "00002", "00003"]
    assert other.neighbors(3).width == 15
    assert other.labels().tolist() == (np.arange(40) % 4).tolist()
    assert other.checkpoint("00002").meta == {"epoch": 2}


def test_phases_say_where_the_switch_is(run: Run, store: RunStore, spec: dict) -> None:
    assert run.switch == 2.0
    assert store.create({**spec, "phases": [["training", 5]]}).switch is None
    assert store.create({**spec, "phases": [["training", 5], ["proximity", 0]]}).switch is None


def test_checkpoints_survive_bit_by_bit(run: Run) -> None:
    assert run.checkpoints() == ("00002",)
    stored = run.checkpoint("00002")
    assert stored.tensors["w"].tobytes() == run.latents(2)[:3].tobytes()
    path = run.path / "checkpoints" / "00002.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(RunError, match="cannot be read"):
        run.checkpoint("00002")
    with pytest.raises(RunError, match="no checkpoint"):
        run.checkpoint("00001")


def test_the_threshold_table_is_counted_from_the_stored_graph(run: Run) -> None:
    table = run.table(3, 5)
    distances = run.neighbors(3).distances
    row, _ = table.cell(0.5, 0.1)
    ratio = distances[:, 0] / distances[:, 4]
    assert table.core[row] == (ratio > table.lambda_axis[row]).sum()


def test_a_checkpoint_counts_once_its_epoch_is_listed(run: Run) -> None:
    """The worker was killed after the checkpoint and before the line."""
    (run.path / "checkpoints" / "00004.safetensors").write_bytes(b"whole, but nobody knows its epoch")
    assert run.checkpoints() == ("00002",)


def test_name_and_tags(run: Run) -> None:
    assert run.name == "rdc on arcs, seed 3"
    run.rename("  twist, third try ")
    run.set_tags(["paper", " ", "seed"])
    assert (run.name, run.tags) == ("twist, third try", ("paper", "seed"))
    with pytest.raises(RunError, match="one printable line"):
        run.rename("a\nb")
    run.rename("")
    assert run.name == "rdc on arcs, seed 3"


def test_control_is_a_file_that_only_a_live_run_takes(run: Run) -> None:
    run.control("pause")
    assert [path.name for path in (run.path / "control").iterdir()] == ["pause"]
    with pytest.raises(RunError, match="action must be one of"):
        run.control("../pause")
    (run.path / "status.json").write_text(json.dumps({"state": "finished"}))
    with pytest.raises(RunError, match="is finished"):
        run.control("stop")


def test_a_run_in_training_is_not_deleted(run: Run, store: RunStore) -> None:
    with training_lock(run.path), pytest.raises(RunError, match="being trained"):
        run.delete()
    run.delete()
    assert not run.path.exists()
    assert store.list() == []


def test_the_gallery_is_looked_at_never_changed(run: Run, store: RunStore) -> None:
    shutil.copytree(run.path, store.also[0] / "shown")
    shown = store.by_id("shown")
    assert [epoch.key for epoch in shown.epochs()] == ["00000", "00001", "00002", "00003"]
    for change in (
        lambda: shown.rename("x"),
        lambda: shown.set_tags([]),
        shown.delete,
        lambda: shown.control("stop"),
    ):
        with pytest.raises(ReadOnlyRunError):
            change()
    assert [(each.id, each.read_only) for each in store.list()] == [(run.id, False), ("shown", True)]
