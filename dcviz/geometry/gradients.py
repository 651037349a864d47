"""Feature Randomness and Feature Drift: how well the gradients of a training's losses agree.

Pure functions of gradients; where they come from is not decided here. Near convergence gradients vanish and
their angle is noise, so the norms always stand beside it.
"""

import math
from collections.abc import Mapping

import numpy as np

from dcviz.geometry.registry import EpochScore
from dcviz.geometry.score_parts import Scores, put

LOSSES = ("supervised", "pseudo", "self", "total")

GRADIENT_SCORES: dict[str, EpochScore] = {
    "randomness": EpochScore(
        "Feature Randomness Δ_FR",
        "",
        "Cosine of the gradient that true labels would give and the gradient of the whole loss. "
        "1: pseudo-labels teach what labels would; 0: noise; below 0: the opposite.",
        r"\cos(\nabla_\theta L_{sup}, \nabla_\theta L_{total})",
        None,
        True,
    ),
    "randomness_pseudo": EpochScore(
        "Feature Randomness against the pseudo-supervised loss",
        "",
        "As Δ_FR, with the pseudo-supervised loss alone instead of the whole.",
        r"\cos(\nabla_\theta L_{sup}, \nabla_\theta L_{pseudo})",
        None,
        True,
    ),
    "drift": EpochScore(
        "Feature Drift Δ_FD",
        "",
        "Cosine of the gradients of the self-supervised and the pseudo-supervised loss. "
        "1: both pull alike; below 0: they compete.",
        r"\cos(\nabla_\theta L_{self}, \nabla_\theta L_{pseudo})",
    ),
    **{
        f"gradient_{name}": EpochScore(
            f"Gradient norm, {name}", "", "Length of the gradient.", rf"\|\nabla_\theta L_{{{name}}}\|"
        )
        for name in LOSSES
    },
}
"""Keys that `gradient_scores` gives; like EPOCH_SCORES, but measured only where a checkpoint is kept."""

ANGLES = {
    "randomness": ("supervised", "total"),
    "randomness_pseudo": ("supervised", "pseudo"),
    "drift": ("self", "pseudo"),
}
ABSENT = {
    "supervised": "No true labels.",
    "self": "This phase has no self-supervised loss: nothing rebuilds the input.",
}


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Tell how far two gradients point the same way: a . b / (|a| |b|).

    Args:
        a: (p,) one gradient.
        b: (p,) another, by the same parameters.

    Returns:
        -1 .. 1, no unit; NaN if either is zero or not finite.
    """
    # Scaled first, so that squares of tiny gradients do not vanish.
    tops = [float(np.abs(x).max(initial=0)) for x in (a, b)]
    if not all(0 < top < math.inf for top in tops):
        return math.nan
    a, b = np.asarray(a, np.float64) / tops[0], np.asarray(b, np.float64) / tops[1]
    return float(np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1))


def gradient_scores(
    gradients: Mapping[str, np.ndarray | None], *, absent: Mapping[str, str] = ABSENT
) -> Scores:
    """Measure randomness, drift and norms.

    Args:
        gradients: one of each of LOSSES, (p,) flat by the same parameters; None where there is no such loss.
        absent: why a loss is not there, by its name.

    Returns:
        A float or None for each key of GRADIENT_SCORES, with `<key>_reason` beside every None.

    Source: [DynAE], its code and logs; with `randomness_pseudo` as [ADEC] introduces it (not read, cited by
    followers).
    """
    scores: Scores = {}
    for key, (first, second) in ANGLES.items():
        lost = next((absent.get(name) for name in (first, second) if gradients.get(name) is None), None)
        a, b = gradients.get(first), gradients.get(second)
        value = None if a is None or b is None else cosine(a, b)
        put(scores, key, value, lost or f"The {_zero(a, b, first, second)} loss has no gradient here.")
    for name in LOSSES:
        found = gradients.get(name)
        norm = None if found is None else float(np.linalg.norm(np.asarray(found, np.float64)))
        put(scores, f"gradient_{name}", norm, absent.get(name, "The gradient is not finite."))
    return scores


def _zero(a: np.ndarray | None, b: np.ndarray | None, first: str, second: str) -> str:
    """Name the loss that spoils the angle."""
    return first if a is not None and not np.abs(a).max(initial=0) > 0 else second
