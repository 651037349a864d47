"""Augmentation: bounds, aspect, borders, volumes."""

import numpy as np
import torch

from models import augment
from models.augment import warp

SHAPE = (1, 21, 21)


def spot(height, width, row, column):
    image = torch.zeros(1, 1, height, width)
    image[0, 0, row, column] = 1
    return image


def moved(image, n=400, shape=None, seed=0):
    shape = shape or tuple(image.shape[1:])
    x = image.reshape(1, -1).repeat(n, 1)
    return warp(x, shape, generator=torch.Generator().manual_seed(seed)).reshape(n, *shape)


def center_of_mass(images):
    """Rows and columns of the mean of mass of (n, 1, H, W)."""
    mass = images[:, 0].double().clamp(min=0)
    total = mass.sum((1, 2))
    rows = (mass.sum(2) * torch.arange(mass.shape[1])).sum(1) / total
    columns = (mass.sum(1) * torch.arange(mass.shape[2])).sum(1) / total
    return rows, columns


def test_pictures_move_by_up_to_a_tenth_both_ways(monkeypatch):
    monkeypatch.setattr(augment, "ANGLE", 0.0)
    rows, columns = center_of_mass(moved(spot(21, 31, 10, 15)))
    for place, size, middle in ((rows, 21, 10), (columns, 31, 15)):
        shift = (place - middle) / size
        assert -0.101 < shift.min() < -0.09
        assert 0.09 < shift.max() < 0.101
        assert abs(float(shift.mean())) < 0.01


def test_turns_by_up_to_ten_degrees_also_when_not_square():
    # Two spots far apart: the direction between them turns, and their distance stays.
    image = spot(41, 81, 20, 20) + spot(41, 81, 20, 60)
    left, right = moved(image)[..., :40], moved(image)[..., 40:]
    (r1, c1), (r2, c2) = center_of_mass(left), center_of_mass(right)
    angle = torch.atan2(r2 - r1, c2 + 40 - c1).rad2deg()
    distance = torch.hypot(r2 - r1, c2 + 40 - c1)
    assert 9 < angle.max() < 10.2
    assert -10.2 < angle.min() < -9
    np.testing.assert_allclose(distance, 40, atol=0.6)


def test_beyond_the_border_the_nearest_pixel_is_repeated():
    constant = torch.full((1, 1, 8, 8), 0.7)
    np.testing.assert_allclose(moved(constant), 0.7, rtol=1e-5)


def test_pictures_are_warped_each_in_its_own_way_and_channels_alike():
    image = spot(9, 9, 4, 4).repeat(1, 3, 1, 1)
    out = moved(image, n=2)
    assert (out[0] != out[1]).any()
    torch.testing.assert_close(out[:, 0], out[:, 2])


def test_volumes_move_in_the_plane_all_slices_alike():
    volume = spot(9, 9, 4, 4).reshape(1, 1, 1, 9, 9).repeat(1, 1, 5, 1, 1)
    out = moved(volume, n=3)
    assert out.shape == (3, 1, 5, 9, 9)
    torch.testing.assert_close(out[:, :, 0], out[:, :, 4])


def test_the_generator_decides():
    image = spot(9, 9, 4, 4)
    torch.testing.assert_close(moved(image, seed=1), moved(image, seed=1))
    assert (moved(image, seed=1) != moved(image, seed=2)).any()
