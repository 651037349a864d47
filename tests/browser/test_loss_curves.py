"""The live losses stay in the page while a training goes on: changed, never taken out and put back."""

import re

import pytest

from tests.browser.conftest import serving, watched_page

pytestmark = pytest.mark.browser

POLL = """async (duration) => {
    const find = (root) => root.querySelector('.ls-plot') ?? [...root.querySelectorAll('*')]
        .reduce((hit, node) => hit ?? (node.shadowRoot && find(node.shadowRoot)), null);
    const first = find(document), drawn = new Set(), end = performance.now() + duration;
    let looks = 0, gone = 0;
    while (performance.now() < end) {
        const now = find(document);
        looks += 1;
        gone += now !== first || !now.querySelector('polyline');
        drawn.add(now?.querySelector('polyline')?.getAttribute('points'));
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return {looks, gone, changes: drawn.size - 1};
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with serving("app.py", tmp_path_factory.mktemp("losses") / "runs") as address:
        yield address


def test_the_drawing_stays_while_it_grows_and_answers_the_keyboard(chromium, lab):
    with watched_page(chromium) as page:
        page.goto(f"{lab}/train")
        for label in ("Pretrain epochs", "Finetune epochs"):
            field = page.get_by_label(label, exact=True)
            field.fill("1500")
            field.press("Enter")
        page.get_by_text(re.compile("1,500 epochs pretraining → 1,500")).wait_for()
        page.get_by_role("button", name="Start training").click()
        plot = page.locator(".ls-plot")
        plot.wait_for(timeout=60_000)
        seen = page.evaluate(POLL, 5000)
        assert seen["looks"] > 20
        assert seen["gone"] == 0
        assert seen["changes"] >= 1
        assert plot.get_by_text("switch to proximity").count() == 1
        plot.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert page.locator(".ls-at").inner_text() != "epoch 0"
        assert "run=" in page.url
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Resume", exact=True).wait_for(timeout=30_000)
