"""Hidden widths of the fully connected networks, and how many parameters that makes. No torch here."""

from __future__ import annotations

import itertools

HIDDEN: dict[str, tuple[int, ...]] = {
    "fc": (500, 500, 2000),
    "digits": (128, 64),
    "mlp": (64,),
    "linear": (),
}
CRITIC_OUTPUTS = 10


def parameter_count(network: str, *, input_dim: int, latent_dim: int, critic: bool = False) -> int:
    """Weights and biases of encoder and decoder, and of ACAI's critic where there is one.

    A layer from a to b numbers has a b weights and b biases.

    Args:
        network: a name in HIDDEN.
        input_dim: numbers a point, D.
        latent_dim: d.
        critic: count the critic too.
    """
    encoder = (input_dim, *HIDDEN[network], latent_dim)
    stacks = [encoder, encoder[::-1]]
    if critic:
        stacks.append((input_dim, *HIDDEN[network], CRITIC_OUTPUTS))
    return sum(a * b + b for widths in stacks for a, b in itertools.pairwise(widths))
