"""2-D data sets whose true shape is known: points along plane curves, with noise.

Every toy is a list of curves t -> (x, y), t in 0..1. The curve is the class and t is kept as the point's
``position``, so one can watch what a latent space does to the order along a curve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dcviz.data.dataset import DataError, Dataset

Curve = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def arcs(*, n: int = 1200, noise: float = 0.06, seed: int = 0) -> Dataset:
    """Make four interleaved arcs, the reference of every 2-D claim of this lab.

    Two pairs of half-moons stand side by side, so that each arc is curved, reaches into its partner's
    hollow, and no straight cut separates the four.

    Args:
        n: points in all, shared evenly by the curves.
        noise: standard deviation of the Gaussian noise, in radii of an arc, before standardizing.
        seed: of positions, noise and row order.

    Returns:
        Dataset of shape (n, 2), each coordinate standardized to mean 0 and standard deviation 1.

    Raises:
        DataError: if n leaves a curve without a point, or noise is negative or not finite.

    Source: [R-DC, Fig. 2]; the paper gives neither sizes nor a generator, these are ours.
    """
    return _along_curves("arcs", [*_moon_pair(0.0), *_moon_pair(3.25)], n=n, noise=noise, seed=seed)


def moons(*, n: int = 1200, noise: float = 0.06, seed: int = 0) -> Dataset:
    """Make two interleaved half-moons. Arguments as in `arcs`."""
    return _along_curves("moons", _moon_pair(0.0), n=n, noise=noise, seed=seed)


def stacked_arcs(*, n: int = 1200, noise: float = 0.06, seed: int = 0) -> Dataset:
    """Make four arcs stacked like roof tiles, all bent the same way. Arguments as in `arcs`."""
    curves = [_arc(height) for height in (0.0, 0.5, 1.0, 1.5)]
    return _along_curves("stacked_arcs", curves, n=n, noise=noise, seed=seed)


def pinwheel(*, n: int = 1200, noise: float = 0.06, seed: int = 0) -> Dataset:
    """Make five bent arms around a common center, position growing outward. Arguments as in `arcs`."""
    curves = [_arm(2 * np.pi * k / 5) for k in range(5)]
    return _along_curves("pinwheel", curves, n=n, noise=noise, seed=seed)


def spirals(*, n: int = 1200, noise: float = 0.06, seed: int = 0) -> Dataset:
    """Make three interlocked spirals, position growing outward. Arguments as in `arcs`."""
    curves = [_spiral(2 * np.pi * k / 3) for k in range(3)]
    return _along_curves("spirals", curves, n=n, noise=noise, seed=seed)


def circles(*, n: int = 1200, noise: float = 0.06, seed: int = 0) -> Dataset:
    """Make two concentric circles, position being the angle. Arguments as in `arcs`."""
    return _along_curves("circles", [_circle(0.5), _circle(1.0)], n=n, noise=noise, seed=seed)


def blobs(*, n: int = 1200, noise: float = 0.06, seed: int = 0) -> Dataset:
    """Make four straight blobs far apart, the negative case: nothing is curved, so nothing can twist.

    Each blob is a short straight bar; position is the place along it. Arguments as in `arcs`.
    """
    corners = [(-1.0, -1.0, 0.3), (1.0, -1.0, 1.2), (-1.0, 1.0, 2.1), (1.0, 1.0, 2.9)]
    curves = [_bar(x, y, angle) for x, y, angle in corners]
    return _along_curves("blobs", curves, n=n, noise=noise, seed=seed)


def _along_curves(name: str, curves: Sequence[Curve], *, n: int, noise: float, seed: int) -> Dataset:
    """Scatter n points along the curves, add noise, standardize, shuffle the rows."""
    if n < 2 * len(curves):
        raise DataError(f"n must be at least {2 * len(curves)} (two points a curve) for {name}, got {n}.")
    if not 0 <= noise < np.inf:
        raise DataError(f"noise must lie in [0, inf), got {noise}; the default is 0.06.")
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % len(curves)).astype(np.int64)
    position = rng.random(n)
    x = np.empty((n, 2))
    for k, curve in enumerate(curves):
        x[labels == k] = np.stack(curve(position[labels == k]), axis=1)
    x += noise * rng.standard_normal((n, 2))
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return Dataset(
        name=name,
        x=np.ascontiguousarray(x, dtype=np.float32),
        labels=labels,
        class_names=tuple(f"curve {k + 1}" for k in range(len(curves))),
        clusters=len(curves),
        position=position.astype(np.float32),
        note=f"made by dcviz: n={n}, noise={noise}, seed={seed}, standardized",
    )


def _moon_pair(left: float) -> list[Curve]:
    """Two half circles of radius 1, each reaching into the other's hollow; shifted right by ``left``."""
    return [
        lambda t: (left + np.cos(np.pi * t), np.sin(np.pi * t)),
        lambda t: (left + 1 - np.cos(np.pi * t), 0.5 - np.sin(np.pi * t)),
    ]


def _arc(height: float) -> Curve:
    return lambda t: (np.cos(np.pi * (1 - t)), height + 0.8 * np.sin(np.pi * t))


def _arm(start: float) -> Curve:
    def curve(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        radius, angle = 0.4 + 1.6 * t, start + 1.2 * t
        return radius * np.cos(angle), radius * np.sin(angle)

    return curve


def _spiral(start: float) -> Curve:
    def curve(t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # sqrt: equal steps of t are about equal lengths, so the outer turn is not thinner than the inner
        radius, angle = 0.3 + 2.2 * np.sqrt(t), start + 1.75 * np.pi * np.sqrt(t)
        return radius * np.cos(angle), radius * np.sin(angle)

    return curve


def _circle(radius: float) -> Curve:
    return lambda t: (radius * np.cos(2 * np.pi * t), radius * np.sin(2 * np.pi * t))


def _bar(x: float, y: float, angle: float) -> Curve:
    return lambda t: (x + (t - 0.5) * 0.8 * np.cos(angle), y + (t - 0.5) * 0.8 * np.sin(angle))
