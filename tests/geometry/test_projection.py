"""The fixed plane and the alignment of pictures."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from benchmarks.shapes import shape
from dcviz.geometry.projection import align, explained_variance, fixed_basis, project


def test_plane_equals_pca():
    z = shape("gaussian 5") @ np.diag(np.arange(1, 21))
    basis = fixed_basis(z)
    pca = PCA(2).fit(z)
    plane, expected = project(z, basis), pca.transform(z)
    np.testing.assert_allclose(np.abs(plane), np.abs(expected), atol=1e-3)
    np.testing.assert_allclose(basis.explained, pca.explained_variance_ratio_, rtol=1e-6)
    np.testing.assert_allclose(explained_variance(z, basis), basis.explained)
    assert plane.dtype == np.float32


def test_basis_is_fixed_and_its_sign_too():
    z = shape("ball 5")
    basis = fixed_basis(z)
    np.testing.assert_allclose(project(z + 1, basis) - project(z, basis), np.tile(
        (basis.components @ np.ones(10)), (len(z), 1)), atol=1e-5)  # fmt: skip
    flipped = fixed_basis(-z)
    np.testing.assert_allclose(flipped.components, basis.components, atol=1e-9)
    assert explained_variance(np.zeros((5, 10)), basis).tolist() == [0, 0]


@pytest.mark.parametrize(("d", "dims"), [(1, 2), (2, 2), (2, 3), (3, 3)])
def test_few_coordinates_are_shown_as_they_are(d, dims):
    z = np.random.default_rng(0).random((50, d)) * 7
    plane = project(z, fixed_basis(z, dims=dims))
    assert plane.shape == (50, dims)
    np.testing.assert_allclose(plane[:, :d], z - z.mean(0), atol=1e-5)
    assert not plane[:, d:].any()


def test_align_undoes_rotation_mirror_and_shift():
    z = np.random.default_rng(0).random((100, 2))
    turned = 3 * z @ np.array([[0.6, 0.8], [0.8, -0.6]]) + 5
    np.testing.assert_allclose(align(turned, z, scale=True), z, atol=1e-5)
    kept = align(turned, z)
    assert kept.std() == pytest.approx(turned.std(0).mean(), rel=0.3)
    np.testing.assert_allclose(kept.mean(0), z.mean(0), atol=1e-5)
    np.testing.assert_allclose((kept - kept.mean(0)), 3 * (z - z.mean(0)), atol=1e-4)
    assert np.isfinite(align(np.ones((4, 2)), z[:4], scale=True)).all()
