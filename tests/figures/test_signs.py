"""Core and border differ by form, not by color alone; text and marks stand out wherever pages put them."""

import re
from pathlib import Path

import pytest

from dcviz.figures import style
from tests.figures.test_style import SIGHT, closest, contrast

ROOT = Path(__file__).resolve().parents[2]
SHADERS = (ROOT / "dcviz" / "viewer" / "js" / "shaders.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("sight", SIGHT)
def test_the_runs_beside_each_other_differ_for_every_eye(sight: str) -> None:
    """The live curves give each run a color and a dash; with the dash none rests on color alone."""
    from dcviz.ui.live_curves import DASHES

    assert closest(style.PAIR, sight) > 11
    assert len(set(DASHES)) == len(DASHES) >= len(style.PAIR)


@pytest.mark.parametrize("sight", SIGHT)
def test_phases_differ_for_every_eye(sight: str) -> None:
    assert closest(style.PHASES, sight) > 10


def mixed(color: str, paper: str, share: float) -> str:
    return style.between(paper, color, share)


@pytest.mark.parametrize(("paper", "text"), [(style.PAPER, "#111110"), (style.DARK_PAPER, "#E8E6E1")])
def test_captions_can_be_read_on_both_pages_and_on_shaded_phases(paper: str, text: str) -> None:
    """Streamlit draws captions in the color of text at 60 %."""
    assert contrast(mixed(text, paper, 0.6), paper) >= 4.5
    for phase in style.PHASES:
        assert contrast(text, mixed(phase, paper, style.PHASE_OPACITY)) >= 7


def test_the_light_theme_has_the_color_that_captions_need() -> None:
    import tomllib

    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    assert contrast(mixed(theme["light"]["textColor"], style.PAPER, 0.6), style.PAPER) >= 4.5
    assert contrast("#FFFFFF", theme["primaryColor"]) >= 4.5  # of the main buttons


def test_core_is_a_disc_and_border_a_ring() -> None:
    """Bit 0 of the flags says core; where it is missing the shader empties the middle of the point."""
    assert "v_ring = (flags & 1) != 0 ? 0.0 : 1.0;" in SHADERS
    emptied = re.search(r"if \(v_ring > 0\.5\) \{(.*?)\n  \}", SHADERS, re.S)
    assert emptied
    assert re.search(r"inside \*= .*hollow", emptied[1])
