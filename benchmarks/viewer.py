"""What the latent viewer costs, beside the same with st.plotly_chart: `python -m benchmarks.viewer`.

A synthetic run (70,000 points, 100 epochs) is served by a real Streamlit server and driven in a headless
Chromium with software GL: bytes, contexts, reruns and script time carry over to other machines, drawing
times do not. Hardware GPUs, Firefox and Safari are not measured. The table goes into results/viewer.csv with
device, versions and date, and from there into results/README.md.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.viewer_measures import empty_page, ours, plotly
from benchmarks.viewer_record import record
from benchmarks.viewer_run import write_run

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--enable-precise-memory-info"]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=70_000)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--steps", type=int, default=100, help="scrub steps and threshold steps")
    parser.add_argument("--plotly-steps", type=int, default=10, help="0 leaves the Plotly version out")
    parser.add_argument("--runs", type=Path, help="where the synthetic run is kept; by default nowhere")
    parser.add_argument("--print-only", action="store_true", help="leave results/viewer.csv as it is")
    told = parser.parse_args()
    kept = told.runs or Path(tempfile.mkdtemp(prefix="dcviz-bench-"))
    try:
        run = write_run(kept, n=told.points, epochs=told.epochs)
        found, beside, chromium = measure(kept, run.id, steps=told.steps, plotly_steps=told.plotly_steps)
    finally:
        if told.runs is None:
            shutil.rmtree(kept, ignore_errors=True)
    print_table(found, beside, points=told.points, epochs=told.epochs)
    if not told.print_only:
        rows = [
            dict(zip(("what", "must_reach", "viewer", "plotly"), row, strict=True))
            for row in table(found, beside)
        ]
        record(rows, points=told.points, epochs=told.epochs, browser=chromium)


def measure(runs: Path, run: str, *, steps: int, plotly_steps: int) -> tuple[dict, dict, str]:
    """Both versions, one after the other, in one browser, and what that is."""
    with (
        serving("app.py", runs) as app,
        serving("benchmarks/viewer_page.py", runs) as address,
        browser() as chromium,
    ):
        base = empty_page(chromium, f"{address}/?run={run}&show=empty")
        found = ours(chromium, address, app, run=run, steps=steps, empty=base)
        beside = plotly(chromium, address, run=run, steps=plotly_steps) if plotly_steps else {}
        return found, beside, f"headless Chromium {chromium.version}"


ROWS = (
    ("bytes over the socket while scrubbing, dragging", "0", "socket_bytes", "{:,.0f}"),
    ("reruns while scrubbing, dragging", "0", "reruns", "{:.0f}"),
    ("main-thread script ms a scrub step, median", "<= 4", "scrub_script_median", "{:.2f}"),
    ("main-thread script ms a scrub step, p95", "<= 8", "scrub_script_p95", "{:.2f}"),
    ("main-thread script ms a threshold step, median", "<= 4", "drag_script_median", "{:.2f}"),
    ("main-thread script ms a threshold step, p95", "<= 8", "drag_script_p95", "{:.2f}"),
    ("WebGL contexts, all in all", "1", "contexts", "{:.0f}"),
    ("new WebGL contexts in the steps", "0", "new_contexts", "{:.0f}"),
    ("exact numbers back after release, ms, median", "<= 200", "exact_ms", "{:.0f}"),
    ("first frame: Explore opened in the running app, ms", "<= 1500", "first_frame_ms", "{:.0f}"),
    ("first frame: cold page load of Explore, ms", "", "cold_frame_ms", "{:.0f}"),
    ("renderer memory over an empty page, MB", "<= 250", "memory_mb", "{:.0f}"),
    ("  of it held by the viewer's caches, MB", "", "held_mb", "{:.0f}"),
    ("frames buffered", "all", "frames", "{:.0f}"),
    ("step -> picture, ms, median (software GL)", "", "picture_ms", "{:.0f}"),
)


def print_table(found: dict[str, float], beside: dict[str, float], *, points: int, epochs: int) -> None:
    """Print what must be reached, what was measured, and what the Plotly version needs."""
    cores = os.cpu_count()
    load = os.getloadavg()[0]
    print(f"{points:,} points, {epochs} epochs; {cores} cores, load {load:.1f} at the end; headless Chromium")
    print(f"{'':54}{'must reach':>12}{'viewer':>12}{'Plotly':>12}")
    for title, goal, viewer, plotly_version in table(found, beside):
        print(f"{title:54}{goal:>12}{viewer:>12}{plotly_version:>12}")


def table(found: dict[str, float], beside: dict[str, float]) -> list[tuple[str, str, str, str]]:
    """Lines of the table as text: what, what must be reached, the viewer, the Plotly version."""
    return [
        (title, goal, *(form.format(part[name]) if name in part else "–" for part in (found, beside)))
        for title, goal, name, form in ROWS
    ]


@contextmanager
def serving(script: str, runs: Path) -> Iterator[str]:
    """A Streamlit server on a script; yields its address and stops it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    command += ["--server.headless", "true"]
    environment = {**os.environ, "DCVIZ_RUNS": str(runs)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(20)


def _wait_for(url: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {seconds:.0f} s.")


@contextmanager
def browser() -> Iterator:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    path = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    if path is None:
        raise SystemExit("no Chromium found: install one to measure the viewer")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


if __name__ == "__main__":
    main()
