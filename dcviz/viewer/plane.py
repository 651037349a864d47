"""From latents to the plane that is drawn: which axes, fitted where, and what it keeps."""

from dataclasses import dataclass

import numpy as np

TOUR_AXES = 16
"""Principal axes that travel to the browser at most; the tour says what share of the variance they hold."""


@dataclass(frozen=True)
class Basis:
    """Orthonormal axes fitted once, on a stated epoch, and used for every epoch.

    A basis fitted anew at each epoch would turn and mirror the picture by itself: movement that training
    did not make.

    Args:
        reference: snapshot key it was fitted on.
        center: (d,) mean of the latents there.
        axes: (d, k) orthonormal columns, widest first; the identity for d = 2.
        variance: (k,) share of the variance at the reference along each axis, in 0..1.
    """

    reference: str
    center: np.ndarray
    axes: np.ndarray
    variance: np.ndarray

    def project(self, z: np.ndarray) -> np.ndarray:
        """Coordinates along all k axes, (n, k); distances between points in all of them are kept if k = d."""
        return (np.asarray(z) - self.center) @ self.axes


def fit_basis(z: np.ndarray, *, reference: str) -> Basis:
    """Fit the fixed basis: the identity for latents of one or two dimensions, else principal axes.

    The sign of each principal axis is chosen so that its largest entry is positive; so the same latents
    give the same picture on every machine.

    Args:
        z: (n, d) latents of the reference epoch.
        reference: its key, to be stated beside the picture.

    Returns:
        Basis with min(d, TOUR_AXES) axes, at least two (the second is empty for d = 1).
    """
    z = np.asarray(z, np.float64)
    center, d = z.mean(axis=0), z.shape[1]
    covariance = np.atleast_2d(np.cov(z.T, bias=True)) if len(z) > 1 else np.zeros((d, d))
    total = float(np.trace(covariance)) or 1.0
    if d <= 2:
        axes = np.eye(d, 2)
        variance = np.append(np.diag(covariance), 0.0)[:2] / total
    else:
        values, vectors = np.linalg.eigh(covariance)
        axes = vectors[:, ::-1][:, :TOUR_AXES]
        axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])] < 0, -1.0, 1.0)
        variance = np.clip(values[::-1][: axes.shape[1]], 0, None) / total
    return Basis(reference, center, axes.astype(np.float32), variance)


def aligned_plane(z: np.ndarray, target: np.ndarray, *, fit: np.ndarray | None = None) -> np.ndarray:
    """The principal plane of this very epoch, turned (or mirrored) to lie best on a target picture.

        argmin_R || (z - mean) V R - target ||,  R orthogonal: the Procrustes rotation U W' of V'z'target

    Args:
        z: (n, d) latents of the epoch.
        target: (n, 2) picture of the same points to turn to.
        fit: rows to take the turn from; all by default.

    Returns:
        (n, 2) coordinates, unit of the latents.
    """
    own = fit_basis(z, reference="").project(z)[:, :2]
    rows = slice(None) if fit is None else fit
    left, _, right = np.linalg.svd(own[rows].T @ (target[rows] - target[rows].mean(axis=0)))
    return own @ (left @ right)


def smallest_box(largest: float, *, base: float) -> float:
    """Half width of the box: the base, doubled until the largest coordinate seen fits.

    Doubling, not fitting: while a run trains the box changes a few times, not at every epoch, so frames
    that are already in the browser stay valid.
    """
    half = base
    while half < largest:
        half *= 2
    return half
