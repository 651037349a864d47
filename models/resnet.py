"""Residual networks that turn pictures into features; small pictures keep their size in the stem."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from models.convolutional import NetworkError, pictures_only

BLOCKS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3)}
SMALL_SIDE = 64
"""Pictures up to this size get a 3x3 stem without pooling; with network=resnet also the smaller depth."""


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut, which is a 1x1 convolution where the shape changes."""

    def __init__(self, fan_in: int, fan_out: int, stride: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(fan_in, fan_out, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(fan_out),
            nn.ReLU(),
            nn.Conv2d(fan_out, fan_out, 3, padding=1, bias=False),
            nn.BatchNorm2d(fan_out),
        )
        self.shortcut = nn.Sequential()
        if stride > 1 or fan_in != fan_out:
            convolution = nn.Conv2d(fan_in, fan_out, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(convolution, nn.BatchNorm2d(fan_out))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C', H', W')."""
        return torch.relu(self.shortcut(x) + self.body(x))


class ResNet(nn.Module):
    """Flat pictures (B, C H W) to features (B, d): stem, four stages that double the channels, mean.

    The last stage has d channels, so d = 512 is the published width and d = 64 an eighth of it.
    """

    def __init__(
        self, shape: tuple[int, int, int], *, depth: str, features: int, channels_last: bool = False
    ):
        super().__init__()
        self.shape, self.channels_last = shape, channels_last
        width = features // 8
        large = max(shape[1:]) > SMALL_SIDE
        kernel, stride = (7, 2) if large else (3, 1)
        first = nn.Conv2d(shape[0], width, kernel, stride=stride, padding=kernel // 2, bias=False)
        layers: list[nn.Module] = [first, nn.BatchNorm2d(width), nn.ReLU()]
        if large:
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
        fan_in = width
        for stage, blocks in enumerate(BLOCKS[depth]):
            for block in range(blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                layers.append(Block(fan_in, width << stage, stride))
                fan_in = width << stage
        self.layers = nn.Sequential(*layers)

    def feature_map(self, x: Tensor) -> Tensor:
        """The last feature map, (B, d, h, w)."""
        images = x.reshape(-1, *self.shape)
        if self.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        maps: Tensor = self.layers(images)
        return maps

    def forward(self, x: Tensor) -> Tensor:
        """Features: the mean of the last map."""
        return self.feature_map(x).mean((2, 3))


def resnet(
    name: str,
    image_shape: tuple[int, ...] | None,
    *,
    features: int,
    generator: torch.Generator,
    channels_last: bool = False,
) -> ResNet:
    """Build a residual network; "resnet" takes depth 18 for small pictures, 34 for larger ones.

    Convolutions are drawn from N(0, 2 / fan_out), batch normalization starts as the identity.

    Args:
        name: resnet, resnet18 or resnet34.
        image_shape: (C, H, W), or (C, Z, H, W) whose slices are channels.
        features: d, a multiple of 8.
        generator: source of the weights, on the CPU.
        channels_last: keep channels innermost in memory, as GPUs like it for 16-bit arithmetic.

    Raises:
        NetworkError: for data that are no pictures, or a d that the stages cannot double up to.
    """
    shape = pictures_only(image_shape, network=name)
    if features % 8 or features < 8:
        raise NetworkError(f"latent_dim must be a multiple of 8 for network={name}, got {features}.")
    depth = name if name in BLOCKS else ("resnet34" if max(shape[1:]) > SMALL_SIDE else "resnet18")
    network = ResNet(shape, depth=depth, features=features, channels_last=channels_last)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            spread = math.sqrt(2 / (layer.out_channels * math.prod(layer.kernel_size)))
            nn.init.normal_(layer.weight, std=spread, generator=generator)
    if channels_last:  # after the draw, which fills memory in its order
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
