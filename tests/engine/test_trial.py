"""Two batches timed in a child say how long a training takes."""

import sys
import time
from collections.abc import Callable

import pytest

from dcviz.engine import trial
from dcviz.engine.estimate import ROUGH, estimate
from dcviz.engine.request import wish
from dcviz.engine.trial import Trials, key_of, question, tried

SMALL = {"n": 200}


@pytest.fixture(autouse=True)
def _no_hesitation(monkeypatch) -> None:
    monkeypatch.setattr(trial, "PATIENCE", 0.0)
    monkeypatch.setattr(trial, "LONGEST", 600.0)


@pytest.mark.parametrize("method", ["rdc", "dec", "autoencoder", "dkm"])
def test_every_phase_has_a_time(method: str) -> None:
    request = wish(method, "arcs", dataset_options=SMALL)
    found = tried(question(request))
    assert list(found) == [name for name, _ in request.phases]
    assert all(0 < seconds < 60 for seconds in found.values())


def test_the_first_batch_of_a_phase_does_not_count(monkeypatch) -> None:
    from models.methods.dec import Clustering

    plain = Clustering.begin
    monkeypatch.setattr(Clustering, "begin", lambda self: (time.sleep(2), plain(self))[1])
    assert tried(question(wish("dec", "arcs", dataset_options=SMALL)))["clustering"] < 2


def test_the_question_is_what_a_batch_depends_on() -> None:
    def key(**own: object) -> str:
        return key_of(question(wish("dec", "arcs", dataset_options={"n": 400}, settings=own)))

    assert key() == key(pretrain_epochs=7)
    assert key() != key(batch_size=32)
    assert key() != key(network="fc")


def test_a_child_finds_out_and_the_answer_stays(until: Callable[..., None]) -> None:
    request = wish("dec", "arcs", dataset_options=SMALL)
    trials = Trials()
    assert trials.seconds(request) is None  # asked for the first time: nothing is started yet
    until(lambda: trials.seconds(request) is not None, lambda: f"pending: {trials.pending(request)}")
    found = trials.seconds(request)
    assert Trials().seconds(request) == found  # another server, later
    assert 0.2 < trials.start_seconds("cpu") < 600  # Python, torch and the model, to the first batch
    cost = estimate(request, trial=found)
    batches = 4 * sum(epochs for _, epochs in request.phases)  # 200 points in batches of 64
    assert cost.seconds == pytest.approx(batches * sum(found.values()) / 2, rel=1e-6)
    assert "two batches" in cost.basis
    assert estimate(request).basis == ROUGH


def test_a_child_that_breaks_is_not_asked_again(monkeypatch, until: Callable[..., None]) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    request, trials = wish("dec", "arcs", dataset_options=SMALL), Trials()

    def asked() -> bool:
        assert trials.seconds(request) is None
        return not trials.pending(request)

    until(asked)


def test_a_changed_wish_ends_the_child_of_the_old_one(until: Callable[..., None]) -> None:
    trials = Trials()
    first, second = (wish(name, "arcs", dataset_options=SMALL) for name in ("dec", "autoencoder"))
    trials.seconds(first)
    trials.seconds(first)
    assert trials._child is not None
    old = trials._child[2]
    until(lambda: trials.seconds(second) is not None)
    assert old.poll() is not None
