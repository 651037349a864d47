"""R-DC's proximity phase: targets, masks, and the cases where it must become something simpler."""

import numpy as np
import pytest
import torch

from dcviz.geometry.filters import reliable_neighbors
from dcviz.geometry.neighbors import neighbor_graph
from models.method import Data
from models.methods.rdc import RDC, Proximity, mixed, rescaled

INDEX = torch.arange(20)


@pytest.fixture
def phase(pictures, short):
    def make(augment="off", **changes) -> Proximity:
        changes = {"keep_scale": False, "tau_distance": 1e6, **changes}
        settings = short("rdc", augment=augment, **changes)
        method = RDC(settings, Data(torch.from_numpy(pictures), 1 / 255, (1, 4, 4)), seed=0)
        second = method.phases[1]
        assert isinstance(second, Proximity)
        second.prepare()
        second.begin()
        second.refresh()
        return second

    return make


def test_far_threshold_makes_the_target_the_mean_of_all_neighbors(phase):
    rdc = phase(lambda_ratio=0.0, M=4)
    z = rdc.method.latents().numpy()
    graph = neighbor_graph(z, m=4, exact=True)
    np.testing.assert_allclose(rdc.tensors["targets"], z[graph.indices].mean(1), rtol=1e-5, atol=1e-6)
    assert rdc.tensors["core"].min() == 1


def test_small_threshold_makes_the_target_the_nearest_neighbor(phase):
    rdc = phase(lambda_ratio=0.0, tau_distance=1e-9)
    z = rdc.method.latents().numpy()
    nearest = neighbor_graph(z, m=1, exact=True).indices[:, 0]
    np.testing.assert_allclose(rdc.tensors["targets"], z[nearest], atol=1e-6)


def test_without_core_points_only_reconstruction_is_left(phase):
    rdc = phase(lambda_ratio=1.0, gamma=7.0)
    losses = rdc.loss(INDEX)
    x = rdc.method.data.rows(INDEX)
    error = (rdc.method.decoder(rdc.method.encoder(x)) - x).square().mean()
    assert losses["proximity"] == 0
    assert losses["reconstruction"].item() == pytest.approx(error.item(), rel=1e-6)
    assert losses["total"].item() == pytest.approx(7 * error.item(), rel=1e-6)


def test_losses_follow_equations_12_to_14(phase):
    rdc = phase(lambda_ratio=0.6, tau_distance=0.05, gamma=100.0, core_image="moment")
    method = rdc.method
    core = rdc.tensors["core"][INDEX] > 0
    assert 0 < core.sum() < len(INDEX)
    x, c = method.data.rows(INDEX), rdc.tensors["targets"][INDEX]
    z = method.encoder(x)
    latent = (z - c)[core].square().sum() / z.numel()
    image = torch.where(core[:, None], method.decoder(c), x)
    rebuilt = (method.decoder(z) - image).square().mean()
    losses = rdc.loss(INDEX)
    assert losses["proximity"].item() == pytest.approx(latent.item(), rel=1e-5)
    assert losses["total"].item() == pytest.approx((latent + 100 * rebuilt).item(), rel=1e-5)


def test_targets_carry_no_gradient(phase):
    rdc = phase(lambda_ratio=0.0, core_image="moment")
    method = rdc.method
    found = torch.autograd.grad(rdc.loss(INDEX)["total"], list(method.decoder.parameters()))
    c, z = rdc.tensors["targets"][INDEX], method.encoder(method.data.rows(INDEX))
    image = method.decoder(c).detach()
    loss = (z - c).square().mean() + 100 * (method.decoder(z) - image).square().mean()
    expected = torch.autograd.grad(loss, list(method.decoder.parameters()))
    torch.testing.assert_close(found, expected)


def test_released_code_gives_border_points_their_own_code_and_picture(phase):
    rdc = phase(lambda_ratio=1.0, border_image="own", border_latent="own")
    losses = rdc.loss(INDEX)
    assert losses["total"].item() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("rule", "share"), [("all", 1.0), ("below", 1.0), ("ratio", 0.0)])
def test_core_rules_at_ratio_one(phase, rule, share):
    # Strictly below 1: with M = 5 no point of these data has all neighbors equally far.
    assert float(phase(core=rule, lambda_ratio=1.0).tensors["core"].mean()) == share


def test_targets_keep_the_spread_of_the_switch(phase):
    rdc = phase(lambda_ratio=0.0, keep_scale=True)
    spread = rdc.method.latents().std(0)
    torch.testing.assert_close(rdc.tensors["targets"].std(0), spread, rtol=1e-4, atol=1e-6)
    free = phase(lambda_ratio=0.0, keep_scale=False).tensors["targets"]
    assert (free.std(0) < spread).all()


def test_rescaling_leaves_a_constant_coordinate_alone():
    targets = torch.tensor([[0.0, 3.0], [2.0, 3.0]])
    found = rescaled(targets, torch.tensor([2 * 2**0.5, 5.0]))
    np.testing.assert_allclose(found, [[-1, 3], [3, 3]], atol=1e-6)


def test_targets_average_augmented_views_unless_the_literal_reading_is_asked_for(phase):
    literal = phase(augment="on", target_views=0)
    torch.testing.assert_close(literal.codes(), literal.method.latents())
    cured = phase(augment="on", target_views=4)
    many = torch.stack([cured.method.latents(warped=True) for _ in range(200)]).mean(0)
    few = torch.stack([(cured.codes() - many).square().mean() for _ in range(20)]).mean()
    one = (cured.method.latents(warped=True) - many).square().mean()
    assert 0.15 < float(few / one) < 0.4  # 1/4 in expectation


def test_fewer_points_than_neighbors(pictures, short):
    settings = short("rdc", M=9, clusters=2)
    method = RDC(settings, Data(torch.from_numpy(pictures[:6]), 1 / 255), seed=0)
    rdc = method.phases[1]
    rdc.prepare()
    rdc.begin()
    rdc.refresh()
    assert torch.isfinite(rdc.tensors["targets"]).all()


def test_stop_rule_waits_for_patience_and_minimum(phase):
    rdc = phase(stop_rule="core share", patience=3, min_refresh=5)
    core = torch.ones(70, dtype=torch.bool)
    history = []
    for _ in range(6):
        rdc.watch(core)
        history.append(rdc.finished)
    # One refresh has happened already; growth at the second, then three idle ones.
    assert history == [False, False, False, True, True, True]


def shifted(rdc: Proximity, by: float) -> float:
    """The image loss after adding a constant to everything that the decoder gives."""
    with torch.no_grad():
        list(rdc.method.decoder.parameters())[-1].add_(by)
    return rdc.loss(INDEX)["reconstruction"].item()


def test_nothing_holds_the_pictures_of_core_points_in_the_printed_equation(phase):
    printed = phase(lambda_ratio=0.0, core_image="moment")
    before = printed.loss(INDEX)["reconstruction"].item()
    assert shifted(printed, 5.0) == pytest.approx(before, rel=1e-4)


@pytest.mark.parametrize("anchor", ["switch", "neighbors", "input"])
def test_every_other_picture_of_core_points_holds_them(phase, anchor):
    rdc = phase(lambda_ratio=0.0, core_image=anchor)
    before = rdc.loss(INDEX)["reconstruction"].item()
    assert shifted(rdc, 5.0) > before + 20


def test_pictures_of_core_points_follow_their_names(phase):
    rdc = phase(lambda_ratio=0.0, tau_distance=0.05, core_image="neighbors")
    x, z = rdc.method.data.rows(torch.arange(rdc.method.data.n)), rdc.method.latents()
    images = rdc.core_images(INDEX, rdc.tensors["targets"][INDEX], x[INDEX])
    graph = neighbor_graph(z.numpy(), m=5, exact=True)
    reliable = reliable_neighbors(graph.distances, 0.05)
    expected = [x[graph.indices[i][reliable[i]]].mean(0) for i in range(len(INDEX))]
    torch.testing.assert_close(images, torch.stack(expected))
    switch = phase(lambda_ratio=0.0, core_image="switch")
    target = switch.tensors["targets"][INDEX]
    then = switch.method.decoder(target).detach()
    shifted(switch, 5.0)
    torch.testing.assert_close(switch.core_images(INDEX, target, x[INDEX]), then)


def test_a_point_without_reliable_neighbors_rebuilds_itself(phase):
    rdc = phase(lambda_ratio=0.0, tau_distance=0.0, core_image="neighbors")
    x = rdc.method.data.rows(INDEX)
    torch.testing.assert_close(rdc.core_images(INDEX, rdc.tensors["targets"][INDEX], x), x)


@pytest.mark.parametrize(("dtype", "scale"), [(np.uint8, 1 / 255), (np.float32, 1.0), (np.float32, 0.5)])
def test_mixtures_are_of_the_points_as_training_sees_them(dtype, scale):
    rng = np.random.default_rng(0)
    data = Data(torch.from_numpy(rng.integers(0, 256, (20, 7)).astype(dtype)), scale)
    index, shares = (
        torch.from_numpy(rng.integers(0, 20, (5, 3))),
        torch.from_numpy(rng.random((5, 3))).float(),
    )
    expected = sum(data.rows(index[:, j]) * shares[:, j, None] for j in range(3))
    torch.testing.assert_close(mixed(data, index, shares), expected)
    together = torch.vmap(lambda each, own: mixed(data, each, own))
    found = together(index[None].repeat(2, 1, 1), torch.stack([shares, 2 * shares]))
    torch.testing.assert_close(found, torch.stack([expected, 2 * expected]))
