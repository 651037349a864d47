"""Fully connected networks: plain stacks of linear layers with ReLU between them."""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from models.dense import Dense
from models.widths import CRITIC_OUTPUTS, HIDDEN


def stack(widths: tuple[int, ...], generator: torch.Generator) -> nn.Sequential:
    """Build linear layers of these widths with ReLU between them; the last layer stays linear.

    Weights are U(-1/sqrt(fan_in), 1/sqrt(fan_in)), biases 0: what Keras' VarianceScaling(1/3, uniform) gives,
    and what the DEC family was published with.

    Args:
        widths: input, hidden and output widths in order.
        generator: source of the weights, on the CPU, so that a seed means the same on every device.
    """
    layers: list[nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(widths):
        layer = skip_init(nn.Linear, fan_in, fan_out)
        bound = 1 / math.sqrt(fan_in)
        nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
        nn.init.zeros_(layer.bias)
        layers += [layer, nn.ReLU()]
    return Dense(*layers[:-1])


def encoder(network: str, *, input_dim: int, latent_dim: int, generator: torch.Generator) -> nn.Sequential:
    """The encoder f: x (B, D) to z (B, d)."""
    return stack((input_dim, *HIDDEN[network], latent_dim), generator)


def decoder(network: str, *, input_dim: int, latent_dim: int, generator: torch.Generator) -> nn.Sequential:
    """The decoder g: z (B, d) to x_hat (B, D), the encoder's mirror image with a linear output."""
    return stack((latent_dim, *HIDDEN[network][::-1], input_dim), generator)


class Critic(nn.Module):
    """Guess from a picture how much of it was mixed in: the encoder's stack, its ten outputs averaged."""

    def __init__(self, network: str, *, input_dim: int, generator: torch.Generator):
        super().__init__()
        self.stack = stack((input_dim, *HIDDEN[network], CRITIC_OUTPUTS), generator)

    def forward(self, x: Tensor) -> Tensor:
        """X (B, D) to one number a row (B,)."""
        out: Tensor = self.stack(x)
        return out.mean(1)
