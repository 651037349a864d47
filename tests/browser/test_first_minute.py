"""The first minute as a visitor lives it: by itself, by keyboard, with less motion, on a phone, again."""

import re

import pytest

from tests.browser.conftest import serving, wait_until, watched_page

pytestmark = pytest.mark.browser

FOLDS = "They fold and cross"
PREDICT_AS_IT_HALTS = """(badge, name) => new Promise((done, fail) => {
    const begun = performance.now();
    const look = () => {
        if (performance.now() - begun > 60_000) return fail(new Error(`no halt, at ${badge.innerText}`));
        if (!`${badge.innerText} `.includes("epoch 200 ")) return requestAnimationFrame(look);
        const halted = (viewer) => JSON.parse(viewer.committed || "{}").paused_at_switch;
        const told = [...dcvizViewer.viewers.values()].some(halted);
        if (!told) return fail(new Error("the halt was not told before the visitor could answer"));
        [...document.querySelectorAll("button")].find((each) => each.innerText.trim() === name).click();
        done();
    };
    look();
})"""
LATENTS = "stages => stages.map((s) => ([...s.querySelectorAll('.dv-title')].at(-1) ?? s).clientHeight)"
"""Heights of the pictures of the latents."""
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with serving("app.py", tmp_path_factory.mktemp("minute") / "runs") as address:
        yield address


def badges(page) -> list[str]:
    return [badge.inner_text() for badge in page.locator(".dv-badge").all()]


def at_epoch(page, epoch: int) -> bool:
    found = badges(page)
    return len(found) >= 3 and all(f"epoch {epoch} " in badge + " " for badge in found[:3])


def value(page, title: str) -> str:
    """What a small panel says of DEC."""
    text = page.locator(".lc-root figcaption").filter(has_text=title).inner_text()
    return re.search(r"DEC (–|[\d.-]+)", text).group(1)


def option(page, name: str):
    return page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name)).first


def focused(page) -> str:
    return str(page.evaluate("document.activeElement.innerText || ''")).strip()


def tab_to(page, name: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if focused(page).endswith(name):
            return
    pytest.fail(f"no way to {name!r} by Tab")


def test_it_halts_asks_plays_on_compares_and_opens_doors(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(lab)
        wait_until(lambda: at_epoch(page, 200), 40, "all three pictures to halt at the switch")
        assert value(page, "flipped share") == "0.00"
        assert not page.get_by_text("Three doors").count()
        assert not page.get_by_text("turned over").count()

        option(page, FOLDS).click()
        page.get_by_text("Now watch.").wait_for()
        page.get_by_text("As you predicted").wait_for(timeout=60_000)
        wait_until(lambda: at_epoch(page, 400), 5, "the pictures to have played to the end")
        assert float(value(page, "flipped share")) > 0.25
        page.get_by_text("Now drag this").wait_for()
        slider = page.locator("input[type=range][aria-label*='λ_ratio']").first
        slider.wait_for(timeout=20_000)
        for door in ("Draw your own curves", "1,797 real digits", "Train on this machine"):
            page.get_by_text(door).first.wait_for()

        page.reload()
        page.get_by_text("Three doors").wait_for()
        assert not page.get_by_text("What will the switch do").count(), "it was shown twice"
        page.get_by_role("button", name="Show the first minute").click()
        page.get_by_text("What will the switch do").wait_for()


def test_a_prediction_in_the_moment_of_the_halt_is_answered(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(lab)
        page.get_by_text("What will the switch do").wait_for()
        page.locator(".dv-badge").first.evaluate(PREDICT_AS_IT_HALTS, FOLDS)
        page.get_by_text("Now watch.").wait_for()
        page.get_by_text("As you predicted").wait_for(timeout=60_000)


def test_by_keyboard_alone_and_with_less_motion(chromium, lab) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        page.goto(lab)
        page.get_by_text("What will the switch do").wait_for()
        page.wait_for_timeout(2500)
        assert at_epoch(page, 0), f"something moved by itself: {badges(page)}"
        tab_to(page, "They keep their shape")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert focused(page) == FOLDS
        page.keyboard.press("Enter")
        page.get_by_text("Now watch.").wait_for()
        tab_to(page, "Tell me now")
        page.keyboard.press("Enter")
        page.get_by_text("As you predicted").wait_for()
        page.get_by_text("Three doors").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_leaves_the_screen(chromium, lab, scheme) -> None:
    context = chromium.new_context(**PHONE, color_scheme=scheme, has_touch=True)
    page = context.new_page()
    page.goto(lab)
    page.get_by_text("What will the switch do").wait_for()
    option(page, FOLDS).click()
    page.get_by_role("button", name="Tell me now").click()
    page.get_by_text("As you predicted").wait_for()
    page.get_by_text("Three doors").wait_for()
    wide = page.evaluate("document.documentElement.scrollWidth")
    # The first run has its input above its latents; these are as large as those of the others.
    page.locator(".dv-stage").nth(2).wait_for()
    page.locator(".dv-title").nth(1).wait_for()

    def alike() -> bool:
        sizes = page.locator(".dv-stage").evaluate_all(LATENTS)[:3]
        return bool(max(sizes) - min(sizes) <= 12)

    wait_until(alike, 10, "latents of one size")
    context.close()
    assert wide <= 390


def test_skipping_leads_to_the_closer_looks(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(lab)
        page.get_by_role("button", name="Skip").click()
        page.get_by_text("Three doors").wait_for()

        option(page, "Twist lens").click()
        told = page.locator(".tl-told")
        told.wait_for()
        page.locator(".tl-range").focus()
        page.keyboard.press("End")
        wait_until(lambda: "Network of epoch 400" in told.inner_text(), 5, "the lens to follow its slider")
        assert int(re.search(r"(\d+) % of the cells", told.inner_text()).group(1)) > 25
        picture = page.locator(".tl-picture").first
        box = picture.bounding_box()
        for x, y in ((0.12, 0.6), (0.38, 0.6)):
            picture.click(position={"x": box["width"] * x, "y": box["height"] * y})
        assert "times as far" in told.inner_text()

        option(page, "Switch moment").click()
        page.locator(".sl-table td[aria-selected=true]").focus()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        said = page.locator(".sl-told")
        wait_until(lambda: "weight 10," in said.inner_text(), 5, "the table to follow the arrow keys")
        page.get_by_text("weight 10 (IDEC)").wait_for()

        option(page, "Draw your own").click()
        sheet = page.locator(".dr-sheet")
        sheet.scroll_into_view_if_needed()
        box = sheet.bounding_box()
        for row in (80, 200):
            page.mouse.move(box["x"] + 60, box["y"] + row)
            page.mouse.down()
            for step in range(1, 30):
                page.mouse.move(box["x"] + 60 + 10 * step, box["y"] + row + step)
            page.mouse.up()
        assert "2 curves." in page.locator(".dr-told").inner_text()
        page.get_by_role("button", name="Use these curves").click()
        page.get_by_role("button", name="Train on these curves").click()
        page.get_by_text(re.compile("finished")).first.wait_for(timeout=120_000)


def test_a_lesson_is_walked(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(f"{lab}/learn?lesson=twist")
        page.get_by_role("heading", name="The twist").wait_for()
        page.locator("canvas").first.wait_for()
        option(page, "They keep their shape").click()
        page.get_by_text("Observed:").wait_for()
        page.get_by_text("Answer").click()
        page.get_by_text("Accuracy counts how many points").wait_for()
        page.get_by_role("button", name=re.compile("Take 1 prediction home")).wait_for()
