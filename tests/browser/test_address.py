"""A link copied in one browser opens the same view in another: plane, color, camera, selection, choices."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.conftest import serving, wait_until, watched_page
from tests.browser.viewer_hands import Hands
from tests.viewer.conftest import write_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    root = tmp_path_factory.mktemp("address") / "runs"
    write_run(root, "deep", n=800, d=6)
    with serving("app.py", root) as address:
        yield address


def here(page) -> str:
    """The address bar now; asking the page also lets it go on."""
    return page.evaluate("location.href")


def asked(link: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(link).query).items()}


LOOK = """({ ...viewer.state.camera, color: viewer.state.color, plane: viewer.state.projection,
  n: viewer.points.count })"""


def test_the_address_follows_the_hand_and_opens_the_same_view_elsewhere(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(f"{lab}/explore?run=deep")
        hands = Hands(page).ready()
        hands.js("viewer.setColor('split')")
        hands.js("viewer.setProjection('pca-2-1')")
        wait_until(lambda: asked(here(page)).get("projection") == "pca-2-1", 20, "the plane in the address")
        wait_until(lambda: hands.js("viewer.index.projection.token") == "pca-2-1", 20, "the plane")
        hands.ready()
        hands.js("viewer.points.select({ only: 'core' })")
        wait_until(lambda: "selection" in asked(here(page)), 20, "the selection in the address")
        hands.stage.hover()
        page.mouse.wheel(0, -400)
        wait_until(lambda: "camera" in asked(here(page)), 20, "the camera in the address")
        link, before = here(page), hands.js(LOOK)
    assert asked(link)["color"] == "split"
    with watched_page(chromium) as page:
        page.goto(link)
        hands = Hands(page).ready()
        wait_until(lambda: hands.js(LOOK)["n"] == before["n"], 20, "the selection to come back")
        after = hands.js(LOOK)
        assert (after["color"], after["plane"], after["n"]) == (before["color"], before["plane"], before["n"])
        assert after["zoom"] == pytest.approx(before["zoom"], rel=1e-3)
        assert after["x"] == pytest.approx(before["x"], abs=1e-3)
        page.get_by_text(f"{before['n']} selected points as CSV").wait_for(timeout=20_000)


def test_a_plane_turned_by_hand_is_in_the_link(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(f"{lab}/explore?run=deep")
        hands = Hands(page).ready()
        hands.js("viewer.setProjection('tour')")
        page.get_by_role("button", name="Principal axis 3").press("ArrowRight")
        wait_until(
            lambda: asked(here(page)).get("projection", "").startswith("tour_"),
            20,
            "the plane in the address",
        )
        link, before = here(page), hands.js("[...viewer.tour.axes].slice(0, 12)")
    with watched_page(chromium) as page:
        page.goto(link)
        hands = Hands(page).ready()
        wait_until(lambda: hands.js("viewer.tour.active"), 20, "the turned plane to come back")
        assert hands.js("[...viewer.tour.axes].slice(0, 12)") == pytest.approx(before, abs=2e-3)


def test_what_is_chosen_on_a_page_is_in_its_address_and_back_goes_back(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(f"{lab}/benchmarks")
        page.get_by_role("tab", name="Run time").click()
        wait_until(lambda: asked(here(page)).get("tab") == "Run time", 20, "the tab in the address")
        page.get_by_role("button", name="Copy link").click()
        page.get_by_role("button", name="Copy link").nth(1).wait_for()
        page.goto(f"{lab}/benchmarks?tab=Robustness")
        page.get_by_role("tab", name="Robustness", selected=True).wait_for(timeout=20_000)


def test_the_copied_link_opens_the_view_it_was_copied_from(chromium, lab) -> None:
    with watched_page(chromium, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{lab}/explore?run=deep&lambda_ratio=0.45")
        hands = Hands(page).ready()
        hands.js("viewer.setColor('split')")
        hands.js("viewer.points.select({ only: 'core' })")
        wait_until(lambda: {"color", "selection"} <= set(asked(here(page))), 20, "the look in the address")
        before = hands.js(LOOK)
        page.get_by_role("button", name="Copy link").click()
        page.get_by_role("button", name="Copy link").nth(1).click()
        page.get_by_role("button", name="Copied").wait_for(timeout=20_000)
        link = page.evaluate("navigator.clipboard.readText()")
        assert link == here(page)
    assert (asked(link)["run"], asked(link)["lambda_ratio"]) == ("deep", "0.45")
    with watched_page(chromium) as page:
        page.goto(link)
        hands = Hands(page).ready()
        wait_until(lambda: hands.js(LOOK)["n"] == before["n"], 20, "the selection to come back")
        assert hands.js(LOOK)["color"] == "split"
        page.get_by_text("λ_ratio = 0.45").first.wait_for(timeout=20_000)
