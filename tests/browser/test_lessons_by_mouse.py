"""Each lesson by mouse alone, and what was predicted taken home as a table."""

import csv
import io

import pytest

from dcviz.lessons.catalog import LESSONS
from tests.browser.conftest import serving, settle, wait_until, watched_page
from tests.browser.viewer_hands import Hands

pytestmark = pytest.mark.browser

WAIT = 40_000
FOLDED = ("Answer", "What these sentences rest on", "Words", "For teachers")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with serving("app.py", tmp_path_factory.mktemp("mouse") / "runs") as address:
        yield address


STANDS = """([run, epoch]) => [...(globalThis.dcvizViewer?.viewers ?? new Map()).values()]
    .some((viewer) => viewer.run === run && viewer.state.t === epoch && viewer.index && !viewer.missing)"""


def dragged(hands: Hands) -> float:
    """Where the track stands after a drag; one that a late run of the page takes back is done again."""
    hands.drag("track", [0.5, 0.3, 0.02])
    hands.page.wait_for_timeout(500)
    return hands.js("viewer.state.t")


def unfold(page, name: str) -> None:
    """Click it once; no run of the page takes that back."""
    summary = page.locator("summary").filter(has_text=name)
    summary.click()
    settle(page)
    page.wait_for_timeout(300)
    assert summary.evaluate("(summary) => summary.parentElement.open")


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_by_mouse_alone(chromium, lab, name: str) -> None:
    lesson = LESSONS[name]
    with watched_page(chromium, reduced_motion="reduce") as page:
        page.goto(f"{lab}/learn")
        page.get_by_role("button", name="Open the lesson").nth(list(LESSONS).index(name)).click(timeout=WAIT)
        page.get_by_role("heading", name=lesson.title, exact=True).wait_for(timeout=WAIT)
        for number, step in enumerate(lesson.steps, start=1):
            page.get_by_role("radio", name=f"{number}. {step.title}").click(timeout=WAIT)
            asked = [step.view.run, step.view.epoch]
            wait_until(lambda a=asked: page.evaluate(STANDS, a), 30, f"the picture of step {number}")
            settle(page)
        settle(page)
        hands = Hands(page).ready()
        wait_until(lambda: dragged(hands) < 40, 60, "the track to follow the hand")
        settle(page)
        said = lesson.prediction.options[lesson.prediction.right[0]]
        page.get_by_role("radio", name=said, exact=True).click()
        page.get_by_text("Observed:").wait_for(timeout=WAIT)
        for title in [case.title for case in lesson.negatives]:
            page.get_by_role("radio", name=title, exact=True).click()
            chosen = page.get_by_role("radio", name=title, exact=True)
            wait_until(lambda c=chosen: c.get_attribute("aria-checked") == "true", 20, title)
            settle(page)
        for folded in FOLDED:
            unfold(page, folded)
        page.get_by_text("10 minutes.").wait_for(timeout=WAIT)
        assert not page.get_by_test_id("stException").count()


def test_folded_parts_outlive_a_change_of_case_and_step(chromium, tmp_path) -> None:
    """A part made anew loses the press that is under way on it; the third case has one element less."""
    lesson = LESSONS["chance"]
    assert [case.view is None for case in lesson.negatives] == [False, False, True]
    with (
        serving("tests/browser/lesson_page_slow.py", tmp_path / "runs") as address,
        watched_page(chromium, reduced_motion="reduce") as page,
    ):
        page.goto(f"{address}/?lesson=chance")
        page.get_by_text("For teachers").wait_for(timeout=WAIT)
        settle(page)
        page.evaluate("window.folded = [...document.querySelectorAll('details')]")
        cases = [case.title for case in lesson.negatives]
        for title in [cases[2], cases[0], f"2. {lesson.steps[1].title}"]:
            chosen = page.get_by_role("radio", name=title, exact=True)
            chosen.click()
            wait_until(lambda c=chosen: c.get_attribute("aria-checked") == "true", 20, title)
            page.wait_for_timeout(300)
            settle(page)
        assert page.evaluate("window.folded.map((part) => part.isConnected)") == [True] * len(FOLDED)


def test_predictions_of_two_lessons_go_home_as_one_table(chromium, lab) -> None:
    wanted = []
    with watched_page(chromium, reduced_motion="reduce") as page:
        page.goto(f"{lab}/learn")
        for name, right in (("twist", True), ("help", False)):
            lesson = LESSONS[name]
            page.get_by_role("combobox", name="Lesson").click(timeout=WAIT)
            page.get_by_role("option", name=lesson.title, exact=True).click()
            options, truths = lesson.prediction.options, lesson.prediction.right
            said = next(text for each, text in options.items() if (each in truths) is right)
            page.get_by_role("radio", name=said, exact=True).click(timeout=WAIT)
            page.get_by_text("Observed:").wait_for(timeout=WAIT)
            wanted.append((lesson.title, said, " / ".join(options[each] for each in truths), str(right)))
        with page.expect_download() as download:
            page.get_by_role("button", name="Take 2 predictions home (1 as observed)").click(timeout=WAIT)
        text = download.value.path().read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["lesson"], row["predicted"], row["observed"], row["agree"]) for row in rows] == wanted
