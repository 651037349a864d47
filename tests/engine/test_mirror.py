"""A run in two places without a common disk: copied whole, in order, never shortened."""

import shutil
import sys

import pytest

from dcviz.engine import courier
from dcviz.engine.mirror import Folder, bring_home, carry, send_out
from dcviz.engine.worker import work
from dcviz.runs import Run


@pytest.fixture
def trained(new_run) -> Run:
    run = new_run()
    work(run)
    return run


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_what_is_listed_arrives_whole_and_is_carried_once(trained: Run, kind: str, tmp_path) -> None:
    url = f"{kind}://{tmp_path}/{trained.id}" if kind == "file" else f"memory://runs/{trained.id}"
    away = Folder(f"{kind}://{tmp_path}/away/{trained.id}" if kind == "file" else url)
    first = carry(Folder(str(trained.path)), away)
    assert first > len(trained.epochs())
    assert carry(Folder(str(trained.path)), away) == 0
    back = tmp_path / "back" / trained.id
    carry(away, Folder(str(back)))
    copy = Run(back)
    assert [e.key for e in copy.epochs()] == [e.key for e in trained.epochs()]
    for epoch in copy.epochs():
        assert copy.latents(epoch.key).tobytes() == trained.latents(epoch.key).tobytes()
    assert copy.checkpoints() == trained.checkpoints()
    assert copy.status()["state"] == "finished"


def test_an_old_copy_never_shortens_a_log(trained: Run, tmp_path) -> None:
    away, log = Folder(f"{tmp_path}/away"), trained.path / "metrics.jsonl"
    whole = log.read_bytes()
    carry(Folder(str(trained.path)), away)
    log.write_bytes(whole[: len(whole) // 2])  # half an epoch's line too
    carry(Folder(str(trained.path)), away)
    assert away.read("metrics.jsonl") == whole


def test_requests_travel_out_and_epochs_travel_home(trained: Run, tmp_path) -> None:
    url = f"file://{tmp_path}/away"
    send_out(trained, url)
    (trained.path / "control").mkdir(exist_ok=True)
    (trained.path / "control" / "pause").touch()
    bring_home(trained, url)
    assert (tmp_path / "away" / "control" / "pause").exists()
    assert not (trained.path / "control" / "pause").exists()


def test_a_network_that_is_gone_delays_and_loses_nothing(new_run, tmp_path, monkeypatch) -> None:
    """The courier trains from the node's own folder, and carries the rest when the network is back."""
    run = new_run()
    away = Folder(f"{tmp_path}/away/{run.id}")
    carry(Folder(str(run.path)), away)
    shutil.rmtree(run.path)
    scratch = Folder(f"{tmp_path}/node/{run.id}")
    carry(away, scratch)
    monkeypatch.setattr(courier, "POLL_SECONDS", 0.05)
    rounds, write = [0], Folder.write

    def flaky(self, name: str, data: bytes) -> None:
        if self is away:
            rounds[0] += 1
            if rounds[0] <= 20:
                raise ConnectionError("network is unreachable")
        write(self, name, data)

    monkeypatch.setattr(Folder, "write", flaky)
    command = [sys.executable, "-m", "dcviz.engine.worker", scratch.root, "--resume"]
    assert courier.deliver(scratch, away, command) == 0
    assert rounds[0] > 20
    home = Run(tmp_path / "away" / run.id)
    assert home.status()["state"] == "finished"
    assert len(home.epochs()) == 7
    for epoch in home.epochs():
        assert home.latents(epoch.key).shape == (120, 2)
