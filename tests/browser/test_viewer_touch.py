"""The viewer under fingers and on dense screens."""

import pytest

from tests.browser.conftest import wait_until
from tests.browser.viewer_hands import viewer

pytestmark = pytest.mark.browser


class Fingers:
    """Touches sent to the browser as a screen would send them."""

    def __init__(self, hands):
        self.page = hands.page
        self.session = hands.page.context.new_cdp_session(hands.page)

    def _send(self, kind: str, points) -> None:
        told = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    def drag(self, *ways) -> None:
        """Move one finger a way, from its first place to its last, all at once."""
        self._send("touchStart", [start for start, _ in ways])
        for step in range(1, 9):
            share = step / 8
            self._send("touchMove", [(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in ways])
        self._send("touchEnd", [])


@pytest.fixture(params=[2, 3])
def phone(request, chromium, viewer_lab):
    """The viewer on a phone whose screen has 2 x 2 or 3 x 3 pixels for one of CSS."""
    look = {"device_scale_factor": request.param, "has_touch": True, "is_mobile": True}
    with viewer(chromium, viewer_lab, "epoch=5", phone=True, **look) as hands:
        hands.exact()
        yield hands, Fingers(hands), request.param


def middle(hands, part: str) -> tuple[float, float, float]:
    """Middle of a part on the screen, and its width."""
    place = hands.root.locator(f"[data-part={part}]")
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"]


def test_the_picture_has_a_pixel_for_each_of_the_screen(phone):
    hands, _, dense = phone
    width, shown = hands.js("[viewer.parts.canvas.width, viewer.parts.canvas.clientWidth]")
    assert abs(width - dense * shown) <= dense
    track = hands.js("[viewer.track.canvas.width, viewer.track.canvas.clientWidth]")
    assert abs(track[0] - dense * track[1]) <= dense
    assert hands.data("missing") == "0"


def test_fingers_move_pinch_and_tap(phone):
    hands, fingers, _ = phone
    x, y, _ = middle(hands, "stage")
    start = hands.js("viewer.state.camera")
    fingers.drag(((x, y), (x + 48, y + 24)))
    moved = hands.js("viewer.state.camera")
    assert start["x"] - moved["x"] == pytest.approx(48 / start["zoom"], rel=0.02)
    assert moved["y"] - start["y"] == pytest.approx(24 / start["zoom"], rel=0.02)

    fingers.drag(((x - 30, y), (x - 60, y)), ((x + 30, y), (x + 60, y)))
    wide = hands.js("viewer.state.camera")
    assert wide["zoom"] == pytest.approx(2 * moved["zoom"], rel=0.02)
    assert wide["x"] == pytest.approx(moved["x"], abs=2 / moved["zoom"])

    fingers.drag(((x - 30, y), (x - 10, y + 30)), ((x + 30, y), (x + 50, y + 30)))
    carried = hands.js("viewer.state.camera")
    assert carried["zoom"] == pytest.approx(wide["zoom"], rel=0.02)
    assert wide["x"] - carried["x"] == pytest.approx(20 / wide["zoom"], rel=0.1)
    assert hands.root.locator(".dv-card").is_hidden(), "a drag is no tap"


def test_a_tap_shows_the_card_and_a_button_closes_it(phone):
    hands, _, _ = phone
    hands.page.evaluate(
        "() => { const viewer = [...dcvizViewer.viewers.values()][0];"
        " const before = viewer.points.got_where;"
        " viewer.points.got_where = (message) => { viewer.seen = message.at[0];"
        " viewer.points.got_where = before; };"
        " viewer.engine.post({type: 'where', viewer: viewer.id, points: [40], panel: null}); }"
    )
    wait_until(lambda: hands.js("Boolean(viewer.seen)"), 10, "the place of a point")
    x, y, _ = middle(hands, "stage")
    at, camera = hands.js("viewer.seen"), hands.js("viewer.state.camera")
    place = x + (at[0] - camera["x"]) * camera["zoom"], y - (at[1] - camera["y"]) * camera["zoom"]
    hands.page.touchscreen.tap(*place)
    card = hands.root.locator(".dv-card")
    card.wait_for()
    assert "point" in card.inner_text()
    stage, box = hands.stage.bounding_box(), card.bounding_box()
    assert stage["x"] <= box["x"]
    assert box["x"] + box["width"] <= stage["x"] + stage["width"]
    card.get_by_role("button", name="Close").tap()
    card.wait_for(state="hidden")


def test_fingers_drag_epochs_and_thresholds_and_the_page_stays(phone):
    hands, fingers, _ = phone
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    for part in ("track", "lambda", "plane"):
        x, y, width = middle(hands, part)
        before, place = hands.js("[viewer.state.t, viewer.state.thresholds]"), hands.js(scrolled)
        fingers.drag(((x, y), (x - 0.3 * width, y + (12 if part != "lambda" else 0))))

        def changed(before=before) -> bool:
            return hands.js("[viewer.state.t, viewer.state.thresholds]") != before

        wait_until(changed, 5, f"the {part} to follow the finger")
        assert hands.js(scrolled) == place, f"the page moved under the {part}"
    hands.until_told(lambda told: told["lambda_ratio"] != 0.6, "the release to reach Python")
    assert hands.exact() == hands.live()["core"]
