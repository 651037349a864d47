"""On a GPU: a captured training is the eager one, alone and beside others; neighbors are exact."""

import numpy as np
import pytest
import torch

from models.catalog import METHODS
from models.neighbors import torch_neighbor_graph
from models.schedule import Schedule
from models.together import fit_together, groups_of
from models.training import fit

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
SHAPE = (1, 4, 4)


def close(a, b):
    assert a.losses.keys() == b.losses.keys()
    for name, value in a.losses.items():
        assert value == pytest.approx(b.losses[name], rel=2e-3, abs=1e-5), name
    np.testing.assert_allclose(a.latents, b.latents, rtol=5e-2, atol=5e-3 * np.abs(b.latents).max())


@pytest.mark.parametrize("method_id", METHODS)
@pytest.mark.filterwarnings("error:CUDA graph capture failed")
def test_captured_equals_eager_equals_cpu(method_id, train, short):
    settings = short(method_id, precision="float32", augment="off")
    schedule = Schedule(every=1, checkpoint_every=100)
    captured = train(method_id, settings, device="cuda", schedule=schedule)
    eager = train(method_id, settings, device="cuda", capture="off", schedule=schedule)
    assert [s.epoch for s in captured] == [s.epoch for s in eager]
    for one, other in zip(captured, eager, strict=True):
        close(one, other)


@pytest.mark.parametrize("method_id", ["autoencoder", "rdc", "dec", "dynae"])
def test_cuda_learns_what_the_cpu_learns(method_id, train, short):
    # Up to the first draw of random numbers, which differ between devices: none are drawn here.
    settings = short(method_id, precision="float32", augment="off", finetune_epochs=1,
                     **({"interpolation": "off"} if method_id in ("rdc", "dynae") else {})) \
        if method_id != "autoencoder" else short(method_id, precision="float32", augment="off")  # fmt: skip
    close(train(method_id, settings, device="cuda")[2], train(method_id, settings)[2])


@pytest.mark.parametrize("as_one", [True, False])
@pytest.mark.parametrize(
    ("method_id", "own"),
    [
        ("autoencoder", {}), ("rdc", {"interpolation": "on"}), ("dec", {}), ("idec", {}),
        ("rdc", {"interpolation": "on", "critic": "untrained"}),
        ("dec", {"optimizer": "sgd", "finetune_optimizer": "sgd"}),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("error")
def test_side_by_side_is_what_it_is_alone(method_id, own, as_one, pictures, short, train):
    settings = short(method_id, precision="float32", **own)
    trainings = [{"settings": settings, "seed": seed} for seed in range(6)]
    shared = {"scale": 1 / 255, "image_shape": SHAPE, "device": "cuda", "as_one": as_one}
    last = dict(fit_together(method_id, pictures, trainings, **shared))
    for number, own in enumerate(trainings):
        close(last[number], train(method_id, device="cuda", **own)[-1])


@pytest.mark.parametrize(
    ("method_id", "own"),
    [("autoencoder", {}), ("rdc", {"interpolation": "on", "core_image": "neighbors"}), ("dec", {})],
)
@pytest.mark.filterwarnings("error")
def test_in_two_groups_each_is_what_it_is_alone(method_id, own, pictures, short, train):
    assert groups_of(10, torch.device("cuda")) == 2
    settings = short(method_id, precision="float32", **own)
    trainings = [{"settings": settings, "seed": seed} for seed in range(10)]
    shared = {"scale": 1 / 255, "image_shape": SHAPE, "device": "cuda", "as_one": True}
    last = dict(fit_together(method_id, pictures, trainings, **shared))
    for number in (0, 1, 8, 9):
        close(last[number], train(method_id, device="cuda", **trainings[number])[-1])


@pytest.mark.filterwarnings("error")
def test_convolutions_side_by_side_are_what_they_are_alone(short):
    x = np.random.default_rng(0).integers(0, 255, (40, 256)).astype(np.uint8)
    settings = short("pssc", network="conv", latent_dim=20, finetune_epochs=0, precision="float32")
    shared = {"scale": 1 / 255, "image_shape": (1, 16, 16), "device": "cuda"}
    trainings = [{"settings": settings, "seed": seed} for seed in (0, 1)]
    last = dict(fit_together("pssc", x, trainings, as_one=True, **shared))
    for number, own in enumerate(trainings):
        close(last[number], list(fit("pssc", x, **shared, **own))[-1])


@pytest.mark.parametrize("n", [100, 5000])
def test_neighbors_on_the_device_are_exact(n):
    z = torch.randn(n, 10, generator=torch.Generator().manual_seed(0))
    graph = torch_neighbor_graph(z.cuda(), m=15)
    exact = torch.cdist(z.double(), z.double()).fill_diagonal_(torch.inf).topk(15, largest=False)
    np.testing.assert_allclose(graph.distances, exact.values, rtol=1e-5)
    assert (graph.indices == exact.indices.numpy()).mean() > 0.9999
