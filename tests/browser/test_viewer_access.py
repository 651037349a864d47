"""The viewer for everyone: keys, reduced motion, phones, no WebGL, lost contexts, two at once."""

import io

import pytest
from PIL import Image

from tests.browser.conftest import wait_until, watched_page
from tests.browser.viewer_hands import Hands, viewer

pytestmark = pytest.mark.browser


def test_a_walk_by_keyboard_alone(chromium, viewer_lab):
    with viewer(chromium, viewer_lab) as hands:
        hands.exact()
        hands.stage.focus()
        hands.press("Home")
        wait_until(lambda: hands.data("epoch") == "00000", 5, "the first epoch")
        hands.press(".", ".", "ArrowRight", ",")
        assert hands.data("epoch") == "00002"
        hands.press("s")
        assert hands.data("epoch") == "00003"
        assert hands.stage.get_attribute("aria-label")
        wait_until(lambda: "epoch 3" in hands.stage.get_attribute("aria-label"), 5, "the spoken summary")
        hands.press("c")
        assert hands.js("viewer.state.color") != "cluster"
        hands.press("p")
        assert hands.js("viewer.state.story.length") >= 4
        hands.press("p", "+", "Shift+ArrowLeft", "f")
        hands.press("x")
        hands.until_told(lambda told: told["selected"], "the border points")
        hands.press("Escape")
        hands.until_told(lambda told: not told["selected"], "the cleared selection")
        hands.press("?")
        assert "small multiples" in hands.root.locator(".dv-dialog").inner_text()
        hands.press("Escape")
        hands.press("Home", " ")
        wait_until(lambda: float(hands.data("t")) > 1, 10, "playback")
        hands.press(" ")
        stopped = hands.data("t")
        hands.page.wait_for_timeout(400)
        assert hands.data("t") == stopped


def test_tab_reaches_every_control(chromium, viewer_lab):
    with viewer(chromium, viewer_lab) as hands:
        hands.exact()
        hands.page.mouse.click(4, 4)
        reached = set()
        for _ in range(70):
            hands.press("Tab")
            reached.add(
                hands.page.evaluate(
                    "() => { let node = document.activeElement; while (node?.shadowRoot?.activeElement)"
                    " node = node.shadowRoot.activeElement;"
                    " return node?.dataset?.part ?? node?.dataset?.tool ?? ''; }"
                )
            )
        parts = {"color", "projection", "pan", "lasso", "box", "select", "home", "story", "export", "help"}
        parts |= {"stage", "M", "lambda", "tau", "plane", "back", "play", "on", "track", "score"}
        assert parts <= reached, parts - reached


def test_reduced_motion_never_plays_by_itself_and_steps_whole_epochs(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "show=twist", reduced_motion="reduce") as hands:
        hands.page.wait_for_timeout(1000)
        assert float(hands.data("t")) == 0
        hands.stage.focus()
        hands.press(" ")
        seen = set()
        for _ in range(25):
            seen.add(float(hands.data("t")))
            hands.page.wait_for_timeout(100)
        assert len(seen) >= 2
        assert all(t == int(t) for t in seen)


def test_autoplay_stops_at_the_switch_and_says_so(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "show=twist") as hands:
        told = hands.until_told(lambda told: told["paused_at_switch"], "the stop at the switch", 25)
        assert told["key"] == "00003"
        assert hands.data("contexts") == "1"


def test_a_lost_context_comes_back(chromium, viewer_lab):
    with viewer(chromium, viewer_lab) as hands:
        hands.exact()
        before = hands.pixels()
        hands.js("viewer.engine.post({type: 'lose', viewer: viewer.id})")
        wait_until(lambda: hands.js("viewer.stats.counters.restored") == 1, 10, "the context to be restored")
        hands.press("Tab")
        wait_until(
            lambda: hands.pixels()["share"] > 0.5 * before["share"], 10, "the picture to be drawn again"
        )
        assert hands.data("contexts") == "1"


def test_without_webgl_a_labeled_sample_is_drawn(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "show=canvas&run=many") as hands:
        assert hands.data("painter") == "canvas"
        badge = hands.root.locator("[data-part=badge]")
        wait_until(lambda: "sample of 5,000 of 12,000" in badge.inner_text(), 10, "the label of the sample")
        assert hands.pixels()["share"] > 0.02


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_in_both_themes(chromium, viewer_lab, scheme):
    with viewer(chromium, viewer_lab, color_scheme=scheme) as hands:
        hands.page.set_viewport_size({"width": 390, "height": 844})
        hands.page.wait_for_timeout(500)
        assert hands.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert hands.stage.bounding_box()["width"] > 330
        assert hands.js("viewer.state.dark") == (scheme == "dark")
        slider = Image.open(io.BytesIO(hands.root.locator("input[data-part=M]").screenshot())).convert("L")
        rest = slider.getpixel((int(0.85 * slider.width), slider.height // 2))  # right of the thumb
        assert (rest < 128) == (scheme == "dark")
        small = hands.root.evaluate(
            "node => [...node.querySelectorAll('button, select, input')].filter((one) => one.offsetParent"
            " && one.getBoundingClientRect().height < 20).map((one) => one.outerHTML)"
        )
        assert not small


def test_two_viewers_share_one_context_and_one_cursor(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "show=two") as first:
        second = Hands(first.page, 1).ready()
        first.exact()
        assert {first.data("contexts"), second.data("contexts")} == {"1"}
        first.stage.focus()
        first.press("Home")
        wait_until(lambda: second.data("epoch") == "00000", 5, "the linked cursor")
        first.drag("lambda", [0.6, 0.3])
        assert second.js("viewer.state.thresholds") == first.js("viewer.state.thresholds")


def test_the_plane_has_a_name_before_it_is_counted(chromium, viewer_lab):
    with watched_page(chromium) as page:
        page.route("**/dcviz/**/table*", lambda route: None)  # never answered
        page.goto(viewer_lab)
        plane = page.locator("[data-part=plane]")
        plane.wait_for(timeout=30_000)
        assert "not counted yet" in plane.get_attribute("aria-label")
