"""The latent viewer in a real Chromium: dragging is free, numbers are right, keys reach everything."""

import numpy as np
import pytest

from dcviz.geometry.filters import Thresholds
from dcviz.geometry.purity import split_scores
from dcviz.runs import RunStore
from tests.browser.conftest import serving, wait_until
from tests.browser.viewer_hands import Hands, viewer
from tests.viewer.conftest import write_run

pytestmark = pytest.mark.browser
PAGE = "tests/browser/viewer_page.py"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("viewer") / "runs"
    write_run(root, "arcs", n=1200, epochs=11)
    write_run(root, "deep", n=800, d=6)
    write_run(root, "many", n=12_000, epochs=3)
    write_run(root, "bare", labels=False)
    return RunStore(root)


@pytest.fixture(scope="module")
def lab(runs):
    with serving(PAGE, runs.root) as address:
        yield address


def test_the_picture_is_not_blank_and_has_the_colors_of_four_clusters(chromium, lab):
    with viewer(chromium, lab) as hands:
        found = hands.pixels()
        assert found["share"] > 0.02
        assert found["colors"] >= 5


def test_a_hundred_scrubs_make_no_context_no_rerun_and_no_traffic(chromium, lab):
    with viewer(chromium, lab) as hands:
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


def test_dragging_a_threshold_sends_nothing_and_release_makes_it_exact(chromium, lab, runs):
    with viewer(chromium, lab) as hands:
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
        run = runs.by_id("arcs")
        wanted = split_scores(run.neighbors(told["key"]), Thresholds(**thresholds), labels=run.labels())
        assert live == wanted.core


def test_a_threshold_dragged_back_to_where_it_was_is_exact_again(chromium, lab):
    with viewer(chromium, lab) as hands:
        hands.drag("lambda", [0.5, 0.3])
        first = hands.exact()
        hands.drag("lambda", [0.5, 0.6, 0.3])
        assert hands.exact() == first


def test_the_plane_moves_both_thresholds(chromium, lab):
    with viewer(chromium, lab) as hands:
        hands.exact()
        before = hands.js("viewer.state.thresholds")
        hands.drag("plane", [0.8, 0.5, 0.3])
        after = hands.js("viewer.state.thresholds")
        assert after["lambda_ratio"] != before["lambda_ratio"]
        assert after["tau_distance"] != before["tau_distance"]
        assert hands.exact() == hands.live()["core"]


def test_all_totals_on_the_page_equal_pythons(chromium, lab, runs):
    run = runs.by_id("arcs")
    with viewer(chromium, lab, "epoch=5") as hands:
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


def inside(polygon: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Even-odd rule, written with numpy and by itself."""
    odd = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (y0 > points[:, 1]) != (y1 > points[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= crosses & (points[:, 0] < (x1 - x0) * (points[:, 1] - y0) / (y1 - y0) + x0)
    return odd


def test_a_lasso_takes_the_points_that_numpy_finds_inside(chromium, lab, runs):
    run = runs.by_id("arcs")
    with viewer(chromium, lab, "epoch=10") as hands:
        hands.stage.focus()
        hands.press("l")
        box = hands.stage.bounding_box()
        center = np.array([box["x"] + box["width"] * 0.42, box["y"] + box["height"] * 0.5])
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        radius = box["height"] * (0.25 + 0.1 * np.sin(3 * angles))
        corners = np.round(center + np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius[:, None])
        hands.page.mouse.move(*corners[0])
        hands.page.mouse.down()
        for corner in corners[1:]:
            hands.page.mouse.move(*corner)
        hands.page.mouse.up()
        camera, size = hands.js("viewer.state.camera"), hands.js("[viewer.state.width, viewer.state.height]")
        frame = hands.stage.evaluate("node => [node.clientLeft, node.clientTop]")
        origin = np.array([box["x"], box["y"]])
        assert frame == [1, 1]
        told = hands.until_told(lambda told: told["selected"], "the selection in Python")
        flat = (corners - origin - np.array(size) / 2) / camera["zoom"] * [1, -1]
        polygon = flat + np.array([camera["x"], camera["y"]])
        z = run.latents("00010") - run.latents("00003").astype(np.float64).mean(axis=0)
        found, wanted = set(told["selected"]), set(np.flatnonzero(inside(polygon, z)).tolist())
        assert 50 < len(wanted) < 1150
        # Points whose place differs by the quantization may fall on the other side of an edge.
        edge = {i for i in found ^ wanted if distance_to(polygon, z[i]) < 1.5 / camera["zoom"]}
        assert found ^ wanted == edge
        assert len(edge) <= 0.02 * len(wanted)
        assert told["rows"] == len(found)
        hands.press("Escape")
        hands.until_told(lambda told: not told["selected"], "the cleared selection")


def distance_to(polygon: np.ndarray, point: np.ndarray) -> float:
    start, end = polygon, np.roll(polygon, -1, axis=0)
    along = ((point - start) * (end - start)).sum(1) / ((end - start) ** 2).sum(1).clip(1e-12)
    return float(np.linalg.norm(start + along.clip(0, 1)[:, None] * (end - start) - point, axis=1).min())


def test_a_selection_stays_while_epochs_change(chromium, lab, runs):
    with viewer(chromium, lab, "epoch=4") as hands:
        hands.exact()
        hands.root.locator("[data-part=select]").select_option(label="border points of cluster 3")
        told = hands.until_told(lambda told: told["selected"], "the selection")
        run = runs.by_id("arcs")
        core = np.array(run.neighbors("00004").distances[:, 0] / run.neighbors("00004").distances[:, 4] > 0.6)
        assert told["selected"] == np.flatnonzero((run.assignments("00004") == 3) & ~core).tolist()
        hands.stage.focus()
        hands.press("End")
        hands.until_told(lambda after: after["key"] == "00010", "the last epoch")
        assert hands.told()["selected"] == told["selected"]
        words = hands.root.locator(".dv-chosen")
        wait_until(lambda: "since epoch 4" in words.inner_text(), 10, "what became of the selected")


def test_the_card_of_a_point(chromium, lab, runs):
    with viewer(chromium, lab, "epoch=6") as hands:
        hands.exact()
        hands.stage.focus()
        hands.press("g")
        hands.page.keyboard.type("17")
        hands.press("Enter")
        card = hands.root.locator(".dv-card")
        card.wait_for()
        text = card.inner_text()
        graph = runs.by_id("arcs").neighbors("00006")
        assert "point 17" in text
        assert f"#{graph.indices[17, 0]}" in text
        assert "D₁/D_5" in text
        assert "class <b>" in text, "class names are text, not markup"
        assert hands.root.locator("circle.dv-mark").count() == 6


def test_hovering_shows_a_ring_at_once_and_a_card_after_a_moment(chromium, lab):
    with viewer(chromium, lab, "epoch=6") as hands:
        hands.exact()
        hands.page.evaluate(
            "() => { const viewer = [...dcvizViewer.viewers.values()][0];"
            " viewer.got_where = (message) => { viewer.seen = message.at[0]; };"
            " viewer.engine.post({type: 'where', viewer: viewer.id, points: [40], panel: null}); }"
        )
        wait_until(lambda: hands.js("Boolean(viewer.seen)"), 5, "the place of a point")
        x, y = hands.js("viewer.seen")
        camera, box = hands.js("viewer.state.camera"), hands.stage.bounding_box()
        width, height = hands.js("[viewer.state.width, viewer.state.height]")
        place = [
            box["x"] + width / 2 + (x - camera["x"]) * camera["zoom"],
            box["y"] + height / 2 - (y - camera["y"]) * camera["zoom"],
        ]
        hands.page.mouse.move(place[0] - 3, place[1])
        hands.page.mouse.move(*place)
        hands.root.locator("circle.dv-hover").wait_for(state="attached")
        hands.root.locator(".dv-card").wait_for()


def test_a_walk_by_keyboard_alone(chromium, lab):
    with viewer(chromium, lab) as hands:
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


def test_tab_reaches_every_control(chromium, lab):
    with viewer(chromium, lab) as hands:
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


def test_reduced_motion_never_plays_by_itself_and_steps_whole_epochs(chromium, lab):
    with viewer(chromium, lab, "show=twist", reduced_motion="reduce") as hands:
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


def test_autoplay_stops_at_the_switch_and_says_so(chromium, lab):
    with viewer(chromium, lab, "show=twist") as hands:
        told = hands.until_told(lambda told: told["paused_at_switch"], "the stop at the switch", 25)
        assert told["key"] == "00003"
        assert hands.data("contexts") == "1"


def test_a_lost_context_comes_back(chromium, lab):
    with viewer(chromium, lab) as hands:
        hands.exact()
        before = hands.pixels()
        hands.js("viewer.engine.post({type: 'lose', viewer: viewer.id})")
        wait_until(lambda: hands.js("viewer.stats.counters.restored") == 1, 10, "the context to be restored")
        hands.press("Tab")
        wait_until(
            lambda: hands.pixels()["share"] > 0.5 * before["share"], 10, "the picture to be drawn again"
        )
        assert hands.data("contexts") == "1"


def test_without_webgl_a_labeled_sample_is_drawn(chromium, lab):
    with viewer(chromium, lab, "show=canvas&run=many") as hands:
        assert hands.data("painter") == "canvas"
        badge = hands.root.locator("[data-part=badge]")
        wait_until(lambda: "sample of 5,000 of 12,000" in badge.inner_text(), 10, "the label of the sample")
        assert hands.pixels()["share"] > 0.02


def test_between_two_epochs_the_badge_says_interpolated(chromium, lab):
    with viewer(chromium, lab, "epoch=2.4") as hands:
        assert "between epochs 2 and 3, interpolated" in hands.root.locator("[data-part=badge]").inner_text()
        assert hands.told()["key"] == "00002"


def test_two_viewers_share_one_context_and_one_cursor(chromium, lab):
    with viewer(chromium, lab, "show=two") as first:
        second = Hands(first.page, 1).ready()
        first.exact()
        assert {first.data("contexts"), second.data("contexts")} == {"1"}
        first.stage.focus()
        first.press("Home")
        wait_until(lambda: second.data("epoch") == "00000", 5, "the linked cursor")
        first.drag("lambda", [0.6, 0.3])
        assert second.js("viewer.state.thresholds") == first.js("viewer.state.thresholds")


def test_python_can_move_the_cursor(chromium, lab):
    with viewer(chromium, lab) as hands:
        hands.exact()
        assert hands.data("epoch") == "00010"
        hands.page.get_by_role("button", name="To epoch 1").click()
        wait_until(lambda: hands.data("epoch") == "00001", 10, "the order of the page")
        hands.page.get_by_role("button", name="Rerun").click()
        hands.until_told(lambda told: told["key"] == "00001", "the state after a rerun")
        assert hands.data("contexts") == "1"


def test_every_projection_draws_and_says_what_it_keeps(chromium, lab):
    with viewer(chromium, lab, "run=deep") as hands:
        note = hands.root.locator(".dv-note")
        wait_until(lambda: "Trustworthiness" in note.inner_text(), 15, "the trustworthiness")
        hands.root.locator("[data-part=projection]").select_option("aligned")
        wait_until(lambda: "Procrustes" in note.inner_text(), 10, "the note of the aligned axes")
        wait_until(lambda: hands.pixels()["share"] > 0.02, 10, "the aligned picture")
        hands.root.locator("[data-part=projection]").select_option("axes")
        hands.root.locator(".dv-dialog button").click()
        wait_until(lambda: "Axes 1 and 3" in note.inner_text(), 10, "the other axes")
        hands.root.locator("[data-part=projection]").select_option("tour")
        wait_until(lambda: "turned by hand" in note.inner_text(), 10, "the tour")
        hands.page.wait_for_timeout(500)
        before = note.inner_text()
        axis = hands.root.get_by_role("button", name="Principal axis 3", exact=True)
        axis.focus()
        hands.press(*["ArrowRight"] * 6)
        assert note.inner_text() != before
        assert hands.pixels()["share"] > 0.01


def test_pictures_and_tables_leave_with_their_facts(chromium, lab, tmp_path):
    with viewer(chromium, lab, "epoch=6") as hands:
        hands.exact()
        for kind, sign in (("png", b"\x89PNG"), ("svg", b"<svg"), ("csv", b"point,run,epoch")):
            with hands.page.expect_download() as started:
                hands.root.locator("[data-part=export]").select_option(kind)
            path = tmp_path / started.value.suggested_filename
            started.value.save_as(path)
            assert path.name == f"arcs-00006.{kind}"
            assert path.read_bytes().startswith(sign)
        svg = (tmp_path / "arcs-00006.svg").read_text()
        assert svg.count("<circle") == 1200
        assert all(word in svg for word in ("run arcs", "epoch 6", "lambda_ratio = 0.6", "seed 0"))
        assert len((tmp_path / "arcs-00006.csv").read_text().splitlines()) == 1201


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_in_both_themes(chromium, lab, scheme):
    with viewer(chromium, lab, color_scheme=scheme) as hands:
        hands.page.set_viewport_size({"width": 390, "height": 844})
        hands.page.wait_for_timeout(500)
        assert hands.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert hands.stage.bounding_box()["width"] > 330
        assert hands.js("viewer.state.dark") == (scheme == "dark")
        small = hands.root.evaluate(
            "node => [...node.querySelectorAll('button, select, input')].filter((one) => one.offsetParent"
            " && one.getBoundingClientRect().height < 20).map((one) => one.outerHTML)"
        )
        assert not small


def test_without_labels_nothing_speaks_of_them(chromium, lab):
    with viewer(chromium, lab, "run=bare") as hands:
        hands.exact()
        options = hands.root.locator("[data-part=color] option").all_inner_texts()
        assert "label" not in options
        assert "purity by predicted clusters" in hands.root.locator("[data-part=numbers]").inner_text()
