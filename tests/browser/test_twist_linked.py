"""Pictures side by side on Feature Twist: one cursor, one camera, one selection, one pair of thresholds."""

import pytest

from dcviz.runs import default_store
from tests.browser.conftest import serving, wait_until, watched_page
from tests.browser.viewer_hands import Hands

pytestmark = pytest.mark.browser

WAIT = 40_000
BESIDE = ("dec", "idec", "rdc")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with serving("app.py", tmp_path_factory.mktemp("linked") / "runs") as address:
        yield address


def side_by_side(page, lab: str) -> list[Hands]:
    """The three pictures without the first minute, at rest."""
    page.goto(lab)
    page.get_by_role("button", name="Skip").click(timeout=WAIT)
    page.get_by_text("Three doors").wait_for(timeout=WAIT)
    found = [Hands(page, number).ready() for number in range(len(BESIDE))]
    assert [hands.js("viewer.run") for hands in found] == [f"arcs-{name}" for name in BESIDE]
    return found


def excerpt(hands: Hands) -> list[float]:
    found = hands.js("viewer.camera.relative()")
    return [found["x"], found["y"], found["zoom"]]


def all_see(found: list[Hands], wanted: list[float]) -> bool:
    return all(excerpt(hands) == pytest.approx(wanted, abs=1e-6) for hands in found)


def at(hands: Hands) -> dict:
    return hands.js("viewer.state.thresholds")


def chosen(hands: Hands) -> list[int]:
    return hands.js("[...(viewer.points.mask ?? [])].flatMap((bit, row) => bit ? [row] : [])")


def test_all_three_go_on_from_one_pretraining() -> None:
    runs = [default_store().by_id(f"arcs-{name}") for name in BESIDE]
    assert {run.switch for run in runs} == {200.0}
    assert {run.spec["seed"] for run in runs} == {0}
    first = runs[0].latents("00200")
    assert all((run.latents("00200") == first).all() for run in runs[1:])


def test_what_is_the_same_before_the_switch_looks_the_same(chromium, lab) -> None:
    """One box around all runs: nobody takes another zoom for another latent space."""
    with watched_page(chromium, reduced_motion="reduce") as page:
        found = side_by_side(page, lab)
        boxes = [hands.js("viewer.camera.box()") for hands in found]
        assert boxes[0] == boxes[1] == boxes[2]
        cameras = [hands.js("viewer.state.camera") for hands in found]
        assert len({(camera["x"], camera["y"]) for camera in cameras}) == 1
        assert cameras[1]["zoom"] == pytest.approx(cameras[2]["zoom"], rel=0.02)


def test_one_hand_moves_pans_and_zooms_all_three(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        found = side_by_side(page, lab)
        for leader in found:
            leader.stage.scroll_into_view_if_needed()
            box = leader.stage.bounding_box()
            page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.4)
            page.mouse.wheel(0, -600)
            wait_until(lambda hands=leader: excerpt(hands)[2] > 2, 20, "the wheel")
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] * 0.6 - 70, box["y"] + box["height"] * 0.4 + 50, steps=4)
            page.mouse.up()
            wait_until(lambda hands=leader: abs(excerpt(hands)[0]) > 0.05, 20, "the pan")
            wait_until(lambda hands=leader: all_see(found, excerpt(hands)), 20, "the others to follow")
            leader.stage.focus()
            leader.press("f")
            wait_until(lambda: all_see(found, [0, 0, 1]), 20, "home for all")


def test_one_track_moves_the_cursor_of_all_three(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        found = side_by_side(page, lab)
        for key, epoch in (("End", 400), ("Home", 0)):
            found[1].stage.focus()
            found[1].press(key)
            for hands in found:
                wait_until(lambda h=hands, e=epoch: h.js("viewer.state.t") == e, 20, f"epoch {epoch}")


def test_what_is_selected_in_one_is_selected_in_all(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        found = side_by_side(page, lab)
        stage = found[0].stage
        stage.scroll_into_view_if_needed()
        stage.focus()
        found[0].press("l")
        box = stage.bounding_box()
        corners = [(0.3, 0.15), (0.9, 0.15), (0.9, 0.55), (0.3, 0.55)]
        places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=6)
        page.mouse.up()
        wait_until(lambda: len(chosen(found[0])) > 20, 20, "the lasso")
        for hands in found[1:]:
            wait_until(lambda h=hands: chosen(h) == chosen(found[0]), 20, "the same points there")
        found[0].press("Escape")
        for hands in found:
            wait_until(lambda h=hands: not chosen(h), 20, "the selection to be cleared everywhere")


def test_the_unlocked_slider_splits_all_pictures_alike(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        page.goto(lab)
        page.get_by_role("radio", name="They fold and cross").click(timeout=WAIT)
        page.get_by_role("button", name="Tell me now").click(timeout=WAIT)
        page.get_by_text("Now drag this").wait_for(timeout=WAIT)
        found = [Hands(page, number).ready() for number in range(len(BESIDE) + 1)]
        slider = page.get_by_role("slider", name="λ_ratio: core if").first
        slider.focus(timeout=WAIT)
        before = found[-1].exact()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        moved = at(found[-1])
        for hands in found:
            wait_until(lambda h=hands: at(h) == at(found[-1]), 20, "the same thresholds everywhere")
        wait_until(lambda: found[-1].exact() < before, 20, f"fewer core points at {moved}")
