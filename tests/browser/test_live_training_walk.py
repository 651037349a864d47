"""Training live on Feature Twist, by mouse: pause, one epoch, one batch, a threshold, on; then a branch."""

import re
from pathlib import Path

import pytest

from dcviz.geometry.filters import core_border_split
from dcviz.runs import Run, RunStore
from tests.browser.conftest import serving, wait_until, watched_page
from tests.browser.viewer_hands import Hands

pytestmark = pytest.mark.browser

WAIT = 60_000


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("live") / "runs"


@pytest.fixture(scope="module")
def lab(runs, tmp_path_factory):
    with serving("app.py", runs, DCVIZ_CACHE=str(tmp_path_factory.mktemp("cache"))) as address:
        yield address


def trained(runs: Path) -> list[Run]:
    return RunStore(runs).list() if runs.is_dir() else []


def slide_to_the_end(page, name: str) -> None:
    thumb = page.get_by_role("slider", name=name)
    thumb.focus(timeout=WAIT)
    page.keyboard.press("End")
    most = thumb.get_attribute("aria-valuemax")
    wait_until(lambda: thumb.get_attribute("aria-valuenow") == most, 20, f"{name} at {most}")


def until_paused(run: Run, epochs: int) -> None:
    """More stored moments than before, and waiting again."""
    wait_until(
        lambda: len(run.epochs()) > epochs and run.status()["state"] == "paused",
        60,
        f"one more than {epochs} stored moments and a pause",
    )


def core_points(run: Run, ratio: float) -> int:
    """Core points of the newest stored moment, M = 5."""
    return int(core_border_split(run.neighbors(run.epochs()[-1].key).distances[:, :5], ratio).sum())


def test_a_training_is_paused_stepped_watched_under_another_threshold_and_goes_on(
    chromium, lab, runs
) -> None:
    with watched_page(chromium, reduced_motion="reduce") as page:
        page.goto(lab)
        page.get_by_role("button", name="Skip").click(timeout=WAIT)
        page.get_by_role("radio", name="Train it live").click(timeout=WAIT)
        slide_to_the_end(page, "Points n")
        slide_to_the_end(page, "Switch at epoch")
        page.get_by_role("button", name="Train", exact=True).click()
        page.get_by_role("button", name="Pause").last.click(timeout=WAIT)
        wait_until(lambda: bool(trained(runs)), 60, "the run")
        run = trained(runs)[0]
        wait_until(lambda: run.status()["state"] == "paused", 60, "the pause")
        page.get_by_role("button", name="Continue").wait_for(timeout=WAIT)
        assert run.spec["n"] == 3000
        assert run.spec["settings"]["pretrain_epochs"] == 400

        stored = len(run.epochs())
        page.get_by_role("button", name="One epoch").click()
        until_paused(run, stored)
        assert run.epochs()[-1].batch == 0
        assert len(run.epochs()) == stored + 1
        page.get_by_role("button", name="One batch").click()
        until_paused(run, stored + 1)
        assert run.epochs()[-1].batch > 0

        shown = Hands(page, 3).ready()
        assert shown.js("viewer.run") == run.id
        wait_until(lambda: shown.exact() == core_points(run, 0.6), 30, "the numbers of the last batch")
        shown.root.get_by_role("slider", name="λ_ratio: core if").focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight")
        ratio = shown.js("viewer.state.thresholds.lambda_ratio")
        assert 0.6 < ratio < 0.65
        wait_until(lambda: shown.exact() == core_points(run, ratio), 30, f"the numbers at {ratio}")

        page.get_by_role("button", name="Continue").click()
        wait_until(lambda: run.status()["state"] == "finished", 300, "the end of the training")
        assert run.epochs()[-1].position == 600
        assert len([epoch for epoch in run.epochs() if not epoch.batch]) == 601, "every epoch is kept"


def test_it_is_branched_at_its_switch(chromium, lab, runs) -> None:
    assert trained(runs), "the training above"
    run = trained(runs)[0]
    with watched_page(chromium, reduced_motion="reduce") as page:
        page.goto(f"{lab}/train?run={run.id}")
        page.locator("summary").filter(has_text="Branch: go on from an epoch").click(timeout=WAIT)
        page.get_by_role("combobox", name=re.compile("From the checkpoint")).wait_for(timeout=WAIT)
        page.get_by_role("button", name="Start the branch").click(timeout=WAIT)
        wait_until(lambda: len(trained(runs)) == 2, 60, "the branch")
        branch = next(each for each in trained(runs) if each.id != run.id)
        assert branch.spec["parent"] == {"id": run.id, "key": "00400"}
        wait_until(lambda: branch.status()["state"] == "finished", 180, "the end of the branch")
        assert not page.get_by_test_id("stException").count()


def test_the_picture_plays_along_until_the_last_epoch(chromium, lab, runs) -> None:
    before = len(trained(runs))
    with watched_page(chromium, reduced_motion="no-preference") as page:
        page.goto(lab)
        page.get_by_role("button", name="Skip").click(timeout=WAIT)
        page.get_by_role("radio", name="Train it live").click(timeout=WAIT)
        page.get_by_role("button", name="Train", exact=True).click()
        wait_until(lambda: len(trained(runs)) > before, 60, "the run")
        shown = Hands(page, 3).ready()
        assert shown.js("viewer.run") == trained(runs)[0].id
        wait_until(lambda: 0 < shown.js("viewer.state.t") < 400, 60, "the picture to play")
        wait_until(lambda: shown.js("viewer.state.t") == 400, 120, "the last epoch")
        assert trained(runs)[0].status()["state"] == "finished"
        wait_until(lambda: not shown.js("viewer.player.playing"), 30, "the halt")
