"""Another program's checkpoint and latents, in a real browser: inspect, embed, import, compare, take out."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.browser.conftest import serving, wait_until, watched_page

pytestmark = pytest.mark.browser
CHECKPOINT = Path(__file__).parents[1] / "inspect" / "foreign" / "lightning.ckpt"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with serving("app.py", tmp_path_factory.mktemp("exchange-walk") / "runs") as address:
        yield address


def test_a_checkpoint_of_lightning_is_inspected_and_embeds_the_digits(chromium, lab) -> None:
    with watched_page(chromium) as page:
        page.goto(f"{lab}/checkpoints")
        page.get_by_role("radio", name="a file").first.click()
        page.locator("input[type=file]").first.set_input_files(CHECKPOINT)
        page.get_by_text(re.compile("4,484 numbers in 8 arrays")).wait_for(timeout=30_000)
        data = page.get_by_role("combobox", name="Data").first
        data.click()
        data.fill("Digits of")
        page.keyboard.press("Enter")
        page.get_by_text("Encoder 64 → 32 → 4").wait_for(timeout=20_000)
        page.get_by_role("button", name="Embed").click()
        page.get_by_text(re.compile("finished, 1 epoch")).wait_for(timeout=60_000)
        page.get_by_role("link", name="Explore it").click()
        page.get_by_role("heading", name="Explore", exact=True).wait_for()
        page.get_by_text("Core points").first.wait_for(timeout=30_000)
        embedded = page.url.split("run=")[1].split("&")[0]
        page.goto(f"{lab}/compare?run={embedded}&run2=digits-autoencoder&sides=2")
        page.get_by_text("Median displacement").wait_for(timeout=60_000)
        page.get_by_text("Settings that differ").wait_for(timeout=30_000)
        page.goto(f"{lab}/exchange?tab=out&run={embedded}")
        with page.expect_download(timeout=60_000) as download:
            page.get_by_role("button", name="Latents .npz").click()
        with np.load(download.value.path()) as found:
            assert found["z"].shape[-2:] == (1797, 4)


def test_latents_come_in_are_compared_and_go_out(chromium, lab, tmp_path) -> None:
    rng, labels = np.random.default_rng(0), np.arange(90) % 3
    files = []
    for epoch in (1, 2):
        np.save(tmp_path / f"{epoch:05d}.npy", rng.normal(size=(90, 3)) + 6 * epoch * np.eye(3)[labels])
        files.append(tmp_path / f"{epoch:05d}.npy")
    np.save(tmp_path / "labels.npy", labels)
    with watched_page(chromium) as page:
        page.goto(f"{lab}/exchange")
        page.locator("input[type=file]").first.set_input_files([*files, tmp_path / "labels.npy"])
        page.get_by_role("button", name="Bring it in").click()
        page.get_by_text(re.compile("2 epochs of 90 points in 3 dimensions, 3 classes")).wait_for(
            timeout=30_000
        )
        page.get_by_role("tab", name=re.compile("Take a run out")).click()
        with page.expect_download() as download:
            page.get_by_role("button", name="One .npy an epoch").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            name = next(
                each for each in archive.namelist() if each.endswith("00002.npy") and "clusters" not in each
            )
            np.testing.assert_allclose(np.load(io.BytesIO(archive.read(name))), np.load(files[1]), rtol=1e-6)
        page.get_by_role("link", name="Compare").click()
        page.get_by_text("Who changed sides?").wait_for(timeout=30_000)
        wait_until(lambda: page.locator("canvas").count() >= 2, 20, "both viewers")


def test_bad_files_are_said_and_the_app_goes_on(chromium, lab, tmp_path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK\x03\x04 not an archive")
    with watched_page(chromium) as page:
        page.goto(f"{lab}/exchange")
        page.locator("input[type=file]").first.set_input_files(tmp_path / "bad.npz")
        page.get_by_role("button", name="Bring it in").click()
        page.get_by_text(re.compile("cannot be read")).wait_for(timeout=20_000)
        page.goto(f"{lab}/runs")
        page.get_by_role("heading", name="Runs", exact=True).wait_for()
