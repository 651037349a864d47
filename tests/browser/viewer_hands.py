"""Hands and eyes of the viewer's browser tests: open the page, drag, read what it shows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.conftest import wait_until, watched_page

COUNT_CONTEXTS = """
window.madeContexts = [];
for (const kind of [HTMLCanvasElement, OffscreenCanvas]) {
  const before = kind.prototype.getContext;
  kind.prototype.getContext = function (name, ...rest) {
    if (!this.counted && /webgl/.test(name)) { this.counted = true; window.madeContexts.push(name); }
    return before.call(this, name, ...rest);
  };
}
"""
VIEWER = "[...dcvizViewer.viewers.values()]"


class Hands:
    """One viewer on one page."""

    def __init__(self, page, number: int = 0):
        self.page, self.number = page, number
        self.root = page.locator(".dv").nth(number)
        self.stage = self.root.locator("[data-part=stage]")

    def js(self, expression: str):
        """Evaluate with `viewer` bound to this viewer; viewers mount in any order."""
        mine = f"{VIEWER}.find((each) => each.parts.root === root)"
        return self.root.evaluate(f"(root) => {{ const viewer = {mine}; return {expression}; }}")

    def ready(self, seconds: float = 30) -> "Hands":
        """Wait until the frame under the cursor is drawn and the numbers are Python's."""
        self.root.wait_for(timeout=seconds * 1000)
        wait_until(lambda: self.data("missing") == "0", seconds, "the first frame")
        return self

    def exact(self, seconds: float = 20) -> int:
        """The number of core points once Python has counted them."""
        numbers = self.root.locator("[data-part=numbers]")
        wait_until(lambda: numbers.get_attribute("data-exact") == "1", seconds, "the exact numbers")
        return int(numbers.get_attribute("data-core"))

    def live(self, seconds: float = 10) -> dict:
        """The engine's totals, once they are of the thresholds that the sliders show."""
        same = "JSON.stringify(viewer.live?.thresholds) === JSON.stringify(viewer.state.thresholds)"
        wait_until(lambda: self.js(same), seconds, "totals of the present thresholds")
        return self.js("viewer.live.numbers")

    def core(self) -> int:
        return int(self.root.locator("[data-part=numbers]").get_attribute("data-core"))

    def data(self, name: str) -> str | None:
        return self.root.get_attribute(f"data-{name}")

    def told(self) -> dict:
        """What Python knows after its last run."""
        return json.loads(self.page.get_by_test_id("stCode").inner_text())

    def until_told(self, true, what: str, seconds: float = 15) -> dict:
        wait_until(lambda: true(self.told()), seconds, what)
        return self.told()

    def drag(self, part: str, shares: list[float], *, release: bool = True) -> None:
        """Drag along the middle of a part, to shares of its width, with the mouse."""
        box = self.root.locator(f"[data-part={part}]").bounding_box()
        places = [(box["x"] + box["width"] * share, box["y"] + box["height"] / 2) for share in shares]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place)
        if release:
            self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def pixels(self) -> dict:
        """Share of the picture that is not background, and how many colors it has."""
        return self.page.evaluate(
            """async (shot) => {
              const answer = await fetch('data:image/png;base64,' + shot);
              const image = await createImageBitmap(await answer.blob());
              const canvas = new OffscreenCanvas(image.width, image.height);
              const pen = canvas.getContext('2d'); pen.drawImage(image, 0, 0);
              const bytes = pen.getImageData(0, 0, image.width, image.height).data;
              const ground = [bytes[0], bytes[1], bytes[2]].join();
              const seen = new Map(); let other = 0;
              for (let k = 0; k < bytes.length; k += 4) {
                const color = [bytes[k] >> 4, bytes[k + 1] >> 4, bytes[k + 2] >> 4].join();
                seen.set(color, (seen.get(color) ?? 0) + 1);
                if ([bytes[k], bytes[k + 1], bytes[k + 2]].join() !== ground) other += 1;
              }
              const colors = [...seen.values()].filter((n) => n > 20).length;
              return { share: other / (bytes.length / 4), colors };
            }""",
            self._shot(),
        )

    def _shot(self) -> str:
        import base64

        box = self.stage.bounding_box()
        clip = {
            "x": box["x"] + 20,
            "y": box["y"] + 60,
            "width": box["width"] - 240,
            "height": box["height"] - 90,
        }
        return base64.b64encode(self.page.screenshot(clip=clip)).decode()


class Traffic:
    """Frames sent over the websocket, from now on."""

    def __init__(self, page):
        self.sent: list[int] = []
        self.got: list[int] = []
        page.on("websocket", self._watch)

    def _watch(self, socket) -> None:
        socket.on("framesent", lambda frame: self.sent.append(len(frame)))
        socket.on("framereceived", lambda frame: self.got.append(len(frame)))

    def count(self) -> tuple[int, int]:
        return len(self.sent), len(self.got)


@contextmanager
def viewer(chromium, address: str, query: str = "", *, phone: bool = False, **context) -> Iterator[Hands]:
    """Open the viewer page; the hands' `traffic` counts what goes over the websocket."""
    if phone:
        context["viewport"] = {"width": 390, "height": 844}
    with watched_page(chromium, **context) as page:
        page.add_init_script(COUNT_CONTEXTS)
        traffic = Traffic(page)
        page.goto(f"{address}/?{query}")
        hands = Hands(page).ready()
        hands.traffic = traffic
        yield hands
