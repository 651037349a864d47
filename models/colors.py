"""Color changes on the device: brightness, contrast, saturation, hue, gray. Pictures lie in 0..1."""

from __future__ import annotations

import math

import torch
from torch import Tensor

STRONGEST = 0.8, 0.8, 0.8, 0.2
"""Brightness, contrast, saturation and hue change by up to these times the strength."""


def recolored(
    images: Tensor, *, strength: float, probability: float, gray: float, generator: torch.Generator
) -> Tensor:
    """Change the colors of some pictures and turn some gray, each picture on its own.

    With probability p: brightness, contrast, saturation each times U(1 - .8 s, 1 + .8 s), hue turned by up to
    .2 s of the circle about the gray axis. Pictures of one channel have brightness and contrast alone.

    Args:
        images: (B, C, H, W).
        strength: s; .5 in CC.
        probability: of the changes; .8 in CC.
        gray: probability of a gray picture; .2 in CC.
        generator: on the device of `images`.

    Source: [CC]; the order of the changes is fixed here.
    """
    draw = torch.rand(6, len(images), 1, 1, 1, generator=generator, device=images.device)
    brightness, contrast, saturation = (
        1 + strength * most * (2 * u - 1) for most, u in zip(STRONGEST, draw[:3], strict=False)
    )
    turned = (images * brightness).clamp(0, 1)
    turned = torch.lerp(gray_of(turned).mean((2, 3), keepdim=True), turned, contrast).clamp(0, 1)
    colored = images.shape[1] == 3
    if colored:
        turned = torch.lerp(gray_of(turned), turned, saturation).clamp(0, 1)
        turned = hue_turned(turned, 2 * math.pi * strength * STRONGEST[3] * (2 * draw[3] - 1)).clamp(0, 1)
    images = torch.where(draw[4] < probability, turned, images)
    return torch.where(draw[5] < gray, gray_of(images), images) if colored else images


def gray_of(images: Tensor) -> Tensor:
    """Brightness of each pixel, (B, 1, H, W): .299 R + .587 G + .114 B, or the mean of other channels."""
    if images.shape[1] != 3:
        return images.mean(1, keepdim=True)
    red, green, blue = images.split(1, dim=1)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def hue_turned(images: Tensor, angle: Tensor) -> Tensor:
    """Turn colors about the gray axis (1, 1, 1): grays stay, red goes toward green for small angles.

    A rotation in RGB, which differs from hue in HSV by how saturation is measured.

    Args:
        images: (B, 3, H, W).
        angle: (B, 1, 1, 1) in radians.
    """
    red, green, blue = images.split(1, dim=1)
    across = torch.cat([blue - green, red - blue, green - red], 1) / math.sqrt(3)
    mean = images.mean(1, keepdim=True)
    return images * angle.cos() + across * angle.sin() + mean * (1 - angle.cos())
