"""Augmentation on the device: small shifts and turns of whole batches of pictures."""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from models.chance import Several, uniform

SHIFT, ANGLE = 0.1, math.radians(10)


def warp(x: Tensor, image_shape: tuple[int, ...], *, generator: torch.Generator | Several) -> Tensor:
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
    across, along, spans = _constants(height, width, ANGLE, x.device)
    draw = uniform(3, len(x), generator=generator, device=x.device)
    shift_x, shift_y, angle = torch.addcmul(-spans, draw, 2 * spans).unbind(0)
    # Coordinates run from -1 to 1 on both axes, so a turn of a picture that is not square needs its aspect.
    aspect = height / width
    cos, sin = angle.cos(), angle.sin()
    over, under = (sin, sin) if aspect == 1 else (sin * aspect, sin / aspect)
    # A pixel's new place is what its column says and what its row says: a sum instead of a product a picture.
    shift = torch.stack((shift_x, shift_y), 1)[:, None]
    columns = torch.addcmul(shift, across, torch.stack((cos, under), 1)[:, None])  # (B, W, 2)
    rows = along * torch.stack((-over, cos), 1)[:, None]  # (B, H, 2)
    grid = columns[:, None] + rows[:, :, None]
    moved = functional.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return moved.reshape(x.shape)


@lru_cache(maxsize=16)
def _constants(height: int, width: int, angle: float, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """The pixels' middles across (W, 1) and along (H, 1), and the largest shifts and turn (3, 1)."""
    across, along = (
        ((torch.arange(size, device=device) * 2 + 1) / size - 1)[:, None] for size in (width, height)
    )
    spans = torch.tensor([[2 * SHIFT], [2 * SHIFT], [angle]], device=device)
    if device.type == "cuda":
        torch.cuda.synchronize(device)  # trainings on other streams read these without asking
    return across, along, spans
