"""DECS: determinacy, stability and Otsu's threshold on paper and by brute force; options, network."""

import math

import numpy as np
import pytest
import torch

from models import stability
from models.catalog import METHODS, fit_plan, resolve_preset
from models.convolutional import NetworkError, pooling_autoencoder
from models.losses import soft_assignments

pytestmark = pytest.mark.filterwarnings("ignore:Cluster")


def test_determinacy_by_hand():
    q, t = torch.tensor([0.0, 0.1, 0.2, 0.6, 1.0]), torch.tensor(0.2)
    squared = stability.determinacy(q, t, form="squared")
    torch.testing.assert_close(squared, torch.tensor([1, 0.25, 0, 0.25, 1]))
    torch.testing.assert_close(
        stability.determinacy(q, t, form="absolute"), torch.tensor([1, 0.5, 0, 0.5, 1])
    )


def test_stability_by_hand():
    # Mean 5/8; population variance ((3/8)^2 + (3/8)^2) / 2 = 9/64.
    s = stability.stability(torch.tensor([[1.0, 0.25]]), weight=0.8)
    torch.testing.assert_close(s, torch.tensor([5 / 8 - 0.8 * 9 / 64]))


def test_one_hot_points_are_perfectly_stable():
    f = stability.determinacy(torch.eye(4), torch.tensor(0.3), form="squared")
    torch.testing.assert_close(stability.stability(f, weight=0.8), torch.ones(4))


def test_co_association_with_one_degree_of_freedom_is_that_of_dec():
    z, centers = torch.randn(2, 5, 3).unbind(0)
    torch.testing.assert_close(stability.co_association(z, centers, alpha=1.0), soft_assignments(z, centers))
    # alpha = 1/2, distances 1 and 2: (1 + 2)^(-3/4) against (1 + 8)^(-3/4) = 3^(3/4) to 1.
    q = stability.co_association(torch.zeros(1, 1), torch.tensor([[1.0], [2.0]]), alpha=0.5)
    torch.testing.assert_close(q, torch.tensor([[3**0.75, 1]]) / (1 + 3**0.75))


@pytest.mark.parametrize("seed", range(5))
def test_otsu_is_the_brute_force_maximum(seed):
    rng = np.random.default_rng(seed)
    q = np.concatenate([rng.beta(2, 8, 300), rng.beta(8, 2, 100 * (seed + 1))]).astype(np.float32)
    middles = (np.minimum((q * 100).astype(int), 99) + 0.5) / 100
    best = {}
    for edge in range(1, 100):
        low, high = middles[middles < edge / 100], middles[middles > edge / 100]
        if len(low) and len(high):
            best[edge / 100] = len(low) * len(high) * (low.mean() - high.mean()) ** 2
    t = float(stability.otsu_threshold(torch.from_numpy(q), bins=100))
    assert best[round(t, 2)] == pytest.approx(max(best.values()), rel=1e-6)


def test_otsu_of_two_values_lies_between_and_of_one_value_is_harmless():
    t = float(stability.otsu_threshold(torch.tensor([[0.1, 0.9], [0.9, 0.1]])))
    assert 0.1 < t < 0.9
    alone = stability.otsu_threshold(torch.full((4, 2), 0.5))
    assert 1e-3 <= float(alone) <= 1 - 1e-3


def test_one_step_lowers_the_loss(train, short):
    losses = [s.losses["total"] for s in train("decs", short("decs", finetune_epochs=10, augment="off"))[4:]]
    assert losses[-1] < losses[0]


OPTIONS = [{"determinacy": "absolute"}, {"objective": "mean and variance"}, {"lambda_s": 0.4}, {"alpha": 0.5},
           {"threshold_from": "set"}]  # fmt: skip


@pytest.mark.parametrize("changes", OPTIONS)
def test_options_change_the_training(train, short, changes):
    few = {"pretrain_epochs": 1, "finetune_epochs": 1, "finetune_learning_rate": 1e-2, "refresh_every": 2}
    plain, other = train("decs", short("decs", **few)), train("decs", short("decs", **few | changes))
    assert all(np.isfinite(list(s.losses.values())).all() for s in other)
    one, two = (s[-1].checkpoint.tensors for s in (plain, other))
    assert any((one[name] != two[name]).any() for name in one)


def test_threshold_of_the_set_resumes_exactly(train, short):
    settings = short("decs", threshold_from="set", refresh_every=3)
    whole = train("decs", settings)
    assert 0 < whole[-1].checkpoint.tensors["phase.t"] < 1
    again = train("decs", settings, checkpoint=whole[3].checkpoint)
    for name, value in again[-1].checkpoint.tensors.items():
        np.testing.assert_array_equal(value, whole[-1].checkpoint.tensors[name])


def test_extras_are_the_formulas(train, short):
    last = train("decs")[-1]
    q, t = torch.from_numpy(last.extras["q"]), torch.tensor(last.extras["t"])
    s = stability.stability(stability.determinacy(q, t, form="squared"), weight=0.8)
    np.testing.assert_allclose(last.extras["s"], s, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(last.assignments, q.argmax(1))
    assert last.extras["smallest_cluster"] == np.bincount(last.assignments, minlength=3).min()


def test_a_vanishing_cluster_is_told(short):
    from models.loop import Training
    from models.method import Data

    training = Training("decs", Data(torch.rand(70, 4)), settings=short("decs"), seed=0, capture="off")
    with pytest.warns(UserWarning, match=r"Cluster 1 has 2 points, below N / \(10 K\) = 2\.3"):
        training.method.phases[1].warn_of_small([40, 2, 28])


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 16, 16), (1, 25, 31), (1, 8, 8)])
def test_released_network_gives_pictures_back_in_their_size(shape):
    encoder, decoder = pooling_autoencoder(shape, latent_dim=10, generator=torch.Generator().manual_seed(0))
    z = encoder(torch.rand(2, math.prod(shape)))
    assert z.shape == (2, 10)
    assert decoder(z).shape == (2, math.prod(shape))


def test_released_network_refuses_other_sizes():
    with pytest.raises(NetworkError, match="multiples of 8, or at least 24, got 12 x 12"):
        pooling_autoencoder((1, 12, 12), latent_dim=2, generator=torch.Generator())


def test_convolutional_training_resumes_exactly(short):
    from models.training import fit

    x = np.random.default_rng(0).random((30, 64), dtype=np.float32)
    settings = short("decs", network="conv", batch_size=10)
    arguments = {"image_shape": (1, 8, 8), "settings": settings, "seed": 1}
    whole = list(fit("decs", x, **arguments))
    again = list(fit("decs", x, checkpoint=whole[3].checkpoint, **arguments))
    for name, value in again[-1].checkpoint.tensors.items():
        np.testing.assert_array_equal(value, whole[-1].checkpoint.tensors[name], err_msg=name)


@pytest.mark.parametrize(("variant", "network"), [("released network", "conv"), ("fully connected", "fc")])
def test_usps_gets_the_published_schedule(variant, network):
    own = METHODS["decs"].data_presets[variant]["usps"]
    shape = {"n": 9_298, "input_dim": 256, "image_shape": (1, 16, 16), "clusters": 10}
    _, chosen = resolve_preset("decs", **shape, preset="paper", overrides=own)
    assert (chosen.network, chosen.augment, chosen.pretrain_epochs) == (network, "on", 500)
    iterations = fit_plan("decs", chosen, 9_298).batches_per_epoch * chosen.finetune_epochs
    assert 10_000 <= iterations < 10_100
