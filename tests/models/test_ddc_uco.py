"""DDC-UCO: divergences and subspace distances on paper; the network and its options in training."""

import math

import numpy as np
import pytest
import torch

from models import divergence
from models.convolutional import NetworkError
from models.training import fit


def test_divergence_by_hand():
    # K = [[1, k], [k, 1]], one point a cluster: overlap k / sqrt(1 * 1).
    kernel = torch.tensor([[1.0, 0.3], [0.3, 1.0]])
    torch.testing.assert_close(divergence.cluster_divergence(torch.eye(2), kernel), torch.tensor(0.3))
    same = torch.full((2, 2), 0.5)
    torch.testing.assert_close(divergence.cluster_divergence(same, kernel), torch.tensor(1.0))


def test_gaussian_kernel_by_hand():
    # Squared distances 1, 9, 4 both ways and three zeros: the median of the nine is 1.
    k = divergence.gaussian_kernel(torch.tensor([[0.0], [1.0], [3.0]]), sigma=0.5)
    torch.testing.assert_close(k[0], torch.tensor([1, math.exp(-1), math.exp(-9)]))


def test_orthogonality_and_corners_by_hand():
    a = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    torch.testing.assert_close(divergence.orthogonality(a), torch.tensor((0.5 + 0 + 0.5) / 3))
    closeness = divergence.corner_closeness(a)
    torch.testing.assert_close(closeness[0], torch.tensor([1, math.exp(-2)]))
    torch.testing.assert_close(closeness[1], torch.full((2,), math.exp(-0.5)))


def test_rows_become_orthonormal_and_span_the_same():
    x = torch.randn(5, 3, 20, generator=torch.Generator().manual_seed(0))
    basis = divergence.orthonormal_rows(x)
    torch.testing.assert_close(basis @ basis.mT, torch.eye(3).expand(5, 3, 3), atol=2e-3, rtol=0)
    ranks = torch.linalg.matrix_rank(torch.cat([x, basis], 1), atol=1e-3, rtol=0)
    assert ranks.tolist() == [3] * 5


def test_tensor_kernel_against_projections_written_out():
    h = torch.randn(4, 2, 3, 5, generator=torch.Generator().manual_seed(1)).double()
    total = torch.zeros(4, 4).double()
    for mode in (1, 2, 3):
        u = h.movedim(mode, 1).flatten(2)
        projections = u.mT @ torch.linalg.inv(u @ u.mT) @ u
        total += (projections[:, None] - projections).square().sum((2, 3))
    expected = torch.exp(-total / (2 * 0.15 * total.median()))
    torch.testing.assert_close(
        divergence.tensor_kernel(h.float(), sigma=0.15), expected.float(), atol=0.02, rtol=0
    )


def test_the_tensor_kernel_of_vectors_goes_by_direction():
    h = torch.tensor([[1.0, 0.0], [5.0, 0.0], [0.0, 2.0]])
    k = divergence.tensor_kernel(h, sigma=0.15)
    assert float(k[0, 1]) > 0.99
    assert float(k[0, 2]) < 0.1


@pytest.mark.parametrize(
    "changes", [{"companion": "none"}, {"sigma": 1.0}, {"clip": 1e-3}, {"companion_weight": 1.0}]
)
def test_options_change_the_training(train, short, changes):
    plain, other = train("ddc_uco"), train("ddc_uco", short("ddc_uco", **changes))
    assert all(np.isfinite(list(s.losses.values())).all() for s in other)
    if changes != {"clip": 1e-3}:  # Adam does not mind the length of a gradient, up to its epsilon
        assert (plain[-1].latents != other[-1].latents).any()
    assert ("companion" in other[-1].losses) == (changes.get("companion") != "none")


def test_pictures_go_through_the_published_network(short):
    x = np.random.default_rng(0).random((12, 400), dtype=np.float32)
    settings = short("ddc_uco", network="conv", batch_size=6, pretrain_epochs=2)
    last = list(fit("ddc_uco", x, image_shape=(1, 20, 20), settings=settings))[-1]
    assert np.isfinite(last.losses["companion"])
    with pytest.raises(NetworkError, match="at least 20 x 20, got 10 x 40"):
        list(fit("ddc_uco", x, image_shape=(1, 10, 40), settings=settings))
