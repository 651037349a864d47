"""The twist lens by mouse: numbers of the stored network, arrows, shades, the ruler, trails of dots."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from dcviz.geometry.lens import fold_lens, input_grid
from dcviz.runs import Run, default_store
from dcviz.ui.lens import encoded
from tests.browser.conftest import serving, wait_until, watched_page
from tests.browser.viewer_hands import Hands

pytestmark = pytest.mark.browser

WAIT = 40_000
SHOWN = "node => node.toDataURL()"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with serving("app.py", tmp_path_factory.mktemp("lens") / "runs") as address:
        yield address


def open_lens(page, lab: str) -> None:
    page.goto(lab)
    page.get_by_role("button", name="Skip").click(timeout=WAIT)
    page.get_by_text("Three doors").wait_for(timeout=WAIT)
    page.get_by_role("radio", name="Twist lens").click()
    page.locator(".tl-told").wait_for(timeout=WAIT)


def shown(page) -> list[str]:
    """Runs of the lenses on the page, by the stamp of their data."""
    stamps = page.locator(".tl-root").evaluate_all("all => all.map((root) => root.twistLens?.data?.stamp)")
    return [Path(str(stamp).partition("@")[0]).name for stamp in stamps]


def told(page) -> str:
    return page.locator(".tl-told").inner_text()


def said_of(run: Run, key: str) -> str:
    """What the lens must say of a stored network."""
    grid = input_grid(run.inputs())
    seen = fold_lens(grid, encoded(run, key, grid.vertices))
    typical = float(np.median(seen.condition[grid.occupied]))
    share = f"{100 * round(seen.share, 4):.0f} % of the cells with data turned over"
    return f"Network of epoch {int(key)}: {share}; a typical cell is {typical:.1f} times as long as wide."


def slide(page, share: float) -> None:
    """Press into the slider of stored networks, at a share of its width."""
    slider = page.locator(".tl-range")
    box = slider.bounding_box()
    slider.click(position={"x": max(2, min(box["width"] - 2, box["width"] * share)), "y": box["height"] / 2})


def test_its_numbers_are_those_of_the_stored_networks(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        open_lens(page, lab)
        for label, name in (("DEC", "dec"), ("IDEC", "idec"), ("R-DC", "rdc")):
            run = default_store().by_id(f"arcs-{name}")
            page.get_by_role("radio", name=label, exact=True).click()
            wait_until(lambda n=name: shown(page) == [f"arcs-{n}"], 20, f"the lens of {label} alone")
            for share, key in ((1, run.checkpoints()[-1]), (0, run.checkpoints()[0])):
                slide(page, share)
                wanted = said_of(run, key)
                wait_until(lambda w=wanted: told(page) == w, 20, wanted)


def test_arrows_and_shades_change_the_picture(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        open_lens(page, lab)
        slide(page, 1)
        image = page.locator(".tl-picture").nth(1)
        wait_until(lambda: "epoch 400" in told(page), 20, "the last network")
        plain = image.evaluate(SHOWN)
        page.get_by_label("arrows since the switch").check()
        arrows = image.evaluate(SHOWN)
        assert arrows != plain
        page.get_by_label("arrows since the switch").uncheck()
        assert image.evaluate(SHOWN) == plain
        page.get_by_label("Shade of the cells").select_option("condition")
        assert image.evaluate(SHOWN) not in (plain, arrows)


def test_it_follows_the_pictures(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        open_lens(page, lab)
        hands = Hands(page).ready()
        for key, epoch in (("End", 400), ("Home", 0), ("s", 200)):
            hands.stage.focus()
            hands.press(key)
            wait_until(lambda e=epoch: f"Network of epoch {e}:" in told(page), 20, f"epoch {epoch}")


def ways(run: Run, key: str, ends: list[int]) -> tuple[float, float]:
    """Along the image of the data and straight, between two corners of the grid, by scipy."""
    grid = input_grid(run.inputs())
    image = encoded(run, key, grid.vertices).reshape(-1, 2)
    used, columns = grid.occupied_vertices.ravel(), grid.vertices.shape[1]
    start, end, length = [], [], []
    for i in np.flatnonzero(used):
        for j in (i + 1, i + columns - 1, i + columns, i + columns + 1):
            if j < used.size and used[j] and abs(j % columns - i % columns) <= 1:
                start.append(i)
                end.append(j)
                length.append(np.linalg.norm(image[i] - image[j]))
    graph = coo_array((length, (start, end)), shape=(used.size, used.size)).tocsr()
    way = dijkstra(graph, directed=False, indices=ends[0])[ends[1]]
    return float(way), float(np.linalg.norm(image[ends[0]] - image[ends[1]]))


def test_the_ruler_measures_along_the_data(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        open_lens(page, lab)
        slide(page, 1)
        wait_until(lambda: "epoch 400" in told(page), 20, "the last network")
        picture = page.locator(".tl-picture").first
        box = picture.bounding_box()
        for x in (0.12, 0.38):
            picture.click(position={"x": box["width"] * x, "y": box["height"] * 0.6})
        found = re.search(r"Ruler: ([\d.]+) along the data, ([\d.]+) straight, ([\d.]+) times", told(page))
        ends = page.locator(".tl-root").evaluate("root => root.twistLens.ends")
        run = default_store().by_id("arcs-dec")
        along, straight = ways(run, run.checkpoints()[-1], ends)
        assert float(found[1]) == pytest.approx(along, abs=0.011)
        assert float(found[2]) == pytest.approx(straight, abs=0.011)
        assert float(found[3]) == pytest.approx(along / straight, rel=0.02, abs=0.06)
        picture.press("Escape")
        assert "Ruler" not in told(page)


def test_the_ruler_answers_to_keys_and_takes_one_place_once(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        open_lens(page, lab)
        slide(page, 1)
        wait_until(lambda: "epoch 400" in told(page), 20, "the last network")
        picture = page.locator(".tl-picture").first
        for key in ("ArrowUp", "ArrowUp", "Enter", "Enter"):
            picture.press(key)
        assert "Ruler: now the other end. Column" in told(page)
        for key in ("ArrowUp", "ArrowUp", "ArrowUp", "Enter"):
            picture.press(key)
        found = re.search(r"Ruler: ([\d.]+) along the data, ([\d.]+) straight", told(page))
        ends = page.locator(".tl-root").evaluate("root => root.twistLens.ends")
        run = default_store().by_id("arcs-dec")
        wanted = ways(run, run.checkpoints()[-1], ends)
        assert [float(found[1]), float(found[2])] == pytest.approx(wanted, abs=0.011)
        picture.press("Escape")
        assert "Ruler" not in told(page)


def test_it_opens_at_the_epoch_of_the_pictures_and_their_badge_is_off_the_input(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        open_lens(page, lab)
        wait_until(lambda: "Network of epoch 0:" in told(page), 20, "the epoch of the pictures")
        page.set_viewport_size({"width": 390, "height": 844})
        below = page.locator(".dv").first.locator(".dv-title").nth(1)
        badge = page.locator(".dv-badge").first
        wait_until(lambda: badge.bounding_box()["y"] > below.bounding_box()["y"], 20, "the badge below")


def test_selected_points_leave_trails(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        open_lens(page, lab)
        hands = Hands(page).ready()
        hands.stage.scroll_into_view_if_needed()
        hands.stage.focus()
        hands.press("End", "x")
        wait_until(lambda: hands.js("viewer.points.count") > 20, 20, "the border points")
        wait_until(
            lambda: hands.js("viewer.state.t") == 400 and not hands.js("viewer.missing"), 20, "the end"
        )
        page.wait_for_timeout(500)
        with_trails = hands.stage.screenshot()
        hands.press("t")
        wait_until(lambda: hands.stage.screenshot() != with_trails, 20, "the trails to go")
