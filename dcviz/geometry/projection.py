"""Planes to look at: PCA on a basis that stays fixed over epochs, and alignment of one picture to another."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Basis:
    """A plane (or 3-D space) fixed once and used for every epoch.

    Args:
        mean: (d,) origin.
        components: (dims, d) orthonormal rows; rows of zeros beyond d.
        explained: (dims,) share of the variance of the fitted latents along each.
    """

    mean: np.ndarray
    components: np.ndarray
    explained: np.ndarray


def fixed_basis(z: np.ndarray, *, dims: int = 2) -> Basis:
    """Find the plane that shows most of the variance; latents of at most `dims` coordinates are shown as is.

    Fit once (on the reference epoch, or on several stacked) and project every epoch on it: then a movement
    on screen is a movement of points, never of the camera.

    Args:
        z: (n, d) finite latents, n of at least 1.
        dims: 2 or 3.

    Returns:
        The basis; the largest entry of a component is positive, so no machine mirrors the picture.
    """
    z = np.asarray(z, np.float64)
    mean = z.mean(0)
    d = z.shape[1]
    cov = (z - mean).T @ (z - mean) / len(z)
    if d <= dims:
        components = np.eye(dims, d)
    else:
        components = np.linalg.eigh(cov)[1][:, ::-1].T[:dims]
        largest = np.take_along_axis(components, np.abs(components).argmax(1)[:, None], 1)
        components = components * np.sign(largest)
    return Basis(mean, components, _explained(cov, components))


def project(z: np.ndarray, basis: Basis) -> np.ndarray:
    """Coordinates of the latents in the basis: (n, dims) float32, unit of the latents."""
    return ((np.asarray(z, np.float64) - basis.mean) @ basis.components.T).astype(np.float32)


def explained_variance(z: np.ndarray, basis: Basis) -> np.ndarray:
    """Share of these latents' own variance that each axis of a fixed basis shows: (dims,), to print."""
    z = np.asarray(z, np.float64) - np.asarray(z, np.float64).mean(0)
    return _explained(z.T @ z / max(len(z), 1), basis.components)


def align(plane: np.ndarray, target: np.ndarray, *, scale: bool = False) -> np.ndarray:
    """Shift, rotate and mirror a picture so that it lies best on another of the same points (Procrustes).

    Args:
        plane: (n, dims) picture to move.
        target: (n, dims) picture to move it onto.
        scale: True also fits one factor for the size.

    Returns:
        (n, dims) float32 in the unit of `plane` (of `target` with scale).
    """
    mean_plane, mean_target = plane.mean(0, dtype=np.float64), target.mean(0, dtype=np.float64)
    a, b = plane - mean_plane, target - mean_target
    u, singular, vt = np.linalg.svd(a.T @ b)
    squares = float((a**2).sum())
    factor = float(singular.sum()) / squares if scale and squares > 0 else 1.0
    return (factor * (a @ (u @ vt)) + mean_target).astype(np.float32)


def _explained(cov: np.ndarray, components: np.ndarray) -> np.ndarray:
    total = np.trace(cov)
    along = np.einsum("id,de,ie->i", components, cov, components)
    return along / total if total > 0 else np.zeros(len(components))
