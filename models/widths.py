"""Hidden widths of the fully connected networks; how much any network keeps and multiplies. No torch here."""

from __future__ import annotations

import itertools

HIDDEN: dict[str, tuple[int, ...]] = {
    "fc": (500, 500, 2000),
    "digits": (128, 64),
    "mlp": (64,),
    "linear": (),
}
CRITIC_OUTPUTS = 10

CONVOLUTIONAL: dict[str, tuple[int, float]] = {
    "conv": (600_000, 36),
    "resnet": (11_170_000, 50),
    "resnet18": (11_170_000, 50),
    "resnet34": (21_280_000, 54),
}
"""About how many weights (a ResNet: at 512 features), and multiplications a weight at 32 x 32 pixels."""
LARGE_SIDE, LARGE_STEM = 64, 16
"""Beyond this size a ResNet's stem makes pictures so many times smaller."""


def parameter_count(network: str, *, input_dim: int, latent_dim: int, critic: bool = False) -> int:
    """Weights and biases of encoder and decoder, and of ACAI's critic where there is one.

    A layer from a to b numbers has a b weights and b biases. Convolutional networks are known about (their
    count changes a little with the size of the pictures).

    Args:
        network: a name in HIDDEN or CONVOLUTIONAL.
        input_dim: numbers a point, D.
        latent_dim: d.
        critic: count the critic too.
    """
    if network in CONVOLUTIONAL:
        weights, _ = CONVOLUTIONAL[network]
        return weights if network == "conv" else round(weights * (latent_dim / 512) ** 2)
    encoder = (input_dim, *HIDDEN[network], latent_dim)
    stacks = [encoder, encoder[::-1]]
    if critic:
        stacks.append((input_dim, *HIDDEN[network], CRITIC_OUTPUTS))
    return sum(a * b + b for widths in stacks for a, b in itertools.pairwise(widths))


def multiplications(
    network: str,
    *,
    input_dim: int,
    latent_dim: int,
    image_shape: tuple[int, ...] | None = None,
    side: int = 0,
) -> float:
    """About how many multiplications one point costs on its way through encoder and decoder.

    A weight of a linear layer is used once a point, one of a convolution at every pixel it slides over.

    Args:
        network: a name in HIDDEN or CONVOLUTIONAL.
        input_dim: D.
        latent_dim: d.
        image_shape: of pictures.
        side: pixels they are brought to before; 0: their own size.
    """
    weights = parameter_count(network, input_dim=input_dim, latent_dim=latent_dim)
    if network not in CONVOLUTIONAL or image_shape is None:
        return weights
    height, width = (side, side) if side else image_shape[-2:]
    pixels = height * width / 32**2
    if network != "conv" and max(height, width) > LARGE_SIDE:
        pixels /= LARGE_STEM
    return weights * CONVOLUTIONAL[network][1] * pixels
