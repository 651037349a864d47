"""CC and CCES in training: every option for a step, the queue against a plain one, what panels get."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.catalog import METHODS, resolve_preset
from models.convolutional import NetworkError
from models.loop import Training
from models.method import Data
from models.support_set import nearest_entries
from models.training import fit

PICTURES = np.random.default_rng(0).random((24, 3 * 8 * 8), dtype=np.float32)
SHAPE = (3, 8, 8)


def small(short, method_id="cces", **changes):
    values = {"network": "resnet", "latent_dim": 8, "batch_size": 8, "pretrain_epochs": 2, "clusters": 3}
    return short(method_id, **values | {"instance_dim": 4} | changes)


def run(settings, method_id="cces", shape=SHAPE, **arguments):
    return list(fit(method_id, PICTURES, image_shape=shape, settings=settings, seed=1, **arguments))


def differ(one, two):
    a, b = (s[-1].checkpoint.tensors for s in (one, two))
    return any(
        a[name].shape != b[name].shape or (a[name] != b[name]).any() for name in a if "network" in name
    )


OPTIONS = [
    {"swap": "none"}, {"swap": "instance"}, {"swap": "cluster"}, {"swap_views": "both"}, {"metric": "cosine"},
    {"queue_size": 9}, {"warmup": 1}, {"crop": "random"}, {"crop_beta": 0.1},
    {"crop": "heat map", "box_start": 1, "box_every": 1}, {"entropy_weight": 0.0}, {"temperature": 1.0},
    {"resolution": 16}, {"precision": "bfloat16"}, {"network": "resnet34"}, {"augment": "off"},
    {"gray_share": 1.0}, {"color_share": 0.0}, {"mirror": 0.0}, {"network": "mlp"},
]  # fmt: skip


@pytest.mark.parametrize("changes", OPTIONS, ids=lambda c: "-".join(map(str, c.values())))
def test_every_option_changes_the_training(short, changes):
    base = {"warmup": 0, "learning_rate": 1e-2}
    plain, other = run(small(short, **base)), run(small(short, **base | changes))
    assert all(np.isfinite(list(s.losses.values())).all() for s in other)
    assert changes.get("network") == "mlp" or differ(plain, other)


def test_channels_last_changes_the_memory_and_not_the_numbers(short):
    plain = run(small(short, pretrain_epochs=1))[-1].latents
    np.testing.assert_allclose(
        run(small(short, pretrain_epochs=1, channels_last=True))[-1].latents, plain, atol=1e-4
    )


@pytest.mark.parametrize("network", ["resnet", "mlp"])
def test_views_without_crops_come_at_the_size_of_the_network(short, network):
    settings = small(short, "cc", augment="off", resolution=16, network=network)
    phase = phase_of(settings, "cc")
    assert phase.views(torch.arange(8)).shape == (16, 3 * 16 * 16)
    assert phase.features(torch.arange(8))[0].shape == (8, 8)


def test_colors_of_pictures_beyond_the_unit_range_are_refused(short):
    wide = {"image_shape": SHAPE, "seed": 1}
    with pytest.raises(ValueError, match=r"need values in 0..1, got .* to 25\d.*: .* set color_share=0"):
        next(fit("cc", PICTURES * 255, settings=small(short, "cc"), **wide))
    assert next(fit("cc", PICTURES * 255, settings=small(short, "cc", color_share=0.0), **wide))


@pytest.mark.parametrize(
    "changes",
    [{"crop": "heat map", "box_start": 1}, {"swap_views": "both", "warmup": 0}, {"channels_last": True}],
)
def test_pictures_resume_exactly(short, changes):
    settings = small(short, pretrain_epochs=3, **changes)
    whole = run(settings)

    class Stop:
        def between_batches(self, epoch, batch, batches, iteration):
            return "stop" if iteration == 4 else "go"

    stopped = run(settings, control=Stop())[-1].checkpoint
    flat = {name: np.array(value, order="C") for name, value in stopped.tensors.items()}  # as files keep them
    rest = run(settings, checkpoint=replace(stopped, tensors=flat))
    for name, value in rest[-1].checkpoint.tensors.items():
        np.testing.assert_array_equal(value, whole[-1].checkpoint.tensors[name], err_msg=name)
    assert rest[-1].losses == whole[-1].losses


def test_without_swap_and_with_random_crops_cces_is_cc(short):
    same = {"temperature": 0.5, "learning_rate": 1e-3}
    one = phase_of(small(short, swap="none", crop="random", **same))
    two = phase_of(small(short, "cc", **same), "cc")
    for phase in (one, two):  # the queue's random entries have moved the generator on
        phase.method.generator.manual_seed(7)
    a, b = one.loss(torch.arange(8)), two.loss(torch.arange(8))
    assert {name: float(value.detach()) for name, value in a.items()} == {
        name: float(value.detach()) for name, value in b.items()
    }


def phase_of(settings, method_id="cces"):
    data = Data(torch.from_numpy(PICTURES), 1.0, SHAPE)
    phase = Training(method_id, data, settings=settings, seed=1, capture="off").method.phases[0]
    phase.prepare()
    phase.begin()
    return phase


def test_neighbors_come_from_the_queue_and_carry_no_gradient(short):
    phase = phase_of(small(short, warmup=1))
    index = torch.arange(8)
    for _ in range(2):
        before = {name: value.clone() for name, value in phase.tensors.items()}
        losses = phase.loss(index)
        phase.after_step(index)
    places = nearest_entries(phase.pushed, before["queue"], metric="l2")
    assert torch.equal(phase.tensors["neighbor"][index], before["rows"][places])
    assert float(losses["total"].detach()) > 0
    # Both heads look at the neighbor of view 1: its own features are nowhere in the loss.
    first = torch.randn(8, 8, requires_grad=True)
    second = torch.randn(8, 8, requires_grad=True)
    (pairing,) = phase.pairings(first, second, index)
    gradients = torch.autograd.grad(sum(p.sum() for p in pairing), [first, second], allow_unused=True)
    assert gradients[0] is None or float(gradients[0].abs().sum()) == 0
    assert float(gradients[1].abs().sum()) > 0


def test_no_swap_before_the_queue_is_full(short):
    swapping = [s.extras.get("swapping") for s in run(small(short, pretrain_epochs=4))]
    # Half of 24 points: 12 entries, full after the second batch of 8.
    assert swapping == [None, 1, 1, 1, 1]
    snapshots = run(small(short, pretrain_epochs=4, warmup=7))
    assert [s.extras.get("swapping") for s in snapshots] == [None, 0, 0, 1, 1]
    assert (snapshots[2].extras["neighbor"] == -1).all()
    assert (snapshots[4].extras["neighbor"] >= 0).sum() > 12


def test_crops_and_boxes_are_shown_for_a_few_points(short):
    last = run(small(short, crop="heat map", box_start=1, resolution=32))[-1].extras
    assert last["crop_rows"].tolist() == [0, 3, 6, 9, 13, 16, 19, 23]
    assert last["crops"].shape == (8, 8, 4)
    assert ((last["crops"][..., 0] + last["crops"][..., 2]) <= 8 + 1e-3).all()
    assert last["boxes"].shape == (8, 4)
    assert not (last["boxes"] == [0, 0, 1, 1]).all()
    centered = run(small(short))[-1].extras
    np.testing.assert_array_equal(centered["boxes"], np.tile([0.25, 0.25, 0.75, 0.75], (8, 1)))


def test_vectors_have_views_without_pictures(short):
    snapshots = run(small(short, network="mlp"), shape=None)
    assert "crops" not in snapshots[-1].extras
    assert np.isfinite(snapshots[-1].losses["total"])


def test_heat_maps_need_a_network_that_has_them(short):
    with pytest.raises(NetworkError, match="network=mlp has not: use a resnet, or crop=center"):
        run(small(short, network="mlp", crop="heat map"))


@pytest.mark.parametrize("method_id", ["cc", "cces"])
def test_presets_take_a_backbone_for_pictures(method_id):
    pictures = {"n": 60_000, "input_dim": 3_072, "image_shape": (3, 32, 32), "clusters": 10}
    name, chosen = resolve_preset(method_id, **pictures, device="cuda")
    assert (name, chosen.network, chosen.resolution) == ("paper", "resnet", 0)
    _, full = resolve_preset(method_id, **pictures, preset="published")
    assert (full.network, full.resolution, full.pretrain_epochs) == (
        "resnet34", 224, {"cc": 1_000, "cces": 1_200}[method_id]
    )  # fmt: skip
    _, vectors = resolve_preset(method_id, n=1_000, input_dim=2_048, clusters=10)
    assert vectors.network == "fc"
    assert METHODS[method_id].phases == ("contrast",)


@pytest.mark.parametrize(("method", "rate"), [("cc", 3e-4), ("cces", 1e-4)])
def test_the_shortened_schedule_keeps_the_published_step_size(method, rate):
    shape = {"n": 10_000, "input_dim": 3072, "image_shape": (3, 32, 32), "clusters": 10}
    _, chosen = resolve_preset(method, **shape, preset="paper")
    assert (chosen.learning_rate, chosen.pretrain_epochs) == (rate, 200)
