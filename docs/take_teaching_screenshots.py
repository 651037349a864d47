"""Record the first minute, the closer looks and the lessons: `python -m docs.take_teaching_screenshots`."""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from dcviz.lessons.catalog import LESSONS
from tests.browser.conftest import FLAGS, serving, wait_until

FOLDER = Path(__file__).parent / "teaching"


def keep(page: Page, name: str, *, wait: float = 2.0) -> None:
    """Photograph what is on the screen."""
    page.wait_for_timeout(wait * 1000)
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=72)


def press(page: Page, name: str) -> None:
    """Press a button or one of several choices."""
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name)).first.click()


def show(page: Page, text: str) -> None:
    """Scroll until a text stands at the top, below the header."""
    page.get_by_text(text).first.evaluate(
        "node => { node.style.scrollMarginTop = '72px'; node.scrollIntoView({block: 'start'}); }"
    )


def first_minute(page: Page, address: str) -> None:
    """From the first dot to the doors."""
    page.goto(address)
    page.locator("canvas").first.wait_for()
    keep(page, "minute-1-plays", wait=3)
    badge = page.locator(".dv-badge").first
    wait_until(lambda: "epoch 200 " in badge.inner_text() + " ", 60, "the halt")
    keep(page, "minute-2-asks")
    press(page, "They fold and cross")
    keep(page, "minute-3-plays-on-slowly", wait=7)
    page.get_by_text("As you predicted").wait_for(timeout=90_000)
    show(page, "What will the switch do")
    keep(page, "minute-4-predicted-and-observed")
    show(page, "Now drag this")
    keep(page, "minute-5-now-drag-this", wait=4)
    show(page, "Three doors")
    keep(page, "minute-6-three-doors")


def closer(page: Page) -> None:
    """The closer looks below the doors."""
    for name, file in (
        ("Twist lens", "closer-lens"),
        ("Switch moment", "closer-switch-moment"),
        ("Train it live", "closer-train-live"),
        ("Draw your own", "closer-draw"),
    ):
        press(page, name)
        show(page, "Look closer")
        if name == "Twist lens":
            page.locator(".tl-range").focus()
            page.keyboard.press("End")
        if name == "Draw your own":
            for _ in range(4):
                page.get_by_role("button", name="Add an example").click()
        keep(page, file, wait=4)
    page.get_by_role("button", name="Use these curves").click()
    page.get_by_role("button", name="Train on these curves").click()
    page.get_by_text(re.compile("finished")).first.wait_for(timeout=120_000)
    show(page, "Train on these curves")
    keep(page, "closer-draw-trained", wait=4)


def lessons(page: Page, address: str) -> None:
    """Every lesson step by step, what was predicted and observed, a case where it does not happen; a word."""
    for number, (name, lesson) in enumerate(LESSONS.items(), start=1):
        page.goto(f"{address}/learn?lesson={name}")
        for at, step in enumerate(lesson.steps, start=1):
            press(page, f"{at}. {step.title}")
            page.locator("canvas").first.wait_for()
            show(page, "Goal.")
            keep(page, f"lesson-{number}-{name}" + f"-step-{at}" * (at > 1), wait=4)
        page.get_by_role("radio", name=next(iter(lesson.prediction.options.values())), exact=True).click()
        page.get_by_text("Observed:").wait_for()
        show(page, "Predict first")
        keep(page, f"lesson-{number}-{name}-observed")
        show(page, "Where it does not happen")
        shown = page.get_by_text("Show it", exact=True)
        if shown.count():
            shown.first.click()
        keep(page, f"lesson-{number}-{name}-other-case", wait=4)
    page.goto(f"{address}/learn?part=words&word=crossings")
    keep(page, "words", wait=4)


def elsewhere(browser: Browser, address: str) -> None:
    """A phone, and a dark page."""
    for name, width, scheme in (("phone", 390, "light"), ("dark", 1280, "dark")):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.goto(address)
        page.locator("canvas").first.wait_for()
        keep(page, f"minute-{name}", wait=9)
        page.close()


def main() -> None:
    """Start the lab on the shipped runs, record, stop it."""
    parser = argparse.ArgumentParser(prog="python -m docs.take_teaching_screenshots")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as runs,
        serving("app.py", Path(runs) / "runs") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=options.chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        first_minute(page, address)
        closer(page)
        lessons(page, address)
        elsewhere(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
