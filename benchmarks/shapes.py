"""Point sets of known dimension; numpy alone, so that the peers' own environment can make the same ones."""

import numpy as np

DIMENSION = {
    "ball 1": 1,
    "ball 2": 2,
    "ball 3": 3,
    "ball 5": 5,
    "ball 10": 10,
    "gaussian 2": 2,
    "gaussian 5": 5,
    "gaussian 10": 10,
    "swiss roll": 2,
    "s-curve": 2,
    "circle": 1,
    "arcs": 1,
}
"""Name -> true dimension."""

SHEETS = {10: 5, 64: 10}
"""Coordinates -> dimension of the curved sheets that times are measured on."""


def shape(name: str, *, n: int = 2000, seed: int = 0) -> np.ndarray:
    """Draw one of DIMENSION: (n, columns) float64."""
    rng = np.random.default_rng([seed, sorted(DIMENSION).index(name)])
    kind, _, size = name.partition(" ")
    if kind == "ball":
        return _embed(_ball(rng, n, int(size)), 10, rng)
    if kind == "gaussian":
        return _embed(rng.standard_normal((n, int(size))), 20, rng)
    t = rng.random(n)
    if name == "swiss roll":
        angle = 1.5 * np.pi * (1 + 2 * t)
        return np.stack([angle * np.cos(angle), 21 * rng.random(n), angle * np.sin(angle)], 1)
    if name == "s-curve":
        angle = 3 * np.pi * (t - 0.5)
        return np.stack([np.sin(angle), 2 * rng.random(n), np.sign(angle) * (np.cos(angle) - 1)], 1)
    if name == "circle":
        return np.stack([np.cos(2 * np.pi * t), np.sin(2 * np.pi * t)], 1)
    arc = rng.integers(0, 4, n)
    angle = np.pi * t + (arc % 2) * np.pi
    return np.stack([np.cos(angle) + arc, np.sin(angle) + 0.3 * (arc % 2)], 1)


def clusters(
    n: int, *, within: float, offset: float = 0.0, d: int = 10, k: int = 10, seed: int = 0
) -> np.ndarray:
    """Gaussian clusters `within` times as wide as the gaps between their centers: collapsed latents."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((k, d))[np.arange(n) % k] + within * rng.standard_normal((n, d)) + offset


def manifolds(n: int, *, d: int, dimension: int, k: int = 10, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw k curved sheets in d coordinates, as latents look; returns points (float32) and sheet numbers."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % k
    z = np.empty((n, d), np.float32)
    for sheet in range(k):
        t = rng.standard_normal((int((labels == sheet).sum()), dimension))
        flat, bend = rng.standard_normal((2, dimension, d))
        z[labels == sheet] = t @ flat + 0.5 * np.sin(1.5 * t @ bend) + 4 * rng.standard_normal(d)
    return z, labels


def _ball(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    direction = rng.standard_normal((n, d))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return direction * rng.random((n, 1)) ** (1 / d)


def _embed(z: np.ndarray, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Rotate into more coordinates."""
    basis = np.linalg.qr(rng.standard_normal((columns, columns)))[0]
    return z @ basis[: z.shape[1]]
