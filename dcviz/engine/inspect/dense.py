"""Run points through recognized dense layers: numpy alone, so that no foreign code is needed."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.engine.inspect.matching import Dense

ROWS = 8192
NORM_EPS = 1e-5
FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda h: h,
    "relu": lambda h: np.maximum(h, 0),
    "leaky_relu": lambda h: np.where(h > 0, h, np.float32(0.01) * h),
    "elu": lambda h: np.where(h > 0, h, np.expm1(np.minimum(h, 0))),
    "gelu": lambda h: h * _normal_share(h),
    "silu": lambda h: h * _logistic(h),
    "tanh": np.tanh,
    "sigmoid": lambda h: _logistic(h),
    "softplus": lambda h: np.logaddexp(h, 0),
}
"""The activations at the defaults of torch.nn."""


def embed_dense(
    layers: Sequence[Dense], tensors: Mapping[str, np.ndarray], x: np.ndarray, *, scale: float = 1.0
) -> Iterator[np.ndarray]:
    """Yield the latents of 8,192 points after the other, float32.

    Args:
        layers: from `suggest` or `corrected`.
        tensors: by name.
        x: (n, D) points.
        scale: what x is multiplied by.

    Raises:
        DataError: if D is not what the first layer takes, or the latents are not finite.
    """
    wanted = tensors[layers[0].weight].shape[1]
    if x.shape[1] != wanted:
        raise DataError(
            f"the network takes {wanted} numbers a point, the data have {x.shape[1]}; choose other data"
        )
    steps = [_step(each, tensors) for each in layers]
    for start in range(0, len(x), ROWS):
        h = x[start : start + ROWS].astype(np.float32) * np.float32(scale)
        for step in steps:
            h = step(h)
        if not np.isfinite(h).all():
            raise DataError(
                "the latents are not finite: the weights hold NaN or infinity, or the activation is another"
            )
        yield h


def _step(layer: Dense, tensors: Mapping[str, np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    weight = np.ascontiguousarray(tensors[layer.weight].T, np.float32)
    bias = np.float32(0) if not layer.bias else tensors[layer.bias].astype(np.float32)
    activation = FUNCTIONS[layer.activation]
    if not layer.norm:
        return lambda h: activation(h @ weight + bias)
    mean, var = (tensors[f"{layer.norm}.running_{what}"].astype(np.float32) for what in ("mean", "var"))
    factor = 1 / np.sqrt(var + np.float32(NORM_EPS))
    factor = factor * tensors.get(f"{layer.norm}.weight", np.ones_like(mean)).astype(np.float32)
    shift = tensors.get(f"{layer.norm}.bias", np.zeros_like(mean)).astype(np.float32) - mean * factor
    return lambda h: activation((h @ weight + bias) * factor + shift)


def _logistic(h: np.ndarray) -> np.ndarray:
    # tanh saturates where exp would overflow.
    return np.float32(0.5) * (1 + np.tanh(np.float32(0.5) * h))


def _normal_share(h: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return np.float32(0.5) * (1 + erf(h * np.float32(1 / math.sqrt(2))))
