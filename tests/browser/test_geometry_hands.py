"""Geometry and Explore by hand: a brush over epochs, a click on a point, a color that becomes a histogram."""

import re

import pytest

from dcviz.runs import default_store
from tests.browser.conftest import serving, settle, wait_until, watched_page
from tests.browser.viewer_hands import Hands

pytestmark = pytest.mark.browser

RUN = "arcs-dec"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with serving("app.py", tmp_path_factory.mktemp("hands") / "runs") as address:
        yield address


def epochs_shown(page) -> list[float]:
    """The epochs side by side, read off the caption below the pictures."""
    found = re.search(r"The same points at epochs ([\d., ]+):", page.locator("body").inner_text())
    return [float(text) for text in found[1].split(", ")] if found else []


def drag_across(page, plot, start: float, end: float) -> None:
    """Press in a plot and move to another place of it, both as shares of its width, in several steps."""
    area = plot.locator(".nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    x = [box["x"] + share * box["width"] for share in (start, end)]
    y = box["y"] + box["height"] / 2
    page.mouse.move(x[0], y)
    page.mouse.down()
    for step in range(1, 11):
        page.mouse.move(x[0] + (x[1] - x[0]) * step / 10, y)
    page.mouse.up()


def test_a_brush_over_the_curve_chooses_the_epochs_beside_each_other(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(f"{lab}/geometry?run={RUN}")
        strip = page.locator(".st-key-brush_strip")
        strip.locator(".nsewdrag").first.wait_for(timeout=60_000)
        settle(page)
        wait_until(lambda: min(epochs_shown(page), default=0) == 200, 30, "the epochs since the switch")

        # The axis reaches from -4 to 404: this is about epochs 28 to 167.
        drag_across(page, strip, 0.08, 0.42)
        wait_until(
            lambda: bool(now := epochs_shown(page)) and min(now) > 20 and max(now) < 200, 30,
            "epochs of the brushed interval alone",
        )  # fmt: skip
        settle(page)
        assert not page.get_by_test_id("stException").count()
        assert len(page.locator(".st-key-brush_pictures canvas").all()) >= 1

        # A second brush moves on from the first.
        drag_across(page, strip, 0.62, 0.9)
        wait_until(lambda: min(epochs_shown(page), default=0) > 230, 30, "the epochs of the second brush")


def lonely(run) -> int:
    """The point whose nearest neighbor is farthest: a click beside it can mean no other."""
    return int(run.neighbors(run.epochs()[-1].key).distances[:, 0].argmax())


def on_screen(hands: Hands, run, row: int) -> tuple[float, float]:
    """Where a point of the last epoch lies on the page."""
    z = run.latents(run.epochs()[-1].key)[row] - run.latents("00200").astype(float).mean(0)
    camera, size = hands.js("viewer.state.camera"), hands.js("[viewer.state.width, viewer.state.height]")
    flat = (z - [camera["x"], camera["y"]]) * camera["zoom"] * [1, -1] + [size[0] / 2, size[1] / 2]
    box = hands.stage.bounding_box()
    return box["x"] + 1 + float(flat[0]), box["y"] + 1 + float(flat[1])


def test_a_click_on_a_point_is_what_the_estimator_looks_at(chromium, lab) -> None:
    run = default_store().by_id(RUN)
    row = lonely(run)
    with watched_page(chromium) as page:
        page.goto(f"{lab}/geometry?run={RUN}")
        page.locator(".dv").nth(1).wait_for(timeout=60_000)
        hands = Hands(page, 1).ready(60)
        settle(page)
        field = page.get_by_role("spinbutton", name="Point", exact=True)
        assert field.input_value() != str(row)
        hands.stage.scroll_into_view_if_needed()
        page.mouse.click(*on_screen(hands, run, row))
        wait_until(lambda: field.input_value() == str(row), 30, f"point {row} in the field")
        told = page.get_by_text(f"Where point {row} and its 15 nearest lie")
        told.wait_for(timeout=30_000)
        settle(page)

        # A wider neighborhood by keyboard: the panel alone is drawn again.
        slider = page.get_by_role("slider", name="Neighbors k")
        slider.focus()
        page.keyboard.press("ArrowRight")
        page.get_by_text(f"Where point {row} and its 16 nearest lie").wait_for(timeout=30_000)
        assert not page.get_by_test_id("stException").count()


def test_a_color_becomes_a_histogram(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(f"{lab}/explore?run={RUN}")
        page.locator(".dv").wait_for(timeout=60_000)
        hands = Hands(page).ready(60)
        page.get_by_text("How one score is spread").wait_for(timeout=60_000)
        settle(page)
        hands.root.locator("[data-part=color]").select_option("purity")
        page.get_by_text(re.compile("same true label; evaluation only. Median")).wait_for(timeout=30_000)
        wait_until(lambda: "color=purity" in page.url, 30, "the address to follow")
        settle(page)
        chosen = page.get_by_role("combobox", name=re.compile("Score of each point"))
        assert chosen.count() == 1
        assert not page.get_by_test_id("stException").count()
