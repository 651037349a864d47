"""PSSC: its terms on paper, clusters of an ideal affinity, the limit of points."""

import math

import numpy as np
import pytest
import torch

from dcviz.geometry.agreement import agreement
from models import self_expression
from models.catalog import resolve_preset
from models.convolutional import NetworkError, strided_autoencoder
from models.settings import SettingError


def test_smoothness_is_the_trace_with_the_laplacian():
    w = torch.tensor([[0.0, 0.5, 0.1], [0.5, 0.0, 0.2], [0.1, 0.2, 0.0]])
    x, x_hat = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    full = w + torch.eye(3)
    root = torch.diag(full.sum(1) ** -0.5)
    laplacian = torch.eye(3) - root @ full @ root
    expected = torch.trace(x.T @ laplacian @ x_hat)
    torch.testing.assert_close(self_expression.smoothness(x, x_hat, w), expected)


def test_only_sure_points_teach():
    sure, unsure = [math.log(9.0), 0.0], [0.1, 0.0]
    loss = self_expression.confident_cross_entropy(torch.tensor([sure, unsure]))
    torch.testing.assert_close(loss, torch.tensor(-math.log(0.9)))
    assert float(self_expression.confident_cross_entropy(torch.tensor([unsure]))) == 0


def test_structure_by_hand():
    w = torch.tensor([[0.0, 0.4], [0.4, 0.0]])
    apart = self_expression.structure(w, torch.eye(2))
    # .4 both ways between clusters, .001 missing on both diagonals; sizes 1 and 1: (1 + 1) / 2.
    torch.testing.assert_close(apart, torch.tensor(0.8 + 0.002 + 1))
    same = self_expression.structure(w, torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    torch.testing.assert_close(same, torch.tensor(0.002 + 4 / 2))


def test_blocks_of_coefficients_are_the_clusters():
    rng = np.random.default_rng(0)
    kind = np.arange(60) % 3
    same = kind[:, None] == kind
    c = np.where(same, rng.uniform(0.5, 1, (60, 60)), rng.uniform(0, 0.05, (60, 60))).astype(np.float32)
    a = self_expression.affinity(c, share=0.9, rank=4)
    np.testing.assert_allclose(a, a.T)
    assert a[same].mean() > 5 * a[~same].mean()
    assert agreement(kind, self_expression.spectral_clusters(a, 3, seed=0)).acc == 1


def test_a_share_keeps_the_largest_entries_of_each_column():
    c = np.array([[0.0, 3, 1], [-4, 0, 2], [1, 1, 0]])
    # Column sums 5, 4, 3: half of them is reached by 4, by 3, and by 2.
    expected = [[0, 3, 0], [-4, 0, 2], [0, 0, 0]]
    np.testing.assert_array_equal(self_expression.largest_entries(c, share=0.5), expected)
    np.testing.assert_array_equal(self_expression.largest_entries(c, share=1.0), c)


@pytest.mark.parametrize("weight", ["expression_weight", "structure_weight"])
def test_weights_change_the_training(train, short, weight):
    few = {"finetune_learning_rate": 1e-2}
    plain, other = train("pssc", short("pssc", **few)), train("pssc", short("pssc", **few, **{weight: 50.0}))
    one, two = (s[-1].checkpoint.tensors for s in (plain, other))
    assert any((one[name] != two[name]).any() for name in one if name != "random.steps")


def test_three_kinds_of_pictures_are_found(train, short):
    settings = short("pssc", pretrain_epochs=40, finetune_epochs=60, learning_rate=5e-3,
                     finetune_learning_rate=1e-3, augment="off")  # fmt: skip
    assert agreement(np.arange(70) % 3, train("pssc", settings)[-1].assignments).acc > 0.9


def test_more_than_5000_points_are_refused():
    with pytest.raises(SettingError, match=r"at most 5,000 points, got 70,000: train on a part"):
        resolve_preset("pssc", n=70_000, input_dim=784, clusters=10)


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 9, 14)])
def test_published_network_gives_pictures_back_in_their_size(shape):
    d = 5 * math.ceil(shape[1] / 8) * math.ceil(shape[2] / 8)
    generator = torch.Generator().manual_seed(0)
    encoder, decoder = strided_autoencoder(shape, latent_dim=d, generator=generator)
    z = encoder(torch.rand(2, math.prod(shape)))
    assert z.shape == (2, d)
    assert decoder(z).shape == (2, math.prod(shape))
    with pytest.raises(NetworkError, match=f"latent_dim must be {d}"):
        strided_autoencoder(shape, latent_dim=d + 1, generator=generator)
