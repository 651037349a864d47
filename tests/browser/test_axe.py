"""axe-core finds nothing serious on any page, in any lesson, in light and in dark.

Nodes that Streamlit paints itself and that no setting of ours reaches are listed below by rule, each with
its reason; a finding anywhere else fails.
"""

import re
from dataclasses import dataclass
from importlib.resources import files

import pytest

from dcviz.lessons.catalog import LESSONS
from dcviz.ui.links import PAGES
from tests.browser.conftest import serving, wait_until, watched_page

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
SERIOUS = ("serious", "critical")
WAIT = 30_000
RUN = """async () => {
    const found = await axe.run(document, {resultTypes: ['violations']});
    const element = (target) => target.flat().reduce(
        (root, selector) => (root.shadowRoot ?? root).querySelector(selector), document);
    return found.violations.flatMap((rule) => rule.nodes.map((node) => ({
        rule: rule.id, impact: node.impact, html: node.html.slice(0, 200),
        why: node.any.concat(node.all, node.none).map((check) => check.message).join('; '),
        within: ALLOWED.filter((selector) => element(node.target)?.closest(selector)),
    })));
}"""


@dataclass(frozen=True)
class Streamlits:
    """A node of Streamlit's own that a rule may name.

    Attributes:
        rule: of axe-core.
        selector: the node or one around it.
        reason: why no setting of ours helps.
        contrast: what it must reach all the same.
    """

    rule: str
    selector: str
    reason: str
    contrast: float = 0.0


ALLOWED = (
    Streamlits("color-contrast", "[data-testid=stCode] .token", "st.code has its own colors of syntax", 2.8),
    Streamlits(
        "color-contrast", "[data-selected=true]",
        "on dark, one primary color is text of the selected and background of white text: none reaches 4.5 "
        "for both", 3.9,
    ),
    Streamlits("color-contrast", "button[kind=primary]", "the other half of the same", 3.9),
    Streamlits("scrollable-region-focusable", "[data-testid=stCode] pre", "st.code scrolls, no tab stop"),
)  # fmt: skip


def ours(finding: dict) -> bool:
    """Whether a finding is neither minor nor on the list."""
    if finding["impact"] not in SERIOUS:
        return False
    told = re.search(r"contrast of ([\d.]+)", finding["why"])
    contrast = float(told[1]) if told else 99.0
    return not any(
        each.rule == finding["rule"] and each.selector in finding["within"] and contrast >= each.contrast
        for each in ALLOWED
    )


def findings(page) -> list[str]:
    """What axe-core finds of ours, in light and in dark."""
    page.evaluate(AXE)
    page.mouse.move(0, 0)  # nothing is under the hand
    selectors = [each.selector for each in ALLOWED]
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wait_until(lambda dark=scheme == "dark": is_dark(page) == dark, 10, f"the {scheme} theme")
        page.wait_for_timeout(300)  # colors change over 200 ms
        run = RUN.replace("ALLOWED", repr(selectors))
        found += [
            f"{scheme}: {each['rule']}: {each['html']} {each['why']}"
            for each in page.evaluate(run)
            if ours(each)
        ]
    page.emulate_media(color_scheme="light")
    return found


def is_dark(page) -> bool:
    color = page.locator(".stApp").evaluate("node => getComputedStyle(node).backgroundColor")
    return sum(map(int, re.findall(r"\d+", color)[:3])) < 384


def finished(page) -> None:
    """Wait until the script has run to its end and nothing is shown as stale."""
    page.locator(".st-key-share").wait_for(timeout=WAIT)  # the last thing of every page
    for waiting in ("stSkeleton", "stStatusWidget"):
        wait_until(lambda what=waiting: not page.get_by_test_id(what).count(), 60, f"the end of {waiting}")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with serving("app.py", tmp_path_factory.mktemp("axe") / "runs") as address:
        yield address


def test_it_would_find_a_picture_without_words(chromium) -> None:
    with watched_page(chromium) as page:
        page.set_content("<main class=stApp style='background: white'><img src='data:,'></main>")
        page.evaluate(AXE)
        found = page.evaluate(RUN.replace("ALLOWED", "[]"))
        assert "image-alt" in [each["rule"] for each in found if ours(each)]


@pytest.mark.parametrize("name", [name for name in PAGES if name != "twist"])
def test_a_page(chromium, lab, name: str) -> None:
    with watched_page(chromium) as page:
        page.goto(f"{lab}/{name}")
        finished(page)
        assert not findings(page)


def test_the_first_minute_and_the_closer_looks(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        page.goto(lab)
        page.get_by_text("What will the switch do").wait_for(timeout=WAIT)
        finished(page)
        assert not findings(page)
        page.get_by_role("radio", name="They fold and cross").click()
        page.get_by_role("button", name="Tell me now").click()
        page.get_by_text("Three doors").wait_for(timeout=WAIT)
        found = []
        for look in ("Numbers", "Twist lens", "Switch moment", "Train it live", "Draw your own"):
            page.get_by_role("radio", name=look).click()
            finished(page)
            found += [f"{look}: {each}" for each in findings(page)]
        assert not found


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson(chromium, lab, name: str) -> None:
    lesson = LESSONS[name]
    with watched_page(chromium) as page:
        page.goto(f"{lab}/learn?lesson={name}")
        page.locator("canvas").first.wait_for(timeout=WAIT)
        page.get_by_role("radio", name=next(iter(lesson.prediction.options.values())), exact=True).click()
        page.get_by_text("Observed:").wait_for(timeout=WAIT)
        for folded in ("Answer", "What these sentences rest on", "Words", "For teachers"):
            page.locator("summary").filter(has_text=folded).click()
        finished(page)
        assert not findings(page)


@pytest.mark.parametrize("part", ["words", "switch"])
def test_a_part_of_learn(chromium, lab, part: str) -> None:
    with watched_page(chromium) as page:
        page.goto(f"{lab}/learn?part={part}")
        finished(page)
        assert not findings(page)
