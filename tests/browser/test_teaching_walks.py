"""Each lesson by keyboard alone; curves from a file, good and bad; a cell of the grid, trained."""

import json
import re
from pathlib import Path

import pytest

from dcviz.lessons.catalog import LESSONS
from tests.browser.conftest import serving, settle, wait_until, watched_page

pytestmark = pytest.mark.browser

WAIT = 40_000
FOCUSED = """() => {
    let node = document.activeElement;
    while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
    const named = node?.getAttribute('aria-label') || node?.innerText || node?.id || '';
    return node ? `${node.tagName.toLowerCase()} ${named.trim().replaceAll('\\n', ' ')}` : '';
}"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("walks") / "runs"


@pytest.fixture(scope="module")
def lab(runs, tmp_path_factory):
    with serving("app.py", runs, DCVIZ_CACHE=str(tmp_path_factory.mktemp("cache"))) as address:
        yield address


def focused(page) -> str:
    return str(page.evaluate(FOCUSED))


def tab_to(page, what: str, *, most: int = 150) -> None:
    """Press Tab until the focus is on something of this name."""
    seen = []
    for _ in range(most):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        if re.search(what, seen[-1]) and not seen[-1].startswith("main "):
            return
    pytest.fail(f"no way to {what!r} by Tab; on the way: {seen}")


def trained(runs: Path) -> list[dict]:
    """What was asked for, of every run in the folder, oldest first."""
    found = [json.loads(file.read_text()) for file in runs.glob("*/run.json")]
    return sorted(found, key=lambda spec: spec["created"])


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_by_keyboard_alone(chromium, lab, name: str) -> None:
    lesson = LESSONS[name]
    with watched_page(chromium, reduced_motion="reduce") as page:
        page.goto(f"{lab}/learn?lesson={name}")
        page.locator(".dv-badge").first.wait_for(timeout=WAIT)
        page.locator("summary").filter(has_text="For teachers").wait_for(timeout=WAIT)
        for number, step in enumerate(lesson.steps[1:], start=2):
            page.locator("body").evaluate("node => { document.activeElement?.blur(); }")
            tab_to(page, rf"^\w+ {number - 1}\. ")
            page.keyboard.press("ArrowRight")
            page.keyboard.press("Enter")
            chosen = page.get_by_role("radio", name=f"{number}. {step.title}")
            wait_until(lambda c=chosen: c.get_attribute("aria-checked") == "true", 20, f"step {number}")
            settle(page)
        page.locator(".dv-badge").first.wait_for(timeout=WAIT)
        tab_to(page, r"[Pp]lay")
        tab_to(page, r"Epoch$")
        page.keyboard.press("Home")
        tab_to(page, f" {re.escape(next(iter(lesson.prediction.options.values())))}$")
        page.keyboard.press("Enter")
        page.get_by_text("Observed:").wait_for(timeout=WAIT)
        for folded in ("Answer", "What these sentences rest on", "Words", "For teachers"):
            tab_to(page, f"^summary .*{folded}")
            page.keyboard.press("Enter")
        page.get_by_text("10 minutes.").wait_for(timeout=WAIT)
        tab_to(page, "Take 1 prediction home")


def sheet(page, lab: str) -> None:
    page.goto(lab)
    page.get_by_role("button", name="Skip").click()
    page.get_by_role("radio", name="Draw your own").click()
    page.locator(".dr-sheet").wait_for(timeout=WAIT)


def hand_over(page, name: str, text: str) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text(name).first.wait_for(timeout=WAIT)
    page.get_by_role("button", name="Train on these curves").click()


def two_lines() -> str:
    rows = [f"{k / 60},{line},{'ab'[line]}" for line in (0, 1) for k in range(60)]
    return "\n".join(["x,y,label", *rows])


def test_curves_from_a_file_are_trained(chromium, lab, runs) -> None:
    before = len(trained(runs))
    with watched_page(chromium) as page:
        sheet(page, lab)
        hand_over(page, "lines.csv", two_lines())
        page.get_by_text(re.compile("finished")).first.wait_for(timeout=120_000)
    spec = trained(runs)[before]
    assert spec["n"] == 120
    assert spec["clusters"] == 2
    assert spec["class_names"] == ["a", "b"]


BAD = {
    "empty.csv": "",
    "words.csv": "x,y,label\none,two,a\nthree,four,b\n",
    "nothing.csv": "x,y,label\n",
    "unnamed.csv": "1,2\n3,4\n",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_words(chromium, lab, runs, name: str) -> None:
    before = len(trained(runs))
    with watched_page(chromium) as page:
        sheet(page, lab)
        hand_over(page, name, BAD[name])
        alert = page.get_by_test_id("stAlert")
        alert.first.wait_for(timeout=WAIT)
        assert "Traceback" not in alert.first.inner_text()
        assert name in alert.first.inner_text()
        assert not page.get_by_test_id("stException").count()
    assert len(trained(runs)) == before


def test_drawing_by_keyboard_alone(chromium, lab, runs) -> None:
    before = len(trained(runs))
    with watched_page(chromium, reduced_motion="reduce") as page:
        sheet(page, lab)
        tab_to(page, "Add an example")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        assert "2 curves." in page.locator(".dr-told").inner_text()
        tab_to(page, "Use these curves")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Train on these curves").wait_for(timeout=WAIT)
        assert "Taken: press Train on these curves" in page.locator(".dr-told").inner_text()
        tab_to(page, "Train on these curves")
        page.keyboard.press("Enter")
        page.get_by_text(re.compile("finished")).first.wait_for(timeout=120_000)
    assert trained(runs)[before]["clusters"] == 2


def test_a_cell_of_the_grid_is_trained_as_it_stands(chromium, lab, runs) -> None:
    before = len(trained(runs))
    with watched_page(chromium) as page:
        page.goto(f"{lab}/learn?part=switch")
        page.locator(".sl-table td[aria-selected=true]").focus(timeout=WAIT)
        for key in ("ArrowLeft", "ArrowLeft", "ArrowUp"):
            page.keyboard.press(key)
        page.get_by_text(re.compile("switch at epoch 100, weight 10 ")).wait_for(timeout=WAIT)
        page.get_by_role("radio", name="2", exact=True).click()
        page.get_by_text(re.compile("weight 10 .*seed 2")).wait_for(timeout=WAIT)
        page.get_by_role("button", name="Train it").click()
        page.get_by_role("link", name="Watch it train").wait_for(timeout=WAIT)
    spec = trained(runs)[before]
    assert (spec["method"], spec["dataset"], spec["seed"]) == ("idec", "arcs", 2)
    told = {name: spec["settings"][name] for name in ("pretrain_epochs", "finetune_epochs", "gamma")}
    assert told == {"pretrain_epochs": 100, "finetune_epochs": 200, "gamma": 10.0}
