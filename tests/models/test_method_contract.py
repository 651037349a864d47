"""What every method of the catalog promises, whatever it learns."""

import ast
import inspect
import json
from pathlib import Path

import numpy as np
import pytest

import models
from models.catalog import METHODS, fit_plan
from models.checkpoint import CheckpointError
from models.plan import PHASE_EPOCHS
from models.schedule import Schedule
from models.snapshot import Checkpoint
from models.training import fit

EVERY_CHECKPOINT = Schedule(checkpoint_every=1)
TWO_PHASES = [name for name, entry in METHODS.items() if len(entry.phases) >= 2]


class Script:
    """A control that answers from a list, then "go"."""

    def __init__(self, *verbs):
        self.verbs, self.asked = list(verbs), []

    def between_batches(self, epoch, batch, batches, iteration):
        self.asked.append((epoch, batch, batches, iteration))
        return self.verbs.pop(0) if self.verbs else "go"


@pytest.fixture(scope="module", params=METHODS)
def method_id(request):
    return request.param


def weights(snapshot):
    return {k: v for k, v in snapshot.checkpoint.tensors.items() if k.startswith("network.")}


def a_weight(snapshot):
    return next(name for name in weights(snapshot) if "encoder" in name and name.endswith("weight"))


def same(a, b):
    assert a.keys() == b.keys()
    for name, value in a.items():
        np.testing.assert_array_equal(value, b[name], err_msg=name)


def test_one_snapshot_an_epoch_phases_in_order(train, short, method_id, pictures):
    settings = short(method_id)
    snapshots = train(method_id)
    plan = fit_plan(method_id, settings, len(pictures))
    assert [s.epoch for s in snapshots] == list(range(plan.epochs + 1))
    expected = [(leg.phase_index, leg.phase) for leg in plan.legs for _ in range(leg.start, leg.end)]
    assert [(s.phase_index, s.phase) for s in snapshots[1:]] == expected
    assert (snapshots[0].phase, snapshots[0].losses) == (METHODS[method_id].phases[0], {})
    assert [s.iteration for s in snapshots] == [e * plan.batches_per_epoch for e in range(plan.epochs + 1)]
    assert {s.batches for s in snapshots} == {4}


def test_snapshots_hold_finite_named_losses_and_latents(train, method_id):
    for snapshot in train(method_id)[1:]:
        assert "total" in snapshot.losses
        assert len(snapshot.losses) >= 2
        assert all(np.isfinite(value) for value in snapshot.losses.values())
        assert snapshot.latents.dtype == np.float32
        assert snapshot.latents.shape == (70, 3)
        assert snapshot.seconds > 0


def test_own_assignments_are_complete(train, method_id):
    last = train(method_id)[-1]
    if last.assignments is None:
        assert not METHODS[method_id].needs_clusters
        return
    assert last.assignments.dtype == np.int32
    assert last.centers.shape == (3, 3)
    assert ((last.assignments >= 0) & (last.assignments < 3)).all()
    assert ((last.confidence >= 0) & (last.confidence <= 1 + 1e-6)).all()


def test_extras_are_those_the_catalog_describes(train, method_id):
    described = METHODS[method_id].extras
    seen = set()
    for snapshot in train(method_id):
        for name, value in snapshot.extras.items():
            kind = described[name].kind
            assert np.isfinite(value).all()
            assert isinstance(value, float) if kind == "number" else isinstance(value, np.ndarray)
            assert kind != "points" or len(value) == 70
        seen |= snapshot.extras.keys()
    assert seen == described.keys()


def test_training_moves_every_trained_weight(train, method_id):
    first, *_, last = (weights(s) for s in train(method_id) if s.checkpoint)
    assert all((first[name] != last[name]).any() for name in first)


def test_same_seed_same_weights_other_seed_other_weights(train, method_id):
    one, two, other = train(method_id), train(method_id), train(method_id, seed=2)
    same(one[-1].checkpoint.tensors, two[-1].checkpoint.tensors)
    name = a_weight(one[0])
    assert (one[0].checkpoint.tensors[name] != other[0].checkpoint.tensors[name]).any()


def test_resume_from_every_checkpoint_is_exact(train, method_id):
    whole = train(method_id, schedule=EVERY_CHECKPOINT)
    for start in whole[:-1]:
        stored = Checkpoint(start.checkpoint.tensors, json.loads(json.dumps(start.checkpoint.meta)))
        rest = train(method_id, checkpoint=stored, schedule=EVERY_CHECKPOINT)
        assert [s.epoch for s in rest] == list(range(start.epoch + 1, whole[-1].epoch + 1))
        same(rest[-1].checkpoint.tensors, whole[-1].checkpoint.tensors)
        assert rest[-1].losses == whole[-1].losses
    assert train(method_id, checkpoint=whole[-1].checkpoint) == []


def test_resume_inside_an_epoch_is_exact(train, method_id):
    whole = train(method_id)
    epochs = whole[-1].epoch
    stop_at = (epochs - 1) * 4 + 2
    stopped = train(method_id, control=Script(*["go"] * stop_at, "stop"))[-1]
    assert (stopped.epoch, stopped.batch, stopped.iteration) == (epochs - 1, 2, stop_at)
    assert stopped.position == epochs - 0.5
    (last,) = train(method_id, checkpoint=stopped.checkpoint)
    same(last.checkpoint.tensors, whole[-1].checkpoint.tensors)
    assert last.losses == whole[-1].losses


def test_a_snapshot_inside_an_epoch_changes_nothing(train, method_id):
    whole = train(method_id)
    control = Script("go", "go", "snapshot")
    asked = train(method_id, control=control)
    assert [(s.epoch, s.batch) for s in asked[:3]] == [(0, 0), (0, 2), (1, 0)]
    assert asked[1].checkpoint is not None
    assert asked[1].losses.keys() == whole[1].losses.keys()
    same(asked[-1].checkpoint.tensors, whole[-1].checkpoint.tensors)
    assert control.asked[:3] == [(0, 0, 4, 0), (0, 1, 4, 1), (0, 2, 4, 2)]


def test_the_schedule_leaves_training_alone(train, method_id):
    whole = train(method_id)
    sparse = train(method_id, schedule=Schedule(every=5, checkpoint_every=100))
    ends = set(range(0, whole[-1].epoch + 1, 3))
    fives = set(range(0, whole[-1].epoch + 1, 5))
    assert {s.epoch for s in sparse} == ends | fives
    assert {s.epoch for s in sparse if s.checkpoint} == ends
    same(weights(sparse[-1]), weights(whole[-1]))


def test_more_epochs_continue_exactly(train, short, method_id):
    settings = short(method_id)
    field = PHASE_EPOCHS[len(METHODS[method_id].phases) - 1]
    longer = short(method_id, **{field: 5})
    epochs = fit_plan(method_id, settings, 70).epochs
    rest = train(method_id, longer, checkpoint=train(method_id, settings)[-1].checkpoint)
    assert [s.epoch for s in rest] == [epochs + 1, epochs + 2]
    same(rest[-1].checkpoint.tensors, train(method_id, longer)[-1].checkpoint.tensors)


def test_branch_goes_on_at_the_epoch_with_other_settings(train, short, method_id):
    start = train(method_id, schedule=EVERY_CHECKPOINT)[2]
    branch = train(method_id, short(method_id, learning_rate=5e-3), checkpoint=start.checkpoint)
    plain = train(method_id, checkpoint=start.checkpoint)
    assert [s.epoch for s in branch] == [s.epoch for s in plain]
    name = a_weight(start)
    assert (branch[-1].checkpoint.tensors[name] != plain[-1].checkpoint.tensors[name]).any()


@pytest.mark.parametrize("second", TWO_PHASES)
def test_second_phase_starts_from_another_methods_checkpoint(train, second):
    start = train("autoencoder", schedule=EVERY_CHECKPOINT)[2]
    branch = train(second, checkpoint=start.checkpoint, start_phase=1, schedule=EVERY_CHECKPOINT)
    phases = [index for index in range(1, len(METHODS[second].phases)) for _ in range(3)]
    assert [(s.epoch, s.phase_index) for s in branch] == list(enumerate(phases, start=3))
    rest = train(second, checkpoint=branch[0].checkpoint)
    assert [s.epoch for s in rest] == [s.epoch for s in branch[1:]]
    same(rest[-1].checkpoint.tensors, branch[-1].checkpoint.tensors)


def test_another_network_is_refused(train, short, method_id):
    start = train(method_id)[0]
    with pytest.raises(CheckpointError, match="latent_dim"):
        train(method_id, short(method_id, latent_dim=2), checkpoint=start.checkpoint)


@pytest.mark.parametrize("n", [2, 19, 20, 40, 41])
def test_odd_numbers_of_points(method_id, short, pictures, n):
    settings = short(method_id, clusters=2)
    snapshots = list(fit(method_id, pictures[:n], scale=1 / 255, settings=settings))
    assert snapshots[-1].latents.shape == (n, 3)
    assert snapshots[-1].batches == -(-n // min(20, n))


def test_no_function_of_models_takes_labels():
    root = Path(models.__file__).parent
    arguments = {
        argument.arg
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.arguments)
        for argument in [*node.args, *node.kwonlyargs, *node.posonlyargs]
    }
    assert "settings" in arguments
    assert not arguments & {"labels", "label", "y", "y_true", "truth", "classes"}
    assert "labels" not in inspect.signature(fit).parameters
