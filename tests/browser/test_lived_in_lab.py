"""A lab that somebody has lived in: every page and tab over runs of many kinds, none of which breaks one.

Beside finished runs lie one that never began, one that failed, one with a number that is none, one that has
collapsed to a place, one whose folder cannot be read, and own data with names that Markdown would eat.
"""

import json
import shutil

import numpy as np
import pytest

from dcviz.runs import Run, RunStore
from dcviz.ui.links import PAGES
from tests.browser.conftest import serving, settle, wait_until, watched_page
from tests.conftest import tiny_run
from tests.viewer.conftest import write_run

pytestmark = pytest.mark.browser

ODD_NAME = "*a* <b>b</b> {c} `d` $e$ [f](http://g) "
VISITS = [
    *((name, "plain") for name in PAGES),
    ("geometry", "nan"), ("compare", "nan"), ("explore", "collapsed"), ("geometry", "collapsed"),
    ("explore", "own"), ("explore", "failed"), ("train", "failed"), ("train", "unstarted"),
    ("geometry", "unreadable"),
]  # fmt: skip
RAW = r"""() => {
    const found = [], seen = /(^|[^\w.])(NaN|None|undefined|Traceback|KeyError|ValueError)(?!\w)|&lt;|&amp;/;
    const main = document.querySelector('[data-testid=stMain]');
    const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const {parentElement: around, textContent: text} = texts.currentNode;
        if (!around.closest('style, code, pre, .katex, canvas') && seen.test(text)) found.push(text);
    }
    return found;
}"""
MEANT = ("NaN or infinity", "None: these runs were made in the same way")
"""What pages say in words of their own."""


def collapsed(run: Run) -> None:
    for file in (run.path / "latents").iterdir():
        np.save(file, np.zeros_like(np.load(file)))
    shutil.rmtree(run.path / "neighbors")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a lab over these runs."""
    store = RunStore(tmp_path_factory.mktemp("lived") / "runs")
    made = {"plain": tiny_run(store, "rdc"), "failed": tiny_run(store, "dec"), "own": tiny_run(store, "dec")}
    for name, run in made.items():
        run.path.rename(store.root / name)
    facts = store.root / "own" / "run.json"
    facts.write_text(json.dumps(json.loads(facts.read_text()) | {"dataset": "/away/cells *b*.npz"}))
    store.by_id("own").rename(ODD_NAME)
    shutil.copytree(store.root / "plain", store.root / "unstarted")
    for name in ("failed", "unstarted"):
        (store.root / name / "metrics.jsonl").unlink()
    (store.root / "unstarted" / "status.json").unlink()
    failed = {"state": "failed", "error": {"message": "cells.npz is missing <x>", "hint": "Put it there."}}
    (store.root / "failed" / "status.json").write_text(json.dumps(failed))
    spoiled = write_run(store.root, "nan", n=200).path / "latents" / "00003.npy"
    z = np.load(spoiled)
    z[5] = np.nan
    np.save(spoiled, z)
    collapsed(write_run(store.root, "collapsed", n=100, d=3, labels=False))
    (store.root / "unreadable").mkdir()
    (store.root / "unreadable" / "run.json").write_text("{")
    with serving("app.py", store.root) as address:
        yield address


def broken(page) -> list[str]:
    """What a page shows that nobody meant to be seen."""
    boxes = [box.inner_text() for box in page.get_by_test_id("stException").all()]
    return boxes + [text for text in page.evaluate(RAW) if not any(meant in text for meant in MEANT)]


def test_no_page_and_no_tab_breaks_over_any_run(chromium, lab) -> None:
    found = []
    with watched_page(chromium) as page:
        for name, run in VISITS:
            page.goto(f"{lab}/{'' if name == 'twist' else name}?run={run}&epoch=3")
            page.get_by_role("heading", name=PAGES[name][1], exact=True).wait_for()
            settle(page)
            found += [(name, run, text) for text in broken(page)]
            for tab in page.get_by_role("tab").all()[1:]:
                tab.click()
                wait_until(lambda tab=tab: tab.get_attribute("aria-selected") == "true", 10, "the tab")
                settle(page)
                found += [(name, tab.inner_text(), text) for text in broken(page)]
    assert not found
