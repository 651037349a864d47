"""DKM's loss: k-means when sharp, a plain mean when flat, and gradients through both."""

import pytest
import torch

from models.methods import dkm


def test_dkm_is_k_means_when_sharp_and_a_plain_mean_when_flat():
    z, centers = torch.tensor([[0.0], [3.0]]), torch.tensor([[0.0], [2.0]])
    sharp = dkm.soft_k_means(z, centers, sharpness=torch.tensor(1e4))
    flat = dkm.soft_k_means(z, centers, sharpness=torch.tensor(0.0))
    assert sharp.item() == pytest.approx((0 + 1) / 2)
    assert flat.item() == pytest.approx(((0 + 4) / 2 + (9 + 1) / 2) / 2)


def test_dkm_gradient_goes_through_the_softmax():
    z = torch.tensor([[0.3]], dtype=torch.float64, requires_grad=True)
    centers = torch.tensor([[0.0], [1.0]], dtype=torch.float64, requires_grad=True)
    sharpness = torch.tensor(2.0, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda a, b: dkm.soft_k_means(a, b, sharpness=sharpness), (z, centers))
