"""Points of the viewer in a real Chromium: lasso, selection, card, projections, export."""

import numpy as np
import pytest

from tests.browser.conftest import wait_until
from tests.browser.viewer_hands import viewer

pytestmark = pytest.mark.browser


def inside(polygon: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Even-odd rule, written with numpy and by itself."""
    odd = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (y0 > points[:, 1]) != (y1 > points[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            odd ^= crosses & (points[:, 0] < (x1 - x0) * (points[:, 1] - y0) / (y1 - y0) + x0)
    return odd


def test_a_lasso_takes_the_points_that_numpy_finds_inside(chromium, viewer_lab, viewer_runs):
    run = viewer_runs.by_id("arcs")
    with viewer(chromium, viewer_lab, "epoch=10") as hands:
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


def test_a_selection_stays_while_epochs_change(chromium, viewer_lab, viewer_runs):
    with viewer(chromium, viewer_lab, "epoch=4") as hands:
        hands.exact()
        hands.root.locator("[data-part=select]").select_option(label="border points of cluster 3")
        told = hands.until_told(lambda told: told["selected"], "the selection")
        run = viewer_runs.by_id("arcs")
        core = np.array(run.neighbors("00004").distances[:, 0] / run.neighbors("00004").distances[:, 4] > 0.6)
        assert told["selected"] == np.flatnonzero((run.assignments("00004") == 3) & ~core).tolist()
        hands.stage.focus()
        hands.press("End")
        hands.until_told(lambda after: after["key"] == "00010", "the last epoch")
        assert hands.told()["selected"] == told["selected"]
        words = hands.root.locator(".dv-chosen")
        wait_until(lambda: "since epoch 4" in words.inner_text(), 10, "what became of the selected")


def test_a_class_is_selected_before_its_labels_are_here(chromium, viewer_lab, viewer_runs):
    with viewer(chromium, viewer_lab, "epoch=4") as hands:
        assert hands.js("viewer.state.color") != "label", "then the labels would be here already"
        run = viewer_runs.by_id("arcs")
        name = run.spec["class_names"][1]
        hands.root.locator("[data-part=select]").select_option(label=f"label {name}")
        told = hands.until_told(lambda told: told["selected"], "the selection")
        assert told["selected"] == np.flatnonzero(run.labels() == 1).tolist()


def test_the_card_of_a_point(chromium, viewer_lab, viewer_runs):
    with viewer(chromium, viewer_lab, "epoch=6") as hands:
        hands.exact()
        hands.stage.focus()
        hands.press("g")
        hands.page.keyboard.type("17")
        hands.press("Enter")
        card = hands.root.locator(".dv-card")
        card.wait_for()
        text = card.inner_text()
        graph = viewer_runs.by_id("arcs").neighbors("00006")
        assert "point 17" in text
        assert f"#{graph.indices[17, 0]}" in text
        assert "D₁/D_5" in text
        assert "class <b>" in text, "class names are text, not markup"
        assert hands.root.locator("circle.dv-mark").count() == 6


def test_hovering_shows_a_ring_at_once_and_a_card_after_a_moment(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "epoch=6") as hands:
        hands.exact()
        hands.page.evaluate(
            "() => { const viewer = [...dcvizViewer.viewers.values()][0];"
            " viewer.points.got_where = (message) => { viewer.seen = message.at[0]; };"
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


def test_pictures_and_tables_leave_with_their_facts(chromium, viewer_lab, tmp_path):
    with viewer(chromium, viewer_lab, "epoch=6") as hands:
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


def test_every_projection_draws_and_says_what_it_keeps(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "run=deep") as hands:
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


def test_without_labels_nothing_speaks_of_them(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "run=bare") as hands:
        hands.exact()
        options = hands.root.locator("[data-part=color] option").all_inner_texts()
        assert "label" not in options
        assert "purity by predicted clusters" in hands.root.locator("[data-part=numbers]").inner_text()


def test_every_color_gives_most_points_one(chromium, viewer_lab):
    with viewer(chromium, viewer_lab, "epoch=5") as hands:
        hands.exact()
        select = hands.root.locator("[data-part=color]")
        colors = select.locator("option").evaluate_all("options => options.map((option) => option.value)")
        assert {"label", "cluster", "split", "purity", "local_id", "displacement", "entry"} <= set(colors)
        colored = (
            "viewer.request({type: 'rows'}).then(({codes}) => codes.filter((code) => code !== 255).length)"
        )
        for color in colors:
            select.select_option(color)
            wait_until(lambda: hands.js(colored) > 600, 10, f"points colored by {color}")
            assert hands.root.locator(".dv-legend-title").inner_text().strip()
