"""Other ways to the viewer: without routes over the websocket, and beside a run that is still growing."""

import time

import pytest

from dcviz.geometry.neighbors import neighbor_graph
from dcviz.runs.writer import RunWriter
from tests.browser.conftest import serving, wait_until
from tests.browser.viewer_hands import viewer
from tests.viewer.conftest import write_run

pytestmark = pytest.mark.browser


def test_without_routes_everything_comes_through_the_websocket(chromium, tmp_path):
    write_run(tmp_path / "runs", "arcs", n=300)
    with (
        serving("tests/browser/viewer_page_plain.py", tmp_path / "runs") as address,
        viewer(chromium, address) as hands,
    ):
        assert hands.js("viewer.told.parts !== undefined"), "the component carries its answers itself"
        before = hands.exact()
        assert hands.pixels()["share"] > 0.02
        hands.drag("lambda", [0.6, 0.3])
        assert hands.exact() > before
        hands.stage.focus()
        hands.press("Home")
        hands.until_told(lambda told: told["key"] == "00000", "the first epoch")
        wait_until(lambda: hands.data("missing") == "0", 10, "its frame")
        assert hands.data("contexts") == "1"


def test_a_run_that_trains_grows_the_track(chromium, tmp_path):
    run = write_run(tmp_path / "runs", "arcs", n=200)
    writer = RunWriter(run)
    writer.status(
        {"state": "running", "phase": "proximity", "epoch": 6, "epochs": 8, "heartbeat": time.time()}
    )
    with (
        serving("tests/browser/viewer_page.py", tmp_path / "runs") as address,
        viewer(chromium, address) as hands,
    ):
        hands.exact()
        assert hands.js("viewer.index.epochs.length") == 7
        reruns = hands.told()["reruns"]
        for key in ("00007", "00008"):
            add(writer, run, key)
        wait_until(lambda: hands.js("viewer.index.epochs.length") == 9, 30, "the track to grow")
        wait_until(lambda: hands.data("epoch") == "00008", 30, "the cursor at the end to follow")
        add(writer, run, "00009")
        writer.status({"state": "finished", "phase": "proximity", "epoch": 9, "epochs": 9})
        wait_until(lambda: hands.js("viewer.index.complete"), 30, "the end of the training")
        wait_until(lambda: hands.data("epoch") == "00009", 30, "the cursor at the end to follow to the last")
        assert hands.told()["reruns"] == reruns


def add(writer: RunWriter, run, key: str) -> None:
    """One more epoch of a run, a little wider than its sixth."""
    z = run.latents("00006") * 1.1
    line = {"key": key, "epoch": int(key), "batch": 0, "iteration": 9, "phase": "proximity"}
    graph = neighbor_graph(z, m=15)
    writer.epoch({**line, "phase_index": 1}, latents=z, assigned=run.assigned("00006"), graph=graph)
