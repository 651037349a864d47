"""Losses against cases done on paper and formulas worked out by hand."""

import numpy as np
import pytest
import torch

from models.losses import (
    kl_divergence,
    masked_mean_squared_error,
    mean_squared_error,
    soft_assignments,
    squared_distances,
    summed_squared_error,
    target_distribution,
)


def test_two_reductions_of_the_squared_error_differ_by_the_dimension():
    x, x_hat = torch.tensor([[0.0, 0.0], [0.0, 0.0]]), torch.tensor([[1.0, 2.0], [0.0, 3.0]])
    assert mean_squared_error(x_hat, x) == pytest.approx(14 / 4)
    assert summed_squared_error(x_hat, x) == pytest.approx(14 / 2)


def test_masked_error_counts_the_whole_batch():
    z, target = torch.tensor([[1.0, 1.0], [5.0, 5.0]]), torch.zeros(2, 2)
    assert masked_mean_squared_error(z, target, torch.tensor([1.0, 0.0])) == pytest.approx(2 / 4)
    assert masked_mean_squared_error(z, target, torch.zeros(2)) == 0


def test_soft_assignments_of_a_point_on_one_center():
    z, centers = torch.tensor([[0.0, 0.0]]), torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    # Kernels 1 and 1/2.
    np.testing.assert_allclose(soft_assignments(z, centers), [[2 / 3, 1 / 3]], rtol=1e-6)
    np.testing.assert_allclose(squared_distances(z, centers), [[0, 1]])


def test_target_distribution_uses_the_size_of_clusters():
    q = torch.tensor([[0.5, 0.5], [1.0, 0.0]])
    # f = (1.5, .5): first row weights .25/1.5 = 1/6 and .25/.5 = 1/2.
    np.testing.assert_allclose(target_distribution(q), [[0.25, 0.75], [1, 0]], rtol=1e-6)


def test_kl_divergence_with_an_empty_entry():
    p, q = torch.tensor([[1.0, 0.0], [0.5, 0.5]]), torch.tensor([[0.5, 0.5], [0.5, 0.5]])
    assert kl_divergence(p, q) == pytest.approx(np.log(2) / 2)
    assert kl_divergence(q, q) == pytest.approx(0, abs=1e-7)


def test_gradient_of_dec_is_the_published_formula():
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(30, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    centers = torch.randn(4, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    q = soft_assignments(z, centers)
    p = target_distribution(q.detach())
    by_z, by_centers = torch.autograd.grad(kl_divergence(p, q) * len(z), (z, centers))
    pull = (p - q)[:, :, None] * (z[:, None] - centers) / (1 + squared_distances(z, centers))[:, :, None]
    torch.testing.assert_close(by_z, 2 * pull.sum(1))
    torch.testing.assert_close(by_centers, -2 * pull.sum(0))
