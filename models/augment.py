"""Augmentation on the device: small shifts and turns of whole batches of pictures."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

SHIFT, ANGLE = 0.1, math.radians(10)


def warp(x: Tensor, image_shape: tuple[int, ...], *, generator: torch.Generator) -> Tensor:
    """Shift each picture by up to 10 % of its size and turn it by up to 10 degrees, both ways.

    Bilinear; beyond the border the nearest pixel is repeated. Volumes (C, Z, H, W) move in the plane, all
    slices of one volume alike.

    Args:
        x: (B, D) flat pictures.
        image_shape: (C, H, W) or (C, Z, H, W) with product D.
        generator: on the device of x.

    Returns:
        (B, D).
    """
    height, width = image_shape[-2:]
    images = x.reshape(len(x), -1, height, width)  # (B, C or C*Z, H, W)
    draw = torch.rand(3, len(x), generator=generator, device=x.device) * 2 - 1
    shift_x, shift_y, angle = draw[0] * 2 * SHIFT, draw[1] * 2 * SHIFT, draw[2] * ANGLE
    cos, sin = angle.cos(), angle.sin()
    # Coordinates run from -1 to 1 on both axes, so a turn of a picture that is not square needs its aspect.
    rows = (cos, -sin * (height / width), shift_x, sin * (width / height), cos, shift_y)
    theta = torch.stack(rows, 1).view(-1, 2, 3)
    grid = functional.affine_grid(theta, list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return moved.reshape(x.shape)
