"""The parts of contrastive clustering on paper: NT-Xent, balance, queue, crops, boxes, colors, backbone."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import beta
from torch.utils.flop_counter import FlopCounterMode

from models import colors, contrast, crops, support_set
from models.convolutional import NetworkError
from models.resnet import resnet
from models.widths import multiplications, parameter_count


def seeded(number=0):
    return torch.Generator().manual_seed(number)


def test_nt_xent_of_two_points_by_hand():
    # Views at right angles between points, equal within: each of the 4 vectors sees s = 1, 0, 0.
    a = b = torch.eye(2)
    expected = math.log(math.exp(2) + 2) - 2
    torch.testing.assert_close(contrast.contrastive_loss(a, b, temperature=0.5), torch.tensor(expected))
    # Views exchanged: the partner is at right angles, one other vector is equal.
    torch.testing.assert_close(
        contrast.contrastive_loss(a, b.flip(0), temperature=0.5), torch.tensor(math.log(math.exp(2) + 2))
    )


def test_nt_xent_goes_by_direction_and_both_ways():
    a, b = torch.randn(2, 5, 3, generator=seeded())
    loss = contrast.contrastive_loss(a, b, temperature=0.2)
    torch.testing.assert_close(contrast.contrastive_loss(3 * a, b, temperature=0.2), loss)
    torch.testing.assert_close(contrast.contrastive_loss(b, a, temperature=0.2), loss)


def test_imbalance_is_zero_for_even_and_ln_k_for_one_cluster():
    even = torch.eye(4)
    torch.testing.assert_close(contrast.imbalance(even), torch.tensor(0.0))
    one = torch.tensor([[1.0, 0, 0, 0]]).repeat(3, 1)
    torch.testing.assert_close(contrast.imbalance(one), torch.tensor(math.log(4)))


def queue_of(size, d=2):
    return {
        "queue": torch.zeros(size, d), "rows": torch.full((size,), -1), "cursor": torch.tensor(0),
        "filled": torch.tensor(0),
    }  # fmt: skip


def test_the_queue_wraps_around_and_forgets_the_oldest_first():
    tensors = queue_of(5)
    for start in (0, 3, 6):
        rows = torch.arange(start, start + 3)
        support_set.push(tensors, rows[:, None].float().repeat(1, 2), rows)
    # Places 0 1 2 | 3 4 0 | 1 2 3: what was pushed last lies there.
    assert tensors["rows"].tolist() == [5, 6, 7, 8, 4]
    assert tensors["queue"][:, 0].tolist() == [5, 6, 7, 8, 4]
    assert (int(tensors["cursor"]), int(tensors["filled"])) == (4, 9)


def test_nearest_entries_by_distance_and_by_angle():
    queue = torch.tensor([[10.0, 10.0], [1.0, 0.0], [0.0, 0.4]])
    features = torch.tensor([[1.0, 1.0]])
    assert support_set.nearest_entries(features, queue, metric="l2").tolist() == [1]
    assert support_set.nearest_entries(features, queue, metric="cosine").tolist() == [0]
    many, few = torch.randn(200, 6, generator=seeded()), torch.randn(20, 6, generator=seeded(1))
    expected = torch.cdist(few, many).argmin(1)
    assert torch.equal(support_set.nearest_entries(few, many, metric="l2"), expected)


@pytest.mark.parametrize("a", [0.1, 0.6, 1.0, 2.0])
def test_the_table_draws_from_the_beta_distribution(a):
    u = torch.rand(20_000, generator=seeded())
    drawn = crops.looked_up(crops.beta_quantiles(a), u).numpy()
    for share in (0.05, 0.25, 0.5, 0.9):
        assert abs((drawn <= beta.ppf(share, a, a)).mean() - share) < 0.02
    assert ((drawn >= 0) & (drawn <= 1)).all()


@pytest.mark.parametrize("size", [(32, 32), (28, 40), (20, 60)])
def test_windows_lie_inside_and_their_middles_in_the_box(size):
    box = torch.tensor(crops.CENTER_BOX).repeat(4_000, 1)
    window = crops.draw_windows(box, size, low=0.2, quantiles=crops.beta_quantiles(0.6), generator=seeded())
    top, left, height, width = window.stacked().T
    eps = 1e-3
    assert ((top >= -eps) & (top + height <= size[0] + eps)).all()
    assert ((left >= -eps) & (left + width <= size[1] + eps)).all()
    assert (width / height >= 3 / 4 - eps).all()
    assert (width / height <= 4 / 3 + eps).all()
    # A middle leaves the box only where the picture's border holds the crop.
    middle = (top + height / 2) / size[0]
    free = (top > eps) & (top + height < size[0] - eps)
    assert ((middle >= 0.25 - eps) & (middle <= 0.75 + eps))[free].all()


def test_a_whole_box_and_a_of_1_is_the_usual_random_crop():
    box = torch.tensor([0.0, 0, 1, 1]).repeat(20_000, 1)
    window = crops.draw_windows(
        box, (32, 32), low=0.2, quantiles=crops.beta_quantiles(1.0), generator=seeded()
    )
    room = 32 - window.height
    place = (window.top / room)[room > 1]
    assert np.abs(np.quantile(place, [0.1, 0.5, 0.9]) - [0.1, 0.5, 0.9]).max() < 0.02
    area = window.height * window.width / 32**2
    assert area.min() >= 0.2 - 1e-4


def test_small_a_favors_the_borders_of_the_box():
    box = torch.tensor(crops.CENTER_BOX).repeat(5_000, 1)
    spread = []
    for a in (0.1, 2.0):
        quantiles = crops.beta_quantiles(a)
        window = crops.draw_windows(box, (32, 32), low=0.2, quantiles=quantiles, generator=seeded())
        spread.append(float((window.top + window.height / 2).std()))
    assert spread[0] > 1.5 * spread[1]


def test_a_crop_cuts_out_its_window():
    image = torch.arange(64.0).view(1, 1, 8, 8)
    window = crops.Window(*(torch.tensor([float(v)]) for v in (2, 4, 4, 4)))
    plain = crops.cropped(image, window, mirrored=torch.tensor([False]), size=(4, 4))
    torch.testing.assert_close(plain, image[:, :, 2:6, 4:8])
    mirrored = crops.cropped(image, window, mirrored=torch.tensor([True]), size=(4, 4))
    torch.testing.assert_close(mirrored, image[:, :, 2:6, 4:8].flip(3))


def test_heat_boxes_go_around_the_heat():
    maps = torch.zeros(2, 3, 8, 8)
    maps[0, :, 2:4, 5:7] = 1
    boxes = crops.heat_boxes(maps, (8, 8), threshold=0.1)
    torch.testing.assert_close(boxes[0], torch.tensor([2 / 8, 5 / 8, 4 / 8, 7 / 8]))
    torch.testing.assert_close(boxes[1], torch.tensor([0.0, 0, 1, 1]))  # flat: the whole picture


def test_hue_turns_red_into_green_and_leaves_gray():
    third = torch.full((1, 1, 1, 1), 2 * math.pi / 3)
    red, gray = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1), torch.full((1, 3, 1, 1), 0.4)
    torch.testing.assert_close(
        colors.hue_turned(red, third).flatten(), torch.tensor([0.0, 1, 0]), atol=1e-6, rtol=0
    )
    torch.testing.assert_close(colors.hue_turned(gray, third), gray)


def test_colors_change_some_pictures_within_bounds():
    images = torch.rand(400, 3, 4, 4, generator=seeded())
    arguments = {"strength": 0.5, "generator": seeded(1)}
    out = colors.recolored(images, probability=0.5, gray=0.0, **arguments)
    changed = (out != images).flatten(1).any(1).float().mean()
    assert 0.4 < changed < 0.6
    assert ((out >= 0) & (out <= 1)).all()
    gray = colors.recolored(images, probability=0.0, gray=1.0, **arguments)
    torch.testing.assert_close(gray, colors.gray_of(images).expand_as(gray))
    one = colors.recolored(images[:, :1], probability=1.0, gray=1.0, **arguments)
    assert one.shape == (400, 1, 4, 4)


@pytest.mark.parametrize(
    ("name", "side", "parameters"), [("resnet", 32, 11_168_832), ("resnet34", 224, 21_284_672)]
)
def test_backbones_have_the_published_size(name, side, parameters):
    # torchvision's resnet18 and resnet34 without their last layer: 11,176,512 and 21,284,672 parameters; the
    # 3x3 stem has 3 * 64 * (49 - 9) = 7,680 fewer.
    network = resnet(name, (3, side, side), features=512, generator=seeded())
    assert sum(p.numel() for p in network.parameters()) == parameters


@pytest.mark.parametrize(
    ("name", "shape", "features"),
    [("resnet", (3, 32, 32), 512), ("resnet", (1, 28, 28), 64), ("resnet34", (3, 96, 96), 512)],
)
def test_the_cost_told_beforehand_is_about_right(name, shape, features):
    network = resnet(name, shape, features=features, generator=seeded()).eval()
    sizes = {"input_dim": math.prod(shape), "latent_dim": features}
    real = sum(p.numel() for p in network.parameters())
    assert parameter_count(name, **sizes) == pytest.approx(real, rel=0.1)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.rand(1, math.prod(shape)))
    told = multiplications(name, **sizes, image_shape=shape)
    assert told == pytest.approx(counter.get_total_flops() / 2, rel=0.3)


def test_small_backbone_keeps_four_stages():
    network = resnet("resnet", (1, 28, 28), features=64, generator=seeded(), channels_last=True)
    x = torch.rand(2, 784, generator=seeded())
    assert network.feature_map(x).shape == (2, 64, 4, 4)
    torch.testing.assert_close(network(x), network.feature_map(x).mean((2, 3)))
    assert network.feature_map(x).is_contiguous(memory_format=torch.channels_last)
    with pytest.raises(NetworkError, match="multiple of 8"):
        resnet("resnet18", (1, 28, 28), features=10, generator=seeded())
    with pytest.raises(NetworkError, match="needs pictures"):
        resnet("resnet18", None, features=64, generator=seeded())
