"""A call that Streamlit ends late, because a newer one overtook it, takes nothing off the page.

Streamlit starts a component anew when its data change. If the earlier call is still loading it is ended the
moment it is through, which may be after the newer call has drawn.
"""

import base64
from pathlib import Path

import pytest

from dcviz.runs import default_store
from dcviz.ui import lens, live_curves, loss_curves
from dcviz.ui.cached import identity
from tests.browser.conftest import ROOT, wait_until, watched_page
from tests.browser.viewer_hands import Hands

pytestmark = pytest.mark.browser

ENDS = """async ({source, name, data, bytes}) => {
    const text = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
    const show = (await import(text)).default;
    const parentElement = document.body;
    parentElement.innerHTML = `<div class="${name}" style="width: 800px"></div>`;
    const root = parentElement.firstChild;
    const given = bytes ? Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)) : data;
    const start = () => show({data: given, parentElement, setStateValue: () => {}});
    const [first, second] = [start(), start()];
    const drawn = root.childElementCount;
    first();
    const afterFirst = root.childElementCount;
    second();
    const afterSecond = root.childElementCount;
    start();
    return {drawn, afterFirst, afterSecond, again: root.childElementCount};
}"""


def told() -> dict[str, object]:
    """Class of the root and data of each component that draws something of its own."""
    runs = [default_store().by_id(f"arcs-{name}") for name in ("dec", "rdc")]
    dec, ids = runs[0], tuple(run.id for run in runs)
    curves = live_curves.told(runs, ["DEC", "R-DC"], epoch=200.0)
    return {
        "live_curves": ("lc-root", {**curves, "group": "g", "play": None, "seen": None}),
        "loss_curves": ("ls-root", loss_curves.told([0, 1], {"a": [1.0, 0.5]}, phases=[("p", 1)])),
        "lens": ("tl-root", lens.packed(dec, identity(dec), dec.checkpoints(), ids)),
    }


@pytest.mark.parametrize("component", ["live_curves", "loss_curves", "lens"])
def test_the_end_of_an_overtaken_call_leaves_the_drawing(chromium, component: str) -> None:
    name, data = told()[component]
    source = (Path(ROOT) / "dcviz" / "ui" / f"{component}.js").read_text(encoding="utf-8")
    raw = isinstance(data, bytes)
    given = base64.b64encode(data).decode() if isinstance(data, bytes) else data
    with watched_page(chromium) as page:
        page.goto("about:blank")
        seen = page.evaluate(ENDS, {"source": source, "name": name, "data": given, "bytes": raw})
    assert seen["drawn"] > 0
    assert seen["afterFirst"] == seen["drawn"], "the ended call took the drawing of the newer one away"
    assert seen["afterSecond"] == 0
    assert seen["again"] == seen["drawn"]


@pytest.mark.parametrize("slow", ["viewer.css", "viewer.js"])
def test_a_viewer_overtaken_while_it_loads_stays_and_obeys_the_newer_call(chromium, viewer_lab, slow) -> None:
    held = []

    def hold_the_first(route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    with watched_page(chromium) as page:
        page.route(f"**/{slow}", hold_the_first)
        page.goto(viewer_lab)
        wait_until(lambda: page.evaluate("1") and bool(held), 20, f"{slow} to be asked for")
        page.get_by_role("button", name="To epoch 1").click()
        page.get_by_text('"reruns": 2').wait_for(timeout=20_000)
        page.wait_for_timeout(500)
        held[0].continue_()
        hands = Hands(page).ready()
        page.wait_for_timeout(500)
        assert page.locator(".dv").count() == 1
        wait_until(lambda: hands.js("viewer.state.t") == 1, 20, "the order of the newer call")
