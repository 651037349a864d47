import os
import threading
from pathlib import Path

import pytest

from dcviz.runs import Run, RunStore, default_store
from dcviz.runs.errors import RunBusyError, RunError
from dcviz.runs.lock import is_locked, training_lock
from dcviz.runs.store import GALLERY


def test_an_empty_store_is_empty(tmp_path: Path) -> None:
    assert RunStore(tmp_path / "nowhere").list() == []


def test_newest_first(store: RunStore, spec: dict) -> None:
    for day in ("01", "03", "02"):
        store.create({**spec, "created": f"2026-11-{day}T00:00:00+0000"})
    assert [run.spec["created"][8:10] for run in store.list()] == ["03", "02", "01"]


def test_two_runs_never_share_a_folder(store: RunStore, spec: dict) -> None:
    made: list[Run] = []
    threads = [threading.Thread(target=lambda: made.append(store.create(spec))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run.id for run in made}) == 8
    assert len(store.list()) == 8


def test_a_second_start_in_one_folder_is_refused(store: RunStore, spec: dict, tmp_path: Path) -> None:
    run = store.create(spec, path=tmp_path / "mine")
    assert run.id == run.spec["id"] == "mine"
    with pytest.raises(RunError, match=r"not empty.*resume"):
        store.create(spec, path=tmp_path / "mine")
    with pytest.raises(RunError, match="its id"):
        store.create(spec, path=tmp_path / "a b")


@pytest.mark.parametrize("ref", ["..", "../runs", "/etc", ".", "", "a/b", "nothing", "a\0b", "x" * 200])
def test_an_id_is_never_a_path(store: RunStore, run: Run, ref: str) -> None:
    with pytest.raises(RunError):
        store.by_id(ref)
    with pytest.raises(RunError):
        store.open(ref)


def test_a_reference_is_an_id_or_a_folder(store: RunStore, run: Run) -> None:
    assert store.open(run.id) is store.by_id(run.id) is store.open(run.path) is run


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"method": 3, "dataset": "a"}', '{"method": "rdc"}']
)
def test_a_broken_run_is_shown_and_breaks_nothing(store: RunStore, run: Run, text: str) -> None:
    bad = store.root / "bad"
    bad.mkdir()
    (bad / "run.json").write_text(text)
    (store.root / "lost").mkdir()
    (store.root / "lost" / "metrics.jsonl").write_text('{"key": "00000", "epoch": 0}\n')
    (store.root / "no-run").mkdir()
    (store.root / "file").write_text("x")
    found = {each.id: each for each in store.list()}
    assert set(found) == {"bad", "lost", run.id}
    assert "run.json" in found["bad"].broken
    assert "run.json" in found["lost"].broken
    assert found["bad"].status()["state"] == "broken"
    assert found["bad"].name == "bad"
    (bad / "run.json").write_text('{"method": "rdc", "dataset": "arcs"}')
    assert store.by_id("bad").broken is None


def test_a_run_made_anew_under_an_old_id_is_not_the_old_one(store: RunStore, run: Run, spec: dict) -> None:
    assert run.epochs()
    run.delete()
    store.create({**spec, "seed": 9}, path=run.path)
    assert store.by_id(run.id).epochs() == ()
    assert store.by_id(run.id).spec["seed"] == 9


def test_the_environment_names_the_store(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "here"))
    assert default_store().root == tmp_path / "here"
    assert default_store() is default_store()
    monkeypatch.delenv("DCVIZ_RUNS")
    monkeypatch.chdir(tmp_path)
    assert default_store().root == tmp_path / "runs"
    assert default_store().also == (GALLERY,)


def test_a_lock_ends_with_its_holder(run: Run) -> None:
    with training_lock(run.path):
        with pytest.raises(RunBusyError, match="already being trained"), training_lock(run.path):
            pass
        pid = os.fork()
        if pid == 0:
            os._exit(0 if is_locked(run.path / ".lock") else 1)
        assert os.waitpid(pid, 0)[1] == 0
    assert not is_locked(run.path / ".lock")
