"""A real Chromium and real servers for the browser tests."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-unsafe-swiftshader",
]
STARTS_WITHIN = 60.0


def browser_path() -> str:
    """Where Chromium is; without one the test is skipped aloud, in CI it fails."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        missing = f"no Chromium found; looked for {', '.join(BROWSERS)}: install one to run the browser tests"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return str(found)


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A headless browser, shared by the session; every test opens its own context."""
    from playwright.sync_api import sync_playwright

    path = browser_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(script: str, runs: Path, **environment: str) -> Iterator[str]:
    """A Streamlit server on a script, with its own run folders; yields the address and stops it."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    settings = {**os.environ, "DCVIZ_RUNS": str(runs), **environment}
    log = (runs.parent / f"server-{port}.log").open("w")
    server = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(f"{address}/_stcore/health"), STARTS_WITHIN, "the server to answer")
        yield address
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def wait_until(true: Callable[[], bool], seconds: float, what: str) -> None:
    """Look ten times a second until it is true; fail with what was waited for."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.1)


@contextmanager
def watched_page(browser, **context) -> Iterator:
    """A page of its own; when it closes, no error may stand in its console."""
    opened = browser.new_context(**{"viewport": {"width": 1440, "height": 1000}, **context})
    page = opened.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{error}\n{error.stack}"))
    page.on("console", lambda said: errors.append(said.text) if is_ours(said) else None)
    yield page
    opened.close()
    assert not errors, errors


def is_ours(said) -> bool:
    """Errors that are ours: Streamlit itself asks for /page/_stcore/... first and gets a 404."""
    streamlits = "/_stcore/" in (said.location or {}).get("url", "")
    return said.type == "error" and not streamlits


CALM = """() => !!document.querySelector('[data-test-script-state=notRunning]')
  && !document.querySelector('[data-stale=true]')"""


def settle(page, seconds: float = 60) -> None:
    """Wait until the page's script has ended and the browser has drawn what it sent.

    A run in progress takes clicks back and mounts pictures anew under a hand that drags them.
    """
    wait_until(lambda: page.evaluate(CALM), seconds, "the page to come to rest")


@pytest.fixture(scope="session")
def viewer_runs(tmp_path_factory):
    """Runs for the viewer's page: small ones of two and six dimensions, a large one, one without labels."""
    from dcviz.runs import RunStore
    from tests.viewer.conftest import write_run

    root = tmp_path_factory.mktemp("viewer") / "runs"
    write_run(root, "arcs", n=1200, epochs=11)
    write_run(root, "deep", n=800, d=6)
    write_run(root, "many", n=12_000, epochs=3)
    write_run(root, "bare", labels=False)
    return RunStore(root)


@pytest.fixture(scope="session")
def viewer_lab(viewer_runs):
    """A server with nothing but the viewer's test page."""
    with serving("tests/browser/viewer_page.py", viewer_runs.root) as address:
        yield address
