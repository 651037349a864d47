"""Gradients on a copy: right by the laws of the losses, and without a trace in what is trained."""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import models
from dcviz.geometry.neighbors import neighbor_graph
from models.catalog import METHODS
from models.gradients import Copy
from models.loop import implementation
from models.method import Data
from models.schedule import Schedule
from models.wanted import COMPARABLE, KINDS, NotComparableError, Wanted

SHAPE = (1, 4, 4)
LAST = Schedule(checkpoint_every=100)


@pytest.fixture
def moment(train, short, pictures):
    """The last snapshot of a short training, what is wanted of it, and a copy."""

    def make(method_id, *, rows=None, **changes):
        settings = short(method_id, **changes)
        snapshot = train(method_id, settings, schedule=LAST)[-1]
        graph = neighbor_graph(snapshot.latents, m=9)
        wanted = Wanted(
            snapshot.latents, graph.indices, graph.distances, np.arange(70) % 3, graph.indices % 3 == 0
        )
        return snapshot, wanted, copy_of(method_id, pictures, settings, rows)

    return make


def copy_of(method_id, x, settings, rows=None):
    rows = np.arange(len(x)) if rows is None else rows
    return Copy(method_id, x, rows=rows, scale=1 / 255, image_shape=SHAPE, settings=settings)


def changed(snapshot, **tensors):
    """The checkpoint with other memories of its phase."""
    new = {f"phase.{name}": value for name, value in tensors.items()}
    return replace(snapshot.checkpoint, tensors={**snapshot.checkpoint.tensors, **new})


@pytest.mark.parametrize("method_id", COMPARABLE)
def test_every_loss_has_a_finite_gradient(moment, method_id):
    snapshot, wanted, copy = moment(method_id)
    found = copy.gradients(snapshot.checkpoint, wanted)
    kind = KINDS[type(copy.method.phases[-1])]
    assert (found["self"] is None) == (kind.own is None)
    sizes = {value.shape for value in found.values() if value is not None}
    assert sizes == {(sum(p.numel() for p in copy.encoder),)}
    assert all(np.isfinite(value).all() for value in found.values() if value is not None)
    assert np.abs(found["pseudo"]).max() > 0


@pytest.mark.parametrize(
    ("method_id", "weights"),
    [
        ("idec", lambda s: (1, s.gamma)),
        ("rdc", lambda s: (s.gamma, 1)),
        ("dynae", lambda s: (s.gamma, 1)),
        ("dcn", lambda s: (1, s.beta)),
        ("dkm", lambda s: (1, s.weight)),
    ],
)
def test_the_whole_is_the_weighted_sum_of_its_parts(moment, method_id, weights):
    snapshot, wanted, copy = moment(method_id)
    found = copy.gradients(snapshot.checkpoint, wanted)
    own, pseudo = weights(copy.method.settings)
    expected = own * found["self"] + pseudo * found["pseudo"]
    np.testing.assert_allclose(found["total"], expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("method_id", ["dec", "idec", "dynae", "dcn"])
def test_pseudo_targets_that_are_the_wanted_ones_give_the_wanted_gradient(moment, method_id):
    snapshot, wanted, copy = moment(method_id)
    centers = snapshot.checkpoint.tensors["phase.centers"]
    memory = {
        "dec": {"targets": np.eye(3, dtype=np.float32)[wanted.clusters]},
        "dynae": {"targets": centers[wanted.clusters]},
        "dcn": {"assigned": wanted.clusters.astype(np.int64)},
    }
    right = changed(snapshot, **memory.get(method_id, memory["dec"]))
    found = copy.gradients(right, wanted)
    np.testing.assert_allclose(found["supervised"], found["pseudo"], rtol=1e-4, atol=1e-7)
    before = copy.gradients(snapshot.checkpoint, wanted)
    assert not np.allclose(before["supervised"], before["pseudo"], rtol=1e-2)


def test_all_neighbors_allowed_is_the_loss_itself_and_none_is_no_pull(moment):
    snapshot, wanted, copy = moment("rdc", keep_scale=False)
    everyone = replace(wanted, allowed=np.ones_like(wanted.allowed))
    found = copy.gradients(snapshot.checkpoint, everyone)
    np.testing.assert_array_equal(found["supervised"], found["pseudo"])
    nobody = copy.gradients(snapshot.checkpoint, replace(wanted, allowed=np.zeros_like(wanted.allowed)))
    assert np.abs(nobody["supervised"]).max() < 1e-5 * np.abs(found["pseudo"]).max()


def test_the_supervised_gradient_is_the_slope_of_the_log_likelihood(moment):
    """Central differences in one weight of DEC's encoder: -mean log q of the wanted cluster."""
    snapshot, wanted, copy = moment("dec")
    found = copy.gradients(snapshot.checkpoint, wanted)["supervised"]
    flat = copy.encoder[0].data.view(-1)
    at = int(np.abs(found[: flat.numel()]).argmax())

    def loss(step):
        flat[at] += step
        with torch.no_grad():
            z = copy.method.encoder(copy.method.data.chunk(0, 70)).double()
        flat[at] -= step
        distance = torch.cdist(z, torch.from_numpy(snapshot.checkpoint.tensors["phase.centers"]).double())
        q = 1 / (1 + distance**2)
        q = q / q.sum(1, keepdim=True)
        return -float(q[torch.arange(70), torch.from_numpy(wanted.clusters)].log().mean())

    assert found[at] == pytest.approx((loss(1e-3) - loss(-1e-3)) / 2e-3, rel=1e-2)


@pytest.mark.parametrize("method_id", ["dec", "dynae", "rdc"])
def test_a_few_points_are_those_of_the_whole(moment, pictures, method_id):
    """The mean over all points is the mean over two halves."""
    snapshot, wanted, copy = moment(method_id)
    whole = copy.gradients(snapshot.checkpoint, wanted)
    halves = [
        copy_of(method_id, pictures, copy.method.settings, np.arange(start, 70, 2)).gradients(
            snapshot.checkpoint, wanted
        )
        for start in (0, 1)
    ]
    for name in ("pseudo", "total", "supervised"):
        mean = (halves[0][name] + halves[1][name]) / 2
        np.testing.assert_allclose(mean, whole[name], rtol=1e-3, atol=1e-5 * np.abs(mean).max())


def test_nothing_wanted_and_nothing_comparable_are_said(moment, train, short, pictures):
    snapshot, wanted, copy = moment("idec")
    without = copy.gradients(snapshot.checkpoint, replace(wanted, clusters=None))
    assert without["supervised"] is None
    assert without["self"] is not None
    start = train("idec", schedule=LAST)[0].checkpoint
    with pytest.raises(NotComparableError, match="pretraining makes no targets"):
        copy.gradients(start, wanted)
    with pytest.raises(NotComparableError, match="No point is wanted"):
        copy.gradients(snapshot.checkpoint, replace(wanted, clusters=np.full(70, -1)))
    snapshot, wanted, copy = moment("rdc", M=12)
    with pytest.raises(NotComparableError, match="9 neighbors a point are stored, the method uses 12"):
        copy.gradients(snapshot.checkpoint, wanted)


@pytest.mark.parametrize("method_id", ["dec", "rdc", "dcss"])
def test_a_copy_leaves_no_trace(moment, pictures, method_id):
    """Neither in the checkpoint nor in torch's generator, and asked twice it says the same."""
    snapshot, wanted, copy = moment(method_id)
    random = torch.get_rng_state()
    copy = copy_of(method_id, pictures, copy.method.settings)
    before = {name: array.tobytes() for name, array in snapshot.checkpoint.tensors.items()}
    first, second = (copy.gradients(snapshot.checkpoint, wanted) for _ in range(2))
    assert all(first[name].tobytes() == second[name].tobytes() for name in ("pseudo", "total", "supervised"))
    assert {name: array.tobytes() for name, array in snapshot.checkpoint.tensors.items()} == before
    assert torch.equal(torch.get_rng_state(), random)


def test_comparable_names_the_methods_that_have_such_phases(short, pictures):
    data = Data(torch.from_numpy(pictures), 1 / 255, SHAPE)
    has = {
        name
        for name in METHODS
        if any(type(phase) in KINDS for phase in implementation(name)(short(name), data, seed=0).phases)
    }
    assert has == set(COMPARABLE)


def test_nothing_that_trains_knows_of_this():
    """What is handed in comes from labels: no other module of models may reach for it."""
    root = Path(models.__file__).parent
    for path in set(root.rglob("*.py")) - {root / "gradients.py"}:
        nodes = list(ast.walk(ast.parse(path.read_text())))
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        for node in nodes:
            if isinstance(node, ast.ImportFrom):
                imported |= {f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)}
        assert not {"models.gradients", "models.wanted"} & imported, path
