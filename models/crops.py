"""Random crops on the device: anywhere, or so that two crops of a box differ as much as they can."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import betaincinv
from torch import Tensor
from torch.nn import functional

TRIES = 10
NARROWEST, WIDEST = 3 / 4, 4 / 3
CENTER_BOX = (0.25, 0.25, 0.75, 0.75)
STEPS = 1_024


@dataclass(frozen=True)
class Window:
    """Where a crop lies in its picture: top, left, height, width, each (B,), in pixels, not rounded."""

    top: Tensor
    left: Tensor
    height: Tensor
    width: Tensor

    def stacked(self) -> Tensor:
        """(B, 4)."""
        return torch.stack([self.top, self.left, self.height, self.width], 1)


def beta_quantiles(a: float) -> Tensor:
    """The quantiles of Beta(a, a) at 0, 1/1024, ..., 1: uniform numbers looked up here are Beta(a, a).

    A table instead of a sampler, because it draws one uniform number, which a captured step can.
    """
    return torch.from_numpy(betaincinv(a, a, np.linspace(0, 1, STEPS + 1)).astype(np.float32))


def looked_up(quantiles: Tensor, u: Tensor) -> Tensor:
    """Quantiles at u in [0, 1), linear between the entries of the table."""
    place = u * STEPS
    left = place.long().clamp(max=STEPS - 1)
    return torch.lerp(quantiles[left], quantiles[left + 1], place - left)


def draw_windows(
    boxes: Tensor,
    size: tuple[int, int],
    *,
    low: float,
    quantiles: Tensor,
    generator: torch.Generator,
) -> Window:
    """Draw a crop for each box: area U(low, 1) of the picture, aspect log-uniform in [3/4, 4/3].

    Ten tries for a crop that fits, else the largest central one. Its middle stays in the box; where, says
    Beta(a, a) between the extremes: below 1 it favors the borders, so that two crops share less. A box of the
    whole picture and a = 1 is the usual random resized crop.

    Args:
        boxes: (B, 4) top, left, bottom, right, relative to the picture.
        size: (H, W).
        low: smallest area.
        quantiles: of Beta(a, a), from `beta_quantiles`.
        generator: on the device of `boxes`.

    Source: [ContrastiveCrop].
    """
    tall, wide = size
    draw = torch.rand(2 * TRIES + 2, len(boxes), generator=generator, device=boxes.device)
    area = (low + (1 - low) * draw[:TRIES]) * (tall * wide)
    reach = math.log(WIDEST / NARROWEST)
    aspect = (math.log(NARROWEST) + reach * draw[TRIES : 2 * TRIES]).exp()
    heights, widths = (area / aspect).sqrt(), (area * aspect).sqrt()  # (tries, B)
    fits = (heights <= tall) & (widths <= wide)
    first = fits.int().argmax(0, keepdim=True)
    central = min(max(wide / tall, NARROWEST), WIDEST)
    width = torch.where(fits.any(0), widths.gather(0, first)[0], min(wide, tall * central))
    height = torch.where(fits.any(0), heights.gather(0, first)[0], min(tall, wide / central))
    place = looked_up(quantiles, draw[2 * TRIES :])
    top = _between(boxes[:, 0], boxes[:, 2], place[0], length=height, whole=tall)
    left = _between(boxes[:, 1], boxes[:, 3], place[1], length=width, whole=wide)
    return Window(top, left, height, width)


def _between(start: Tensor, end: Tensor, place: Tensor, *, length: Tensor, whole: int) -> Tensor:
    """The first pixel of a crop whose middle lies between the two borders of a box, inside the picture."""
    room = whole - length
    low = torch.minimum((whole * start - length / 2).clamp_min(0), room)
    high = torch.minimum((whole * end - length / 2).clamp_min(0), room)
    return torch.lerp(low, high, place)


def cropped(images: Tensor, window: Window, *, mirrored: Tensor, size: tuple[int, int]) -> Tensor:
    """Cut the windows out and bring them to one size, bilinear; where `mirrored`, left and right change.

    Args:
        images: (B, C, H, W).
        window: of B crops.
        mirrored: (B,) bool.
        size: (H', W') of the result.
    """
    tall, wide = images.shape[-2:]
    zoom_x, zoom_y = window.width / wide, window.height / tall
    shift_x = (2 * window.left + window.width) / wide - 1
    shift_y = (2 * window.top + window.height) / tall - 1
    none = torch.zeros_like(zoom_x)
    sign = 1 - 2 * mirrored.to(zoom_x.dtype)
    theta = torch.stack([zoom_x * sign, none, shift_x, none, zoom_y, shift_y], 1).view(-1, 2, 3)
    grid = functional.affine_grid(theta, [len(images), images.shape[1], *size], align_corners=False)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def heat_boxes(maps: Tensor, size: tuple[int, int], *, threshold: float) -> Tensor:
    """The box around what a network looks at: where its feature map, summed over channels, is not small.

    The sum is scaled to 0..1, enlarged to the picture, and cut at the threshold; a flat map gives the whole.

    Args:
        maps: (B, C, h, w) of the last stage.
        size: (H, W) of the picture.
        threshold: share of the largest value.

    Returns:
        (B, 4) top, left, bottom, right, relative.

    Source: [ContrastiveCrop].
    """
    heat = maps.sum(1, keepdim=True)
    low, high = heat.amin((2, 3), keepdim=True), heat.amax((2, 3), keepdim=True)
    heat = (heat - low) / (high - low).clamp_min(1e-12)
    hot = functional.interpolate(heat, size=size, mode="bilinear", align_corners=False)[:, 0] > threshold
    borders = []
    for axis in (2, 1):  # rows, then columns
        line = hot.any(axis).int()  # (B, H or W)
        borders += [line.argmax(1) / line.shape[1], 1 - line.flip(1).argmax(1) / line.shape[1]]
    top, bottom, left, right = borders
    return torch.stack([top, left, bottom, right], 1)
