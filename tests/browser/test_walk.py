"""One walk through the running app: train R-DC on the four arcs, move a threshold, see the core count."""

import re

import pytest

from tests.browser.conftest import serving, wait_until, watched_page

pytestmark = pytest.mark.browser


@pytest.fixture
def lab(tmp_path_factory):
    """A server of its own for each walk: a training of an earlier one would stand on the page of the next."""
    with serving("app.py", tmp_path_factory.mktemp("walk") / "runs") as address:
        yield address


def core_points(page) -> int:
    """The exact number of core points that Python computed, read off the page."""
    metric = page.get_by_test_id("stMetric").filter(has_text=re.compile(r"^Core points"))
    text = metric.get_by_test_id("stMetricValue").inner_text()
    return int(re.sub(r"\D", "", text))


def drag_to(slider, share: float) -> None:
    """Move a slider of the viewer to a share of its range as a hand does: many inputs, one release."""
    slider.evaluate(
        """(node, share) => {
            const from = +node.value, value = +node.min + share * (node.max - node.min);
            for (let step = 1; step <= 5; step++) {
                node.value = from + (value - from) * step / 5;
                node.dispatchEvent(new Event('input', {bubbles: true}));
            }
            node.dispatchEvent(new Event('change', {bubbles: true}));
        }""",
        share,
    )


def test_the_first_page_plays_a_finished_run(chromium, lab):
    with watched_page(chromium) as page:
        page.goto(lab)
        page.get_by_role("heading", name="Feature Twist").wait_for()
        page.get_by_role("button", name=re.compile("pause", re.I)).first.wait_for(timeout=20_000)
        canvas = page.locator("canvas").first
        canvas.wait_for()
        first = canvas.screenshot()
        wait_until(lambda: canvas.screenshot() != first, 30, "the picture to move")


def test_train_then_move_a_threshold(chromium, lab):
    with watched_page(chromium) as page:
        page.goto(f"{lab}/train")
        for label in ("Pretrain epochs", "Finetune epochs"):
            field = page.get_by_label(label, exact=True)
            field.fill("4")
            field.press("Enter")
        page.get_by_text("4 epochs pretraining").wait_for()
        page.get_by_role("button", name="Start training").click()
        page.get_by_text(re.compile("finished", re.I)).first.wait_for(timeout=90_000)

        page.get_by_role("link", name="Explore", exact=True).first.click()
        slider = page.locator("input[type=range][aria-label*='λ_ratio']:enabled").first
        slider.wait_for(timeout=20_000)
        before = core_points(page)
        assert before > 0

        def fewer() -> bool:
            # On a very busy machine the page may run again under the hand and undo a drag: it drags again.
            drag_to(slider, 0.9)
            page.wait_for_timeout(4000)
            return core_points(page) < before

        wait_until(fewer, 60, f"fewer core points than {before}")
        wait_until(lambda: re.search(r"lambda_ratio=0\.[89]", page.url), 30, "the address to follow")

        for name in ("Geometry", "Runs"):
            page.get_by_role("link", name=name, exact=True).first.click()
            page.get_by_role("heading", name=name, exact=True).wait_for()
            assert not page.get_by_test_id("stException").count()
