"""Colors: the same as in the figures, and apart for every kind of color vision."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from dcviz.figures import style
from dcviz.viewer.modules import sources

# [Machado, Oliveira, Fernandes 2009], severity 1.0, on linear RGB.
SEEN_AS = {
    "all": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def constant(name: str) -> list[str]:
    found = re.search(rf"export const {name} = \[(.*?)\]", sources()["palette.js"], re.S)
    return re.findall(r"#[0-9A-F]{6}", found[1])


def lab(color: str, vision: np.ndarray) -> np.ndarray:
    rgb = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(vision @ linear, 0, 1)
    to_xyz = np.array([[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07218], [0.01933, 0.11919, 0.95030]])
    xyz = to_xyz @ seen / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_figures_and_the_viewer_have_the_same_colors():
    assert constant("CATEGORICAL") == list(style.CATEGORICAL)
    assert constant("PHASES") == list(style.PHASES)
    text = Path(style.__file__).parents[1].joinpath("viewer/js/palette.js").read_text()
    assert f'CORE = "{style.CORE}"' in text
    assert f'BORDER = "{style.BORDER}"' in text


@pytest.mark.parametrize("vision", SEEN_AS)
def test_the_first_eight_categories_stay_apart(vision):
    labs = [lab(color, SEEN_AS[vision]) for color in constant("CATEGORICAL")[:8]]
    distances = [np.linalg.norm(a - b) for a, b in itertools.combinations(labs, 2)]
    assert min(distances) > 10, f"two categories are {min(distances):.1f} apart in Lab for {vision}"


@pytest.mark.parametrize("vision", SEEN_AS)
def test_core_and_border_stay_apart(vision):
    core, border = lab(style.CORE, SEEN_AS[vision]), lab(style.BORDER, SEEN_AS[vision])
    assert np.linalg.norm(core - border) > 25


@pytest.mark.parametrize("vision", SEEN_AS)
def test_the_ordered_scale_grows_lighter_all_along(vision):
    lightness = [lab(color, SEEN_AS[vision])[0] for color in constant("CIVIDIS")]
    assert (np.diff(lightness) > 2).all()
