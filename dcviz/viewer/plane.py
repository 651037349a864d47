"""From latents to the plane that is drawn: which axes, fitted where, and what the picture keeps."""

from dataclasses import dataclass

import numpy as np

from dcviz.geometry.movement import trustworthiness
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.projection import Basis, align, explained_variance, fixed_basis

TOUR_AXES = 16
"""Principal axes that travel to the browser at most; the tour says what share of the variance they hold."""
TRUST_ROWS = 200


@dataclass(frozen=True)
class Axes:
    """Axes fitted once, on a stated epoch, and used for every epoch.

    A basis fitted anew at each epoch would turn and mirror the picture by itself: movement that training
    did not make.

    Args:
        reference: snapshot key they were fitted on.
        basis: up to TOUR_AXES orthonormal axes, widest first; the coordinates themselves for d <= 2.
    """

    reference: str
    basis: Basis

    @property
    def variance(self) -> np.ndarray:
        """Share of the variance at the reference along each axis."""
        return self.basis.explained

    def project(self, z: np.ndarray) -> np.ndarray:
        """Coordinates along all axes, (n, k) float32; unit of the latents.

        As `dcviz.geometry.projection.project`, in single precision: the picture has 65,536 steps, and 100
        epochs of 70,000 points are seen in a fifth of the time.
        """
        basis = self.basis
        return (np.asarray(z, np.float32) - basis.mean.astype(np.float32)) @ basis.components.astype(
            np.float32
        ).T


def fit_axes(z: np.ndarray, *, reference: str) -> Axes:
    """Fit the fixed axes: the coordinates themselves up to two dimensions, else all principal axes.

    Args:
        z: (n, d) latents of the reference epoch.
        reference: its key, to be stated beside the picture.

    Returns:
        min(d, TOUR_AXES) axes, at least two.
    """
    z = np.asarray(z, np.float64)
    d = z.shape[1]
    basis = fixed_basis(z, dims=2 if d <= 2 else min(d - 1, TOUR_AXES))
    if 2 < d <= TOUR_AXES:
        # The last axis is what the others leave over: fixed_basis turns only when it may drop one.
        last = np.linalg.svd(basis.components)[2][-1:]
        components = np.concatenate([basis.components, last])
        whole = Basis(basis.mean, components, basis.explained)
        basis = Basis(basis.mean, components, explained_variance(z, whole))
    return Axes(reference, basis)


def aligned_plane(z: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The principal plane of this very epoch, turned (or mirrored) to lie best on a target picture.

    Args:
        z: (n, d) latents of the epoch.
        target: (n, 2) picture of the same points to turn to.

    Returns:
        (n, 2) float32 coordinates, unit of the latents.
    """
    return align(fit_axes(z, reference="").project(z)[:, :2], target)


def smallest_box(largest: float, *, base: float) -> float:
    """Half width of the box: the base, doubled until the largest coordinate seen fits.

    Doubling, not fitting: while a run trains the box changes a few times, not at every epoch, so frames
    that are already in the browser stay valid.
    """
    half = base
    while half < largest:
        half *= 2
    return half


def plane_trust(z: np.ndarray, plane: np.ndarray, *, k: int = 12, seed: int = 0) -> dict[str, float | int]:
    """Tell whether neighbors in the picture are neighbors in the latent space: sampled trustworthiness.

    Args:
        z: (n, d) latents.
        plane: (n, 2) the picture of the same points.
        k: neighbors in the picture.
        seed: of the sampled points.

    Returns:
        trust (up to 1; NaN for tiny n), rows sampled, k.
    """
    n = len(z)
    rows = np.sort(np.random.default_rng(seed).permutation(n)[:TRUST_ROWS])
    graph = neighbor_graph(plane, m=k, seed=seed)
    return {"trust": trustworthiness(z, graph, rows=rows), "rows": len(rows), "k": graph.width}
