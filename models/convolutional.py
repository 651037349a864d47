"""Convolutional auto-encoders of the papers. They take and give flat pictures, like the others."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class NetworkError(ValueError):
    """A network that these data cannot go through; the message says which would do."""


class Bottleneck(nn.Module):
    """A residual block: 1x1 to 64 channels, 3x3, 1x1 back, batch normalization each, then ReLU.

    Source: the released code of DCSS.
    """

    def __init__(self, channels: int, width: int = 64):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, channels, 1, bias=False), nn.BatchNorm2d(channels),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        return torch.relu(x + self.body(x))


def residual_autoencoder(
    image_shape: tuple[int, ...] | None, *, latent_dim: int, generator: torch.Generator
) -> tuple[nn.Sequential, nn.Sequential]:
    """The auto-encoder that DCSS was published with, for pictures of 28 x 28: 28 - 14 - 7 - 3 and back.

    Args:
        image_shape: (C, 28, 28).
        latent_dim: d.
        generator: source of the weights, on the CPU.

    Returns:
        encoder (B, D) to (B, d), decoder (B, d) to (B, D).

    Raises:
        NetworkError: for other sizes; its strides fit no other.
    """
    channels, height, width = pictures_only(image_shape, network="conv")
    if (height, width) != (28, 28):
        raise NetworkError(
            f"network=conv of DCSS takes pictures of 28 x 28, got {height} x {width}: use network=fc."
        )
    encoder = nn.Sequential(
        nn.Unflatten(1, (channels, 28, 28)),
        nn.Conv2d(channels, 32, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        Bottleneck(32),
        nn.Conv2d(32, 64, 5, stride=2, padding=2), nn.ReLU(), Bottleneck(64),
        nn.Conv2d(64, 128, 3, stride=2), nn.ReLU(), Bottleneck(128),
        nn.Flatten(), nn.Linear(1152, latent_dim),
    )  # fmt: skip
    decoder = nn.Sequential(
        nn.Linear(latent_dim, 1152), nn.ReLU(), nn.Unflatten(1, (128, 3, 3)),
        nn.ConvTranspose2d(128, 64, 3, stride=2), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 5, stride=2, padding=1), nn.ReLU(),
        nn.ConvTranspose2d(32, channels, 4, stride=2, padding=2), nn.Flatten(),
    )  # fmt: skip
    return seeded(encoder, generator), seeded(decoder, generator)


def pictures_only(image_shape: tuple[int, ...] | None, *, network: str) -> tuple[int, int, int]:
    """Channels, height, width; the slices of a volume count as channels.

    Raises:
        NetworkError: for data that are no pictures.
    """
    if image_shape is None:
        raise NetworkError(
            f"network={network} needs pictures; these data have no image shape: use network=fc."
        )
    *channels, height, width = image_shape
    return math.prod(channels), height, width


def seeded(module: nn.Sequential, generator: torch.Generator) -> nn.Sequential:
    """Draw all weights anew from U(-1/sqrt(fan_in), 1/sqrt(fan_in)), set biases to 0; as in `networks`."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            # Transposed convolutions keep their inputs in dimension 0; each output sees all of them.
            weight = layer.weight
            dimension = 0 if isinstance(layer, nn.ConvTranspose2d) else 1
            fan_in = weight.shape[dimension] * math.prod(weight.shape[2:])
            nn.init.uniform_(weight, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in), generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return module


def pooling_autoencoder(
    image_shape: tuple[int, ...] | None, *, latent_dim: int, generator: torch.Generator
) -> tuple[nn.Sequential, nn.Sequential]:
    """The auto-encoder that DECS was released with: 3x3 convolutions, each pooled; 28 - 14 - 7 - 3 - 1.

    Args:
        image_shape: (C, H, W), both sizes multiples of 8 or both at least 24.
        latent_dim: d.
        generator: source of the weights, on the CPU.

    Returns:
        encoder (B, D) to (B, d), decoder (B, d) to (B, D).

    Raises:
        NetworkError: for other sizes.
    """
    channels, height, width = pictures_only(image_shape, network="conv")
    even = height % 8 == 0 and width % 8 == 0
    if not even and min(height, width) < 24:
        raise NetworkError(
            "network=conv of DECS takes sizes that are multiples of 8, or at least 24, "
            f"got {height} x {width}: use network=fc."
        )
    # Height and width after none, one, two, three poolings.
    sizes = [(height >> i, width >> i) for i in range(4)]
    last = math.prod(size if even else size - 2 for size in sizes[3])
    layers: list[nn.Module] = [nn.Unflatten(1, (channels, height, width))]
    for fan_in, fan_out in ((channels, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(fan_in, fan_out, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(fan_out)]
        layers.append(nn.MaxPool2d(2))
    layers += [nn.Conv2d(128, 256, 3, padding=int(even)), nn.ReLU(), nn.BatchNorm2d(256)]
    encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(256 * last, latent_dim))
    decoder = doubling_decoder(sizes, channels=channels, latent_dim=latent_dim)
    return seeded(encoder, generator), seeded(decoder, generator)


def doubling_decoder(sizes: list[tuple[int, int]], *, channels: int, latent_dim: int) -> nn.Sequential:
    """The way back through these sizes, which begin with the largest: three steps, then one of stride 1."""
    bottom = (256, *sizes[3])
    layers: list[nn.Module] = [nn.Linear(latent_dim, math.prod(bottom)), nn.ReLU(), nn.Unflatten(1, bottom)]
    for step, (fan_in, fan_out) in enumerate(((256, 128), (128, 64), (64, 32))):
        small, large = sizes[3 - step], sizes[2 - step]
        layers += [doubling(fan_in, fan_out, small, large), nn.ReLU(), nn.BatchNorm2d(fan_out)]
    return nn.Sequential(*layers, nn.ConvTranspose2d(32, channels, 3, padding=1), nn.Flatten())


def doubling(fan_in: int, fan_out: int, small: tuple[int, int], large: tuple[int, int]) -> nn.ConvTranspose2d:
    """A 3x3 transposed convolution of stride 2 from one size to another, each 2 s or 2 s + 1."""
    # Without padding s becomes 2 s + 1; padding 1 with one output row more makes it 2 s.
    odd = [big - 2 * little for little, big in zip(small, large, strict=True)]
    padding = (1 - odd[0], 1 - odd[1])
    return nn.ConvTranspose2d(fan_in, fan_out, 3, stride=2, padding=padding, output_padding=padding)


def strided_autoencoder(
    image_shape: tuple[int, ...] | None, *, latent_dim: int, generator: torch.Generator
) -> tuple[nn.Sequential, nn.Sequential]:
    """The auto-encoder of PSSC: 5x5, 3x3, 3x3 convolutions of stride 2 with 20, 10, 5 channels, and back.

    Its latents are the last map itself, 5 ceil(H / 8) ceil(W / 8) numbers: 80 for 28 x 28.

    Raises:
        NetworkError: if latent_dim is another number, or for data that are no pictures.
    """
    channels, height, width = pictures_only(image_shape, network="conv")
    sizes = [(height, width)]
    for _ in range(3):
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    map_shape = (5, *sizes[3])
    if latent_dim != math.prod(map_shape):
        raise NetworkError(
            f"latent_dim must be {math.prod(map_shape)} for network=conv of PSSC on {height} x {width}, got "
            f"{latent_dim}: its latents are a feature map."
        )
    encoder: list[nn.Module] = [nn.Unflatten(1, (channels, height, width))]
    decoder: list[nn.Module] = [nn.Unflatten(1, map_shape)]
    steps = ((channels, 20, 5), (20, 10, 3), (10, 5, 3))
    for fan_in, fan_out, kernel in steps:
        encoder += [nn.Conv2d(fan_in, fan_out, kernel, stride=2, padding=kernel // 2), nn.ReLU()]
    for step in (2, 1, 0):
        fan_out, fan_in, kernel = steps[step]
        # Stride 2 leads from s to 2 s - 1; one row more where the size was even.
        more = (1 - sizes[step][0] % 2, 1 - sizes[step][1] % 2)
        decoder += [
            nn.ConvTranspose2d(fan_in, fan_out, kernel, stride=2, padding=kernel // 2, output_padding=more),
            nn.ReLU(),
        ]
    parts = nn.Sequential(*encoder, nn.Flatten()), nn.Sequential(*decoder[:-1], nn.Flatten())
    return seeded(parts[0], generator), seeded(parts[1], generator)
