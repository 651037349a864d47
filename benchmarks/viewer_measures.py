"""Hands and meters of the viewer's benchmark: drive a page; read script time, traffic, contexts, memory."""

import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path

COUNT_CONTEXTS = """
window.madeContexts = 0;
const before = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  if (/webgl/.test(kind) && !this.counted) { this.counted = true; window.madeContexts += 1; }
  return before.call(this, kind, ...rest);
};
"""
VIEWER = "[...dcvizViewer.viewers.values()][0]"


class Meter:
    """One page with everything that is measured on it."""

    def __init__(self, chromium, address: str):
        self.context = chromium.new_context(viewport={"width": 1440, "height": 1000})
        self.page = self.context.new_page()
        self.page.add_init_script(COUNT_CONTEXTS)
        self.sent = self.got = 0
        self.page.on("websocket", self._watch)
        self.cdp = self.context.new_cdp_session(self.page)
        self.cdp.send("Performance.enable")
        self.page.goto(address)

    def _watch(self, socket) -> None:
        def count(name: str) -> Callable:
            def add(frame) -> None:
                setattr(self, name, getattr(self, name) + len(frame))

            return add

        socket.on("framesent", count("sent"))
        socket.on("framereceived", count("got"))

    def script_ms(self) -> float:
        """Script time of the page's main thread so far."""
        metrics = self.cdp.send("Performance.getMetrics")["metrics"]
        return 1000 * next(one["value"] for one in metrics if one["name"] == "ScriptDuration")

    def wait(self, expression: str, seconds: float = 120, *, every: float = 0.02) -> float:
        """Look until it is true; returns the milliseconds it took."""
        start = time.perf_counter()
        while not self.page.evaluate(expression):
            if time.perf_counter() - start > seconds:
                raise TimeoutError(f"waited {seconds:.0f} s for {expression}")
            time.sleep(every)
        return 1000 * (time.perf_counter() - start)

    def box(self, part: str) -> dict:
        return self.page.locator(f".dv [data-part={part}]").bounding_box()

    def memory_mb(self) -> float:
        """Proportional memory of this page's process, after a collection."""
        self.cdp.send("HeapProfiler.collectGarbage")
        return renderer_memory(self.page)

    def close(self) -> None:
        self.context.close()


def renderer_memory(page) -> float:
    """Largest proportional set size among our renderer processes, MB: that of the page under test."""
    page.wait_for_timeout(500)
    session = page.context.browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    sizes = [_proportional_kb(one["id"]) for one in processes if one["type"] == "renderer"]
    return max(sizes, default=0) / 1024


def _proportional_kb(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def empty_page(chromium, address: str) -> float:
    """Memory of a Streamlit page without any picture, MB."""
    meter = Meter(chromium, address)
    meter.page.get_by_text("empty", exact=True).wait_for()
    found = meter.memory_mb()
    meter.close()
    return found


def ours(chromium, address: str, app: str, *, run: str, steps: int, empty: float) -> dict[str, float]:
    """Everything about our viewer."""
    found = first_frames(chromium, app, run)
    meter = Meter(chromium, f"{address}/?run={run}&show=ours")
    meter.wait(f"globalThis.dcvizViewer?.viewers?.size > 0 && {VIEWER}.stats.drawn > 0 && !{VIEWER}.missing")
    meter.wait(f"{VIEWER}.track.loaded.length > 0 && {VIEWER}.track.loaded.every(Boolean)", 300, every=0.2)
    meter.wait(f"{VIEWER}.sliders.numbers.dataset.exact === '1'")
    meter.page.wait_for_timeout(1500)
    contexts = _contexts(meter)
    scrub, drag = _drag(meter, "track", steps, "scrub"), _drag(meter, "lambda", steps, "drag")
    found |= scrub | drag | {name: scrub[name] + drag[name] for name in ("socket_bytes", "reruns")}
    found |= {"contexts": _contexts(meter), "new_contexts": _contexts(meter) - contexts}
    found["exact_ms"] = statistics.median(_exact_ms(meter, share) for share in (0.3, 0.5, 0.4, 0.7, 0.6))
    found |= _memory(meter, empty)
    meter.close()
    return found


def first_frames(chromium, app: str, run: str) -> dict[str, float]:
    """From the click on Explore, and from a cold load of its address, to the first complete picture."""
    drawn = f"globalThis.dcvizViewer?.viewers?.size > 0 && {VIEWER}.stats.drawn > 0 && !{VIEWER}.missing"
    meter = Meter(chromium, f"{app}/explore?run={run}")
    cold = meter.wait(drawn)
    meter.page.get_by_role("link", name="Runs", exact=True).first.click()
    meter.page.get_by_role("heading", name="Runs", exact=True).wait_for()
    meter.wait("dcvizViewer.viewers.size === 0")
    meter.page.wait_for_timeout(2000)
    meter.page.get_by_role("link", name="Explore", exact=True).first.click()
    warm = meter.wait(drawn)
    meter.close()
    return {"cold_frame_ms": cold, "first_frame_ms": warm}


def _contexts(meter: Meter) -> int:
    return meter.page.evaluate(f"madeContexts + ({VIEWER}.stats.counters?.contexts ?? 0)")


def _drag(meter: Meter, part: str, steps: int, name: str) -> dict[str, float]:
    """Drag, measure before letting go: script time of each step, traffic, and how long until its picture."""
    box, mouse = meter.box(part), meter.page.mouse
    middle = box["y"] + box["height"] / 2
    places = [box["x"] + box["width"] * (0.12 + 0.76 * (k % 50) / 50) for k in range(steps + 1)]
    mouse.move(places[0], middle)
    mouse.down()
    meter.page.wait_for_timeout(500)
    traffic, reruns, scripts, pictures = meter.sent + meter.got, _reruns(meter), [], []
    for place in places[1:]:
        drawn, before = meter.page.evaluate(f"{VIEWER}.stats.drawn"), meter.script_ms()
        start = time.perf_counter()
        mouse.move(place, middle)
        time.sleep(0.12)
        scripts.append(meter.script_ms() - before)
        while meter.page.evaluate(f"{VIEWER}.stats.drawn") == drawn and time.perf_counter() - start < 5:
            time.sleep(0.005)
        pictures.append(meter.page.evaluate(f"{VIEWER}.stats.engine.ms"))
    found = _shares(name, sorted(scripts)) | {"picture_ms": statistics.median(pictures)}
    found |= {"socket_bytes": meter.sent + meter.got - traffic, "reruns": _reruns(meter) - reruns}
    mouse.up()
    meter.page.wait_for_timeout(2500)
    return found


def _reruns(meter: Meter) -> int:
    return int(meter.page.get_by_text("runs of the script").inner_text().split()[-1])


def _shares(name: str, scripts: list[float]) -> dict[str, float]:
    return {
        f"{name}_script_median": statistics.median(scripts),
        f"{name}_script_p95": scripts[math.ceil(0.95 * len(scripts)) - 1],
    }


def _exact_ms(meter: Meter, share: float) -> float:
    """From the release of a threshold to Python's numbers on the page, taken by the page's own clock."""
    box = meter.box("lambda")
    mouse, middle = meter.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] * 0.45, middle)
    mouse.down()
    meter.page.evaluate(
        f"""() => {{
          const viewer = {VIEWER}; window.exactMs = null;
          addEventListener('pointerup', () => {{
            const start = performance.now();
            const look = () => {{
              if (viewer.sliders.numbers.dataset.exact === '1') window.exactMs = performance.now() - start;
              else setTimeout(look, 2);
            }};
            setTimeout(look, 0);
          }}, {{ once: true, capture: true }});
        }}"""
    )
    # Let go at once: numbers become exact by themselves when a hand rests.
    mouse.move(box["x"] + box["width"] * share, middle, steps=5)
    mouse.up()
    meter.wait("window.exactMs !== null", 600)
    meter.page.wait_for_timeout(800)
    return meter.page.evaluate("window.exactMs")


def _memory(meter: Meter, empty: float) -> dict[str, float]:
    """With all positions buffered, and thresholds and tour of the epochs around the cursor looked at."""
    page = meter.page
    page.locator(".dv [data-part=stage]").focus()
    page.locator(".dv [data-part=projection]").select_option("tour")
    page.locator(".dv [data-part=stage]").focus()
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press(".")
        page.wait_for_timeout(900)
    held = page.evaluate(f"() => {VIEWER}.request({{ type: 'memory' }})")
    return {"memory_mb": meter.memory_mb() - empty, "held_mb": held["bytes"] / 1e6, "frames": held["frames"]}


def plotly(chromium, address: str, *, run: str, steps: int) -> dict[str, float]:
    """The same steps with sliders of Streamlit and a chart that is rebuilt."""
    meter = Meter(chromium, f"{address}/?run={run}&show=plotly")
    page = meter.page
    page.get_by_text("shown 00000").wait_for(timeout=60_000)
    page.wait_for_timeout(3000)
    found: dict[str, float] = {}
    sent, contexts = meter.sent + meter.got, page.evaluate("madeContexts")
    for number, name in ((0, "scrub"), (1, "drag")):
        slider = page.locator("input[type=range]").nth(number)
        scripts, pictures = [], []
        for _ in range(steps):
            before, text = meter.script_ms(), page.get_by_text("shown 0").inner_text()
            slider.focus()
            start = time.perf_counter()
            page.keyboard.press("ArrowRight")
            meter.wait(f"!document.body.innerText.includes('{text}')")
            page.wait_for_timeout(1200)
            pictures.append(1000 * (time.perf_counter() - start) - 1200)
            scripts.append(meter.script_ms() - before)
        found |= _shares(name, sorted(scripts)) | {"picture_ms": statistics.median(pictures)}
    return found | {
        "socket_bytes": meter.sent + meter.got - sent,
        "reruns": 2 * steps,
        "contexts": page.evaluate("madeContexts"),
        "new_contexts": page.evaluate("madeContexts") - contexts,
    }
