"""The keeper, before an engine that says what the test wants: what is lost is sent again, not forever."""

import time

import pytest

from dcviz.engine import keeper
from dcviz.engine.launchers import LAUNCHERS
from dcviz.engine.launchers.starting import announce, handle_of, keep_handle
from dcviz.engine.place import Place
from dcviz.engine.worker import work
from dcviz.runs.errors import RunError


class Cluster:
    """An engine whose jobs are in whatever state is set."""

    title = "a cluster"

    def __init__(self) -> None:
        self.says, self.sent, self.reachable = "waiting", 0, True

    def submit(self, run, resume=False) -> dict:
        self.sent += 1
        announce(run, "waiting", waiting_for="a job")
        keep_handle(run, {"engine": "ray", "job": self.sent})
        return handle_of(run)

    def status(self, handle) -> str:
        return self.says

    def logs(self, run, *, lines=40) -> str:
        return "no such python"

    def fetch(self, run) -> None:
        if not self.reachable:
            raise OSError("network is unreachable")


@pytest.fixture
def cluster(monkeypatch) -> Cluster:
    made = Cluster()
    monkeypatch.setitem(LAUNCHERS, "ray", made)
    monkeypatch.setattr(keeper, "PAUSE_SECONDS", 0.0)
    return made


@pytest.fixture
def away(new_run, cluster: Cluster):
    run = new_run(place=Place("ray", address="http://head:8265"))
    cluster.submit(run)
    return run


def test_a_job_may_wait_for_days(away) -> None:
    keeper.write_json(away.path / "status.json", {**keeper._written(away), "heartbeat": time.time() - 3e5})
    assert keeper.look_after(away)
    assert away.status()["state"] == "queued"
    with pytest.raises(RunError, match="waiting for a job"):
        away.control("pause")


def test_what_is_lost_is_sent_again_but_not_forever(away, cluster) -> None:
    cluster.says = "lost"
    while keeper.look_after(away):
        assert cluster.sent <= keeper.MOST_LOSSES + 1
    assert cluster.sent == keeper.MOST_LOSSES + 1
    assert away.status()["state"] == "failed"
    assert "lost 3 times" in away.status()["error"]["hint"]
    assert [event["type"] for event in away.events()] == ["retry"] * keeper.MOST_LOSSES


def test_a_loss_after_new_epochs_counts_anew(away, cluster) -> None:
    cluster.says = "lost"
    assert keeper.look_after(away)
    assert keeper.look_after(away)
    assert handle_of(away)["losses"] == 2
    work(away, resume=True)
    announce(away, "waiting", waiting_for="a job")
    assert keeper.look_after(away)
    assert handle_of(away)["losses"] == 1


def test_a_job_that_ends_without_a_word_is_a_failure_in_words(away, cluster) -> None:
    cluster.says = "gone"
    assert not keeper.look_after(away)
    assert away.status()["state"] == "failed"
    assert away.status()["error"]["hint"] == "no such python"


def test_a_cluster_that_cannot_be_asked_changes_nothing(away, cluster) -> None:
    cluster.says, cluster.reachable = "unknown", False
    before = away.status()
    assert keeper.look_after(away)
    assert away.status() == before


def test_a_worker_that_writes_is_believed_before_its_cluster(away, cluster) -> None:
    """Cut off from its head, a node goes on training: nothing is sent twice."""
    from dcviz.runs.process import host_name, own_stamp

    mine = {"pid": keeper.os.getpid(), "pid_started": own_stamp(), "host": host_name()}
    keeper.write_json(away.path / "status.json", {"state": "running", "heartbeat": time.time(), **mine})
    cluster.says = "lost"
    assert keeper.look_after(away)
    assert cluster.sent == 1


def test_without_a_shared_disk_a_lost_connection_is_said(away, cluster) -> None:
    from dcviz.engine.place import keep_place

    keep_place(away, Place("ray", address="http://head:8265", folder="s3://bucket"))
    status = {"state": "running", "heartbeat": time.time(), "host": "node-7", "epoch": 3, "error": None}
    keeper.write_json(away.path / "status.json", status)
    cluster.reachable, cluster.says = False, "unknown"
    assert keeper.look_after(away)
    keeper.write_json(away.path / "status.json", {**keeper._written(away), "heartbeat": time.time() - 3600})
    assert away.status()["state"] == "running"
    assert "no connection to s3://bucket: network is unreachable" in away.status()["message"]


def test_a_submission_that_was_cut_off_does_not_wait_forever(new_run, cluster) -> None:
    run = new_run(place=Place("ray", address="http://head:8265"))
    announce(run, "waiting", waiting_for="a job")
    cluster.says = "unknown"
    assert keeper.look_after(run)
    late = {**keeper._written(run), "heartbeat": time.time() - 2 * keeper.HANDOVER_SECONDS}
    keeper.write_json(run.path / "status.json", late)
    assert not keeper.look_after(run)
    assert run.status()["state"] == "failed"


def test_one_keeper_a_store_which_ends_when_nothing_is_left(away, cluster, store, monkeypatch) -> None:
    monkeypatch.setattr(keeper, "POLL_SECONDS", 0.01)
    cluster.says = "gone"
    with keeper_lock(store):
        assert keeper.main([str(store.root)]) == 0  # another one is at work
        assert away.status()["state"] == "queued"
    assert keeper.main([str(store.root)]) == 0
    assert away.status()["state"] == "failed"


def keeper_lock(store):
    import contextlib
    import os

    @contextlib.contextmanager
    def held():
        file = keeper.try_lock(store.root / keeper.LOCK)
        yield
        os.close(file)

    return held()
