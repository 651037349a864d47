"""The colors hold for people who see colors differently, and on both backgrounds."""

import itertools

import numpy as np
import pytest

from dcviz.figures import style
from dcviz.figures.sweeps import parallel_coordinates

# Severity 1.0 of [Machado, Oliveira and Fernandes 2009, Table 1], for linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(color: str) -> np.ndarray:
    """Linear RGB of a hexadecimal color."""
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a linear RGB color, D65."""
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def delta_e(one: np.ndarray, two: np.ndarray) -> float:
    """CIEDE2000 difference of two L*a*b* colors [Sharma, Wu and Dalal 2005]."""
    c_mean = (np.hypot(*one[1:]) + np.hypot(*two[1:])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(c_mean**7 / (c_mean**7 + 25**7))
    a1, a2 = one[1] * stretch, two[1] * stretch
    c1, c2 = np.hypot(a1, one[2]), np.hypot(a2, two[2])
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, one[2]), (a2, two[2])))
    step = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = h1 + step / 2 if c1 * c2 else h1 + h2
    light, chroma = (one[0] + two[0]) / 2, (c1 + c2) / 2
    cos = lambda k, shift: np.cos(np.radians(k * hue + shift))  # noqa: E731
    t = 1 - 0.17 * cos(1, -30) + 0.24 * cos(2, 0) + 0.32 * cos(3, 6) - 0.20 * cos(4, -63)
    d_light = (two[0] - one[0]) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    d_chroma = (c2 - c1) / (1 + 0.045 * chroma)
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(step / 2)) / (1 + 0.015 * chroma * t)
    turn = np.sin(np.radians(60 * np.exp(-(((hue % 360 - 275) / 25) ** 2))))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * turn
    return float(np.sqrt(d_light**2 + d_chroma**2 + d_hue**2 + rotation * d_chroma * d_hue))


def contrast(one: str, two: str) -> float:
    """WCAG contrast ratio."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, two))
    return (high + 0.05) / (low + 0.05)


def closest(colors: tuple[str, ...], sight: str) -> float:
    seen = [lab(np.asarray(SIGHT[sight]) @ linear(color)) for color in colors]
    return min(delta_e(a, b) for a, b in itertools.combinations(seen, 2))


def test_our_color_difference_is_ciede2000() -> None:
    """Pairs 1, 7 and 17 of the table Sharma published for implementers."""
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ]
    for one, two, expected in pairs:
        assert delta_e(np.array(one), np.array(two)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("sight", SIGHT)
def test_curves_and_core_against_border_differ_for_every_eye(sight: str) -> None:
    assert closest(style.LINES[:4], sight) > 11
    assert closest((style.CORE, style.BORDER), sight) > 20


@pytest.mark.parametrize("sight", SIGHT)
def test_eight_clusters_differ_for_every_eye(sight: str) -> None:
    assert closest(style.CATEGORICAL[:8], sight) > 10


@pytest.mark.parametrize("paper", [style.PAPER, style.DARK_PAPER])
def test_curves_stand_out_on_both_backgrounds(paper: str) -> None:
    assert min(contrast(color, paper) for color in style.LINES) >= 3


def test_clusters_stand_out_on_the_dark_page() -> None:
    assert min(contrast(style.cluster_color(k, dark=True), style.DARK_PAPER) for k in range(10)) >= 3


def test_a_cluster_keeps_its_color() -> None:
    assert style.cluster_color(3) == style.cluster_color(13) == style.CATEGORICAL[3]


def test_theme_lists_the_same_colors() -> None:
    import tomllib
    from pathlib import Path

    config = tomllib.loads(Path(__file__).parents[2].joinpath(".streamlit/config.toml").read_text())
    assert tuple(config["theme"]["chartCategoricalColors"]) == style.CATEGORICAL


def test_lines_of_a_sweep_stand_out_on_white_and_on_dark_pages() -> None:
    line = parallel_coordinates({"a": [1, 2], "b": [3, 4]}, color="a").data[0].line
    low, high = (color for _, color in line.colorscale)
    for share in (0, 0.25, 0.5, 0.75, 1):
        shade = style.between(low, high, share)
        assert min(contrast(shade, paper) for paper in (style.PAPER, style.DARK_PAPER)) >= 3
