"""Make the pictures of README: start the lab on the shipped runs, walk the pages, photograph each.

python -m docs.take_screenshots [PAGE ...] [--chromium /usr/bin/chromium]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, serving, wait_until

FOLDER = Path(__file__).parent / "screenshots"
PAGES = {
    "twist": ("", 9.0),
    "train": ("train", 4.0),
    "explore": ("explore?run=digits-rdc", 6.0),
    "geometry": ("geometry?run=arcs-dec", 5.0),
    "runs": ("runs", 4.0),
    "compare": ("compare?run=arcs-dec&epoch=250", 20.0),
    "checkpoints": ("checkpoints?run=arcs-rdc", 6.0),
    "benchmarks": ("benchmarks", 6.0),
    "exchange": ("exchange?tab=out&run=arcs-rdc", 6.0),
}


SETTLED = """() => document.querySelector('[data-test-script-state=notRunning]')
  && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')
  && [...document.querySelectorAll('.dv')].every((viewer) => viewer.dataset.missing === '0')"""
"""The page has run, its parts are loaded, and every picture of latents is drawn."""


def photograph(page: Page, address: str, *, name: str) -> None:
    """Open one page, let it settle, keep what a visitor sees first."""
    path, seconds = PAGES[name]
    page.goto(f"{address}/{path}")
    page.wait_for_timeout(seconds * 1000)
    wait_until(lambda: bool(page.evaluate(SETTLED)), 120, f"{name} to settle")
    page.wait_for_timeout(1500)
    page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    """Start the lab, photograph every page, stop it."""
    parser = argparse.ArgumentParser(prog="python -m docs.take_screenshots")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("pages", nargs="*", help="which; all by default")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as runs,
        serving("app.py", Path(runs) / "runs") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        for name in options.pages or PAGES:
            photograph(page, address, name=name)
        browser.close()


if __name__ == "__main__":
    main()
