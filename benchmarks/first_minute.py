"""How long a newcomer waits: `python -m benchmarks.first_minute`.

In a headless browser on a server of its own, each several times: from opening the page to the first drawn
points; from Start to the first points of a live training, to points that move, and to the end of 200 + 200
epochs. Prints median and slowest beside what must be reached, and appends them to
benchmarks/results/first_minute.csv. Pictures are drawn by software here, which no laptop does.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import re
import shutil
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import streamlit
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.served import FLAGS, lab
from benchmarks.work import clocks, not_quiet, shares

RESULTS = Path(__file__).parent / "results" / "first_minute.csv"
TARGETS = {
    "page opened to first points": 2.0,
    "Start to first points": 1.0,
    "Start to moving points": 1.0,
    "Start to the end of 200 + 200 epochs": 5.0,
}
"""Seconds that must not be exceeded, by the median."""
EPOCH = r"epochs? ([\d.]+)"
"""What the badge says of the epoch that it shows, or of the two that it lies between."""
WARM = 8.0
"""Seconds before Start, while a spare worker loads torch and a visitor reads the form."""


def seconds_until(
    page: Page, within: str, selector: str, pattern: str, start: float, *, other: str | None = None
) -> float:
    """Seconds since `start` at which an element says something; the page itself looks every 20 ms.

    To ask from outside would take the browser a part of the core that it draws with.

    Args:
        page: where to look.
        within: selector of a part of the page, in which shadow roots are looked into too.
        selector: of the element in it.
        pattern: regular expression that its text must match.
        start: of `time.perf_counter`.
        other: text of its first group that does not count.

    Raises:
        playwright.sync_api.TimeoutError: after two minutes.
    """
    says = """([within, selector, pattern, other]) => {
        const find = (root) => root && (root.querySelector(selector)
            ?? [...root.querySelectorAll("*")].map((one) => find(one.shadowRoot)).find(Boolean));
        const told = find(document.querySelector(within))?.textContent.match(new RegExp(pattern, "i"));
        return Boolean(told) && (other === null || told[1] !== other);
    }"""
    page.wait_for_function(says, arg=[within, selector, pattern, other], polling=20, timeout=120_000)
    return time.perf_counter() - start


def opened(browser: Browser, address: str) -> float:
    """From opening the page, with nothing in the browser's cache, to the first drawn points."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    took = seconds_until(page, "body", ".dv-badge", EPOCH, start)
    page.close()
    return took


def trained(browser: Browser, address: str) -> dict[str, float]:
    """From Start of the live training to points, to movement, to the end."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    page.get_by_role("button", name="Skip").click()
    page.get_by_role("radio", name="Train it live").click()
    button = page.get_by_role("button", name="Train", exact=False).filter(has_text=re.compile(r"Train$"))
    button.last.wait_for()
    time.sleep(WARM)
    view = "[class*='st-key-live_view_']"
    button.last.click()
    start = time.perf_counter()
    first = seconds_until(page, view, ".dv-badge", EPOCH, start)
    at = re.search(EPOCH, page.locator(f"{view} .dv-badge").first.inner_text())
    moving = seconds_until(page, view, ".dv-badge", EPOCH, start, other=at[1] if at else None)
    end = seconds_until(page, "[class*='st-key-desk']", "h4", r"\bfinished\b", start)
    page.close()
    return {"Start to first points": first, "Start to moving points": moving,
            "Start to the end of 200 + 200 epochs": end}  # fmt: skip


def measured(port: int, times: int) -> tuple[dict[str, list[float]], float]:
    """Every time, after one round that is thrown away; the percent of all cores that other programs took."""
    found: dict[str, list[float]] = defaultdict(list)
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with (
        tempfile.TemporaryDirectory(prefix="dcviz-minute-") as runs,
        lab(port, Path(runs), mode="solo") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        address, begun = f"http://127.0.0.1:{port}", clocks(server.pid)
        for number in range(times + 1):
            took = {"page opened to first points": opened(browser, address), **trained(browser, address)}
            print("  ".join(f"{what} {seconds:.2f} s" for what, seconds in took.items()), flush=True)
            if number:
                for what, seconds in took.items():
                    found[what].append(seconds)
        others = shares(begun, clocks(server.pid))["other programs"]
        browser.close()
    return found, others


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_minute", description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--port", type=int, default=8663)
    parser.add_argument("--forget", action="store_true", help="print only, append nothing")
    told = parser.parse_args()
    found, others = measured(told.port, told.times)
    about = {
        "times": told.times, "device": f"{len(os.sched_getaffinity(0))} cores {platform.machine()}",
        "streamlit": streamlit.__version__, "date": datetime.now(UTC).date().isoformat(),
    }  # fmt: skip
    rows = [(what, float(np.median(each)), max(each), TARGETS[what]) for what, each in found.items()]
    print(f"{'':40}{'median':>9}{'slowest':>9}{'target':>9}  s")
    for what, median, slowest, target in rows:
        held = "reached" if median <= target else "NOT REACHED"
        print(f"{what:40}{median:9.2f}{slowest:9.2f}{target:9.1f}  {held}")
    print("\n".join(not_quiet(others)) or f"a quiet machine: other programs took {others:.0f} % of all cores")
    if told.forget:
        return
    new = not RESULTS.exists()
    with RESULTS.open("a", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        if new:
            table.writerow(["what", "median", "slowest", "target", "unit", *about])
        table.writerows([what, f"{a:.3f}", f"{b:.3f}", c, "s", *about.values()] for what, a, b, c in rows)


if __name__ == "__main__":
    main()
