"""The latent viewer in a real Chromium: dragging is free and its numbers are right."""

import numpy as np
import pytest

from dcviz.geometry.filters import Thresholds
from dcviz.geometry.purity import split_scores
from tests.browser.conftest import wait_until
from tests.browser.viewer_hands import viewer

pytestmark = pytest.mark.browser


def test_the_picture_is_not_blank_and_has_the_colors_of_four_clusters(chromium, viewer_lab):
    with viewer(chromium, viewer_lab) as hands:
        found = hands.pixels()
        assert found["share"] > 0.02
        assert found["colors"] >= 5


def test_a_hundred_scrubs_make_no_context_no_rerun_and_no_traffic(chromium, viewer_lab):
    with viewer(chromium, viewer_lab) as hands:
        hands.exact()
        wait_until(lambda: hands.js("viewer.track.loaded.every(Boolean)"), 15, "all frames")
        hands.page.wait_for_timeout(1500)
        before, reruns, drawn = hands.traffic.count(), hands.told()["reruns"], int(hands.data("drawn"))
        hands.drag("track", [0.1 + 0.8 * abs(np.sin(k / 7)) for k in range(100)], release=False)
        assert hands.traffic.count() == before
        assert hands.told()["reruns"] == reruns
        assert int(hands.data("drawn")) > drawn + 20
        assert hands.data("contexts") == "1"
        assert hands.page.evaluate("madeContexts.length") == 0, "the page's own thread made a context"
        hands.page.mouse.up()
        hands.until_told(lambda told: told["reruns"] == reruns + 1, "one rerun after the release")


def test_what_plays_out_of_sight_is_not_drawn_until_it_is_seen(chromium, viewer_lab):
    with viewer(chromium, viewer_lab) as hands:
        hands.exact()
        hands.root.evaluate("(root) => { root.style.marginTop = '4000px'; }")
        hands.page.evaluate("scrollTo(0, 0)")
        wait_until(lambda: not hands.js("viewer.seen"), 10, "the picture to be out of sight")
        hands.js("void (viewer.player.speed = 0.25, viewer.state.t = 0, viewer.toggle())")
        hands.page.wait_for_timeout(500)  # what was asked for before is drawn
        drawn, t = int(hands.data("drawn")), hands.js("viewer.state.t")
        wait_until(lambda: hands.js("viewer.state.t") > t + 0.4, 10, "time to go on")
        assert int(hands.data("drawn")) == drawn
        hands.js("""void (viewer.steps = 0, viewer.player.advance = function (seconds) {
            viewer.steps += 1;
            return this.constructor.prototype.advance.call(this, seconds);
        })""")
        hands.page.wait_for_timeout(1000)
        assert 1 <= hands.js("viewer.steps") <= 5, "a page that nobody looks at takes a core"
        hands.root.evaluate("(root) => { root.style.marginTop = ''; root.scrollIntoView(); }")
        wait_until(lambda: int(hands.data("drawn")) > drawn + 5, 10, "the picture to follow once it is seen")


def test_dragging_a_threshold_sends_nothing_and_release_makes_it_exact(chromium, viewer_lab, viewer_runs):
    with viewer(chromium, viewer_lab) as hands:
        start = hands.exact()
        hands.page.wait_for_timeout(1500)
        before, reruns = hands.traffic.count(), hands.told()["reruns"]
        hands.drag("lambda", [0.6, *np.linspace(0.6, 0.2, 40)], release=False)
        wait_until(lambda: hands.core() > start, 5, "more core points")
        assert hands.traffic.count() == before
        live, thresholds = hands.live()["core"], hands.js("viewer.state.thresholds")
        hands.page.mouse.up()
        assert hands.exact() == live, "the table and Python disagree on a grid point"
        told = hands.until_told(lambda told: told["reruns"] > reruns, "a rerun after the release")
        assert told["lambda_ratio"] == pytest.approx(thresholds["lambda_ratio"])
        run = viewer_runs.by_id("arcs")
        wanted = split_scores(run.neighbors(told["key"]), Thresholds(**thresholds), labels=run.labels())
        assert live == wanted.core


def test_a_threshold_dragged_back_to_where_it_was_is_exact_again(chromium, viewer_lab):
    with viewer(chromium, viewer_lab) as hands:
        hands.drag("lambda", [0.5, 0.3])
        first = hands.exact()
        hands.drag("lambda", [0.5, 0.6, 0.3])
        assert hands.exact() == first


def test_the_plane_moves_both_thresholds(chromium, viewer_lab):
    with viewer(chromium, viewer_lab) as hands:
        hands.exact()
        before = hands.js("viewer.state.thresholds")
        hands.drag("plane", [0.8, 0.5, 0.3])
        after = hands.js("viewer.state.thresholds")
        assert after["lambda_ratio"] != before["lambda_ratio"]
        assert after["tau_distance"] != before["tau_distance"]
        assert hands.exact() == hands.live()["core"]


def test_all_totals_on_the_page_equal_pythons(chromium, viewer_lab, viewer_runs):
    run = viewer_runs.by_id("arcs")
    with viewer(chromium, viewer_lab, "epoch=5") as hands:
        for shares in ([0.5, 0.7], [0.5, 0.35]):
            hands.drag("lambda", shares)
            hands.drag("tau", [0.9, shares[-1]])
            hands.exact()
            live = hands.live()
            wanted = split_scores(
                run.neighbors("00005"), Thresholds(**hands.js("viewer.state.thresholds")), labels=run.labels()
            )
            assert (live["core"], live["border"]) == (wanted.core, wanted.border)
            assert (live["reliable"], live["reliable_all"]) == (wanted.reliable, wanted.reliable_all)
            for name, share in vars(wanted.true).items():
                assert live["links"][name] == [share.hits, share.total], name


def test_between_two_epochs_the_badge_says_interpolated(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "epoch=2.4") as hands:
        assert "between epochs 2 and 3, interpolated" in hands.root.locator("[data-part=badge]").inner_text()
        assert hands.told()["key"] == "00002"


def test_python_can_move_the_cursor(chromium, viewer_lab):
    with viewer(chromium, viewer_lab) as hands:
        hands.exact()
        assert hands.data("epoch") == "00010"
        hands.page.get_by_role("button", name="To epoch 1").click()
        wait_until(lambda: hands.data("epoch") == "00001", 10, "the order of the page")
        hands.page.get_by_role("button", name="Rerun").click()
        hands.until_told(lambda told: told["key"] == "00001", "the state after a rerun")
        assert hands.data("contexts") == "1"
