import numpy as np
import pytest

from dcviz.engine.branch import branch, branch_wish
from dcviz.engine.worker import work
from dcviz.runs import Run, shards


@pytest.fixture
def parent(new_run) -> Run:
    run = new_run(settings={"pretrain_epochs": 3, "finetune_epochs": 4})
    work(run)
    return run


def test_a_branch_has_its_parents_past_and_its_own_future(parent: Run, store) -> None:
    request = branch_wish(parent, 4, settings={"lambda_ratio": 0.1, "finetune_epochs": 6})
    child = branch(parent, request, store=store)
    assert child.spec["parent"] == {"id": parent.id, "key": "00004"}
    assert [epoch.key for epoch in child.epochs()] == ["00000", "00001", "00002", "00003", "00004"]
    assert work(child)["state"] == "finished"
    assert [epoch.position for epoch in child.epochs()] == list(range(10))
    for key in ("00000", "00004"):
        np.testing.assert_array_equal(child.latents(key), parent.latents(key))
    assert not np.array_equal(child.latents("00006"), parent.latents("00006"))
    assert child.spec["settings"]["lambda_ratio"] == 0.1
    assert child.switch == 3
    assert child.name.endswith(", seed 0, from 4 with finetune_epochs 6, lambda_ratio 0.1")
    assert child.events()[0]["type"] == "branch"
    assert child.events()[0]["parent"] == parent.id


def test_a_branch_with_the_same_settings_is_the_parent_again(parent: Run, store) -> None:
    child = branch(parent, branch_wish(parent, 2), store=store)
    assert child.name.endswith(", seed 0, from 2")
    work(child)
    for epoch in parent.epochs():
        assert child.latents(epoch.key).tobytes() == parent.latents(epoch.key).tobytes()
        assert child.epoch(epoch.key).scores == epoch.scores


def test_a_branch_outlives_its_parent(parent: Run, store) -> None:
    child = branch(parent, branch_wish(parent, 3, settings={"tau_distance": 0.2}), store=store)
    parent.delete()
    assert child.latents("00001").shape == (120, 2)
    assert work(child)["state"] == "finished"
    assert len(child.epochs()) == 8


def test_a_branch_of_latents_in_several_files_is_the_same(new_run, store, monkeypatch) -> None:
    monkeypatch.setattr(shards, "SHARD_ROWS", 50)
    parent = new_run()
    work(parent)
    assert len(shards.latent_files(parent.path, "00002")) == 3
    child = branch(parent, branch_wish(parent, 2), store=store)
    parent_latents = {epoch.key: parent.latents(epoch.key).tobytes() for epoch in parent.epochs()}
    parent.delete()
    work(child)
    assert {epoch.key: child.latents(epoch.key).tobytes() for epoch in child.epochs()} == parent_latents


def test_a_phase_can_begin_earlier_in_a_branch(parent: Run, store) -> None:
    request = branch_wish(parent, 1, start_phase=1, settings={"finetune_epochs": 2})
    assert request.phases == (("pretraining", 1), ("proximity", 2))
    child = branch(parent, request, store=store)
    work(child)
    assert [(epoch.position, epoch.phase) for epoch in child.epochs()] == [
        (0, "pretraining"), (1, "pretraining"), (2, "proximity"), (3, "proximity"),
    ]  # fmt: skip
    assert child.switch == 1


def test_a_branch_that_was_stopped_resumes(parent: Run, store) -> None:
    child = branch(parent, branch_wish(parent, 3, settings={"finetune_epochs": 30}), store=store)
    (child.path / "control").mkdir()
    (child.path / "control" / "stop").touch()
    assert work(child)["state"] == "stopped"
    assert work(child, resume=True)["state"] == "finished"
    assert child.epochs()[-1].position == 33


@pytest.mark.parametrize(
    ("key", "choices", "words"),
    [
        (99, {}, "no checkpoint at 00099 to branch from; it has: 00000"),
        (7, {}, "nothing is left to train.*ends at epoch 7"),
        (4, {"settings": {"latent_dim": 5}}, "latent_dim cannot change in a branch"),
        (4, {"settings": {"network": "fc"}}, "network cannot change"),
        (5, {"settings": {"pretrain_epochs": 6}}, "leave the epochs of past phases"),
        (4, {"settings": {"what": 1}}, "no setting 'what'"),
        (4, {"start_phase": 5}, "start_phase must lie in 0 to 1"),
    ],
)
def test_what_cannot_be_branched(parent: Run, key: int, choices: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        branch_wish(parent, key, **choices)
