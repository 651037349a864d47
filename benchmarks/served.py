"""The lab as a class sees it: a server of its own, its memory, and browsers that use it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dcviz.lessons.catalog import LESSONS

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-background-networking", "--enable-unsafe-swiftshader"]
PATIENCE = 60.0
IN_A_BROWSER = "a page until its picture, in a browser"
Noted = Callable[[str, float], None]


@contextmanager
def lab(port: int, runs: Path, *, mode: str = "class") -> Iterator[subprocess.Popen]:
    """A server on an empty run folder beside the gallery; yields its process and stops it.

    Args:
        port: of 127.0.0.1.
        runs: the run folder.
        mode: DCVIZ_MODE.
    """
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    settings = {**os.environ, "DCVIZ_RUNS": str(runs), "DCVIZ_MODE": mode}
    with (runs / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield server
        finally:
            _stop(server)


def _stop(server: subprocess.Popen) -> None:
    """Ask it to end; it waits for open sockets, so not for ever."""
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _wait(address: str, server: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the lab does not answer at {address}")


def resident(pid: int) -> int:
    """Bytes of memory that a process and its children hold."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(resident(int(child)) for child in children)


async def pages_of_a_class(host: str, number: int, *, until: float, note: Noted) -> None:
    """A real browser that goes through the first page and the lessons until the class is over.

    Args:
        host: "127.0.0.1:8501".
        number: tells browsers apart.
        until: on the clock of time.monotonic.
        note: called with what was done and the seconds it took.
    """
    from playwright.async_api import Error, async_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        addresses = ["", *(f"learn?lesson={name}" for name in LESSONS), "explore"]
        while time.monotonic() < until:
            address = addresses[number % len(addresses)]
            number += 1
            start = time.perf_counter()
            try:
                await page.goto(f"http://{host}/{address}")
                await page.locator("canvas").first.wait_for(timeout=PATIENCE * 1e3)
                note(IN_A_BROWSER, time.perf_counter() - start)
            except Error as error:
                note(f"failed: browser at /{address}: {error.message.splitlines()[0]}", 0.0)
            await asyncio.sleep(min(20.0, max(0.0, until - time.monotonic())))
        await browser.close()
