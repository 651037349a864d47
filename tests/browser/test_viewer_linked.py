"""Linked viewers look at the same part, turn together, and play as fast as the page says."""

import pytest

from tests.browser.conftest import wait_until
from tests.browser.viewer_hands import Hands, viewer

pytestmark = pytest.mark.browser


def seen(hands) -> list[float]:
    """The excerpt against the view of everything: shift in shares of the stage, and zoom."""
    found = hands.js("viewer.camera.relative()")
    return [found["x"], found["y"], found["zoom"]]


def near(first, second) -> bool:
    return seen(first) == pytest.approx(seen(second), abs=1e-6)


def test_one_hand_moves_the_camera_of_both(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "show=two") as first:
        second = Hands(first.page, 1).ready()
        first.exact()
        assert seen(first) == seen(second) == pytest.approx([0, 0, 1])
        box = first.stage.bounding_box()
        first.page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.4)
        first.page.mouse.wheel(0, -600)
        wait_until(lambda: seen(first)[2] > 2, 5, "the wheel")
        wait_until(lambda: near(first, second), 5, "the linked zoom")
        first.page.mouse.down()
        first.page.mouse.move(box["x"] + 60, box["y"] + 80, steps=4)
        first.page.mouse.up()
        assert abs(seen(first)[0]) > 0.05
        wait_until(lambda: near(first, second), 5, "the linked pan")

        # Stages of two heights show the same middle of the same run, the smaller one smaller.
        one, two = (hands.js("viewer.state.camera") for hands in (first, second))
        assert [two["x"], two["y"]] == pytest.approx([one["x"], one["y"]], rel=1e-3, abs=1e-3)
        assert two["zoom"] < one["zoom"]
        second.stage.focus()
        second.press("f")
        wait_until(lambda: seen(first) == seen(second) == pytest.approx([0, 0, 1]), 5, "home for both")


def test_runs_of_other_units_show_the_same_excerpt_and_stay_on_the_screen(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "show=two&run=arcs&other=deep") as first:
        second = Hands(first.page, 1).ready()
        first.exact()
        first.stage.focus()
        first.press("+", "+", "Shift+ArrowRight")
        wait_until(lambda: near(first, second), 5, "the linked excerpt")
        assert seen(second)[2] == pytest.approx(1.25**2)
        wait_until(lambda: second.js("!viewer.missing"), 10, "the second picture")
        assert second.pixels()["share"] > 0.02


def test_a_turn_by_hand_turns_both(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "show=two&run=deep") as first:
        second = Hands(first.page, 1).ready()
        first.exact()
        first.root.locator("[data-part=projection]").select_option("tour")
        wait_until(lambda: second.js("viewer.tour.active"), 5, "the other to begin")
        axes = "[...viewer.state.tour.axes].slice(0, 12)"
        before = second.js(axes)
        first.root.get_by_role("button", name="Principal axis 3", exact=True).focus()
        first.press(*["ArrowRight"] * 5)
        assert first.js(axes) != before
        assert second.js(axes) == pytest.approx(first.js(axes), abs=1e-6)
        first.root.locator("[data-part=projection]").select_option("pca-0-1")
        wait_until(lambda: not second.js("viewer.tour.active"), 5, "the other to end")


def test_the_page_says_how_fast_it_plays(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "show=slow") as hands:
        speed = hands.root.get_by_label("Speed")
        assert (hands.js("viewer.player.speed"), speed.input_value()) == (0.25, "0.25")
        hands.stage.focus()
        hands.press("]")
        assert (hands.js("viewer.player.speed"), speed.input_value()) == (0.5, "0.5")
