"""The switch-moment grid: the viewer draws its cells from bytes that are there already."""

import pytest

from tests.browser.conftest import serving, settle, wait_until, watched_page

pytestmark = pytest.mark.browser

LAB = "[...dcvizViewer.viewers.values()].find((viewer) => viewer.run?.startsWith('switch-'))"


@pytest.fixture(scope="module", params=["routes", "socket"])
def lab(request, tmp_path_factory):
    with serving(
        "app.py", tmp_path_factory.mktemp("given") / "runs", DCVIZ_VIEWER_TRANSPORT=request.param
    ) as address:
        yield address


def test_cells_are_drawn_by_the_viewer_without_asking_the_server(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(lab)
        page.get_by_role("button", name="Skip").click()
        page.get_by_text("Three doors").wait_for()
        settle(page)
        page.get_by_role("radio", name="Switch moment").or_(
            page.get_by_role("button", name="Switch moment")
        ).first.click()
        picture = page.locator(".sl-viewer .dv")
        picture.wait_for(timeout=60_000)
        wait_until(
            lambda: picture.get_attribute("data-epoch") == "00400", 30, "the last epoch of the last cell"
        )
        asked: list[str] = []
        page.on(
            "request", lambda request: asked.append(request.url) if "/run/switch-" in request.url else None
        )

        # A cell of another row: the same time after its own switch, its own numbers.
        page.locator(".sl-table td[data-s='2'][data-w='3']").click()
        wait_until(lambda: picture.get_attribute("data-epoch") == "00220", 15, "the chosen cell")
        wait_until(lambda: picture.get_attribute("data-missing") == "0", 15, "its picture")
        said = page.locator(".sl-told")
        now = "Switch at epoch 20, weight 10, 200 epochs later"
        wait_until(lambda: now in said.inner_text(), 10, "the numbers of the cell")
        page.get_by_text("weight 10 (IDEC)").wait_for()

        # The numbers follow the viewer's cursor, and the viewer names what lies between stored epochs.
        picture.locator("[data-part=stage]").focus()
        page.keyboard.press("Home")
        wait_until(
            lambda: "weight 10, 0 epochs later" in said.inner_text(), 10, "the table to follow the cursor"
        )
        page.evaluate(f"{LAB}.set({{ t: 22.5 }})")
        badge = picture.locator("[data-part=badge]")
        wait_until(lambda: "interpolated" in badge.inner_text(), 10, "the badge")

        # What was not handed over is not asked for either.
        page.keyboard.press("c")
        page.keyboard.press("x")
        page.wait_for_timeout(500)
        assert not asked
        assert page.evaluate(f"{LAB}.stats.counters.contexts") == 1
