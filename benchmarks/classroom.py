"""A class on one laptop: `python -m benchmarks.classroom`.

Starts the lab as for a class (read-only) and has 30 scripted pupils use it, who speak Streamlit's WebSocket
protocol and fetch what the viewer fetches, beside two headless browsers. Everything shares this machine's
cores, so the pupils' own work is part of every delay: the shares of the machine that the server, the pupils,
the browsers and other programs took are told. Prints how long answers took and how much memory the server
held, and appends it to benchmarks/results/classroom.csv. Ctrl-C ends the class early; what was measured is
still reported.

A pupil acts every 6 s on average, without ever listening to the teacher; 30 of them run a page some 300 times
a minute. "Waited for" leaves out the frames, which the viewer takes ahead of the hand.

    python -m benchmarks.classroom                 # 30 minutes
    python -m benchmarks.classroom --minutes 3     # a short one
    taskset -c 0,1 python -m benchmarks.classroom  # on two cores of a larger machine
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import platform
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import streamlit

from benchmarks.classroom_pupils import Pupil
from benchmarks.served import IN_A_BROWSER, lab, pages_of_a_class, resident
from benchmarks.work import clocks, not_quiet, shares

RESULTS = Path(__file__).parent / "results" / "classroom.csv"
EVERY = 5.0
"""Seconds between two readings of the server's memory."""
ANSWER, MEMORY, GROWTH = 0.5, 1.5e9, 0.05
"""Targets: 95th percentile in seconds, bytes, and growth in the measured time as a share of the memory."""
AHEAD = ("a frame",)
"""Nobody waits for these: the viewer takes them ahead."""
FETCHED = (*AHEAD, "list of epochs", "exact numbers")
"""These are no runs of a page."""
Row = tuple[str, float, str]


class Notes:
    """What was measured: seconds of each kind of answer, bytes of the server over time, work done."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.browser: list[float] = []
        self.memory: list[tuple[float, int]] = []
        self.failed: list[str] = []
        self.work: dict[str, float] = {}

    def answer(self, what: str, seconds: float) -> None:
        """An answer came after so many seconds, or not at all."""
        if what.startswith("failed"):
            self.failed.append(what)
            print(what, flush=True)
        elif what == IN_A_BROWSER:
            self.browser.append(seconds)
        else:
            self.seconds[what].append(seconds)

    def without(self, kinds: tuple[str, ...]) -> list[float]:
        """Seconds of all answers but those of some kinds."""
        return [second for what, each in self.seconds.items() if what not in kinds for second in each]

    def worked(self, server: int, begun: dict[str, float]) -> None:
        """Tell who worked how much since `begun`."""
        self.work = shares(begun, clocks(server))

    def so_far(self) -> str:
        """One line on the way."""
        told = self.without(FETCHED) or [0.0]
        at, held = self.memory[-1]
        slow = 1e3 * np.percentile(told, 95)
        return (
            f"  {at / 60:4.0f} min {held / 1e6:6.0f} MB {len(told):7d} runs of a page, 95 % in {slow:.0f} ms"
        )


async def hold_class(
    notes: Notes, *, minutes: float, pupils: int, browsers: int, think: float, port: int
) -> None:
    """Let everybody in, read the memory until the time is over."""
    with tempfile.TemporaryDirectory(prefix="dcviz-class-") as runs, lab(port, Path(runs)) as server:
        host, start = f"127.0.0.1:{port}", time.monotonic()
        until, begun = start + 60 * minutes, clocks(server.pid)
        people = [
            Pupil(host, number, think=think, note=notes.answer).lesson(until) for number in range(pupils)
        ]
        people += [
            pages_of_a_class(host, number, until=until, note=notes.answer) for number in range(browsers)
        ]
        work = [asyncio.create_task(person) for person in people]
        while time.monotonic() < until:
            await asyncio.sleep(EVERY)
            notes.memory.append((time.monotonic() - start, resident(server.pid)))
            for task in work:
                if task.done() and task.exception():
                    raise task.exception()  # type: ignore[misc]
            if len(notes.memory) % 12 == 0:
                notes.worked(server.pid, begun)
                print(notes.so_far(), flush=True)
        notes.worked(server.pid, begun)
        await asyncio.gather(*work)


def rows_of(notes: Notes) -> list[Row]:
    """Every number that is reported: name, value, unit."""
    rows: list[Row] = []
    told = [("all answers", notes.without(())), ("waited for", notes.without(AHEAD)),
            ("runs of a page", notes.without(FETCHED)), *sorted(notes.seconds.items()),
            (IN_A_BROWSER, notes.browser)]  # fmt: skip
    for what, seconds in told:
        if seconds:
            half, most = np.percentile(seconds, [50, 95])
            rows += [(f"{what}, median", 1e3 * half, "ms"), (f"{what}, 95 %", 1e3 * most, "ms")]
            rows.append((f"{what}, number", len(seconds), "answers"))
    rows.append(("visits that failed", len(notes.failed), "visits"))
    rows += [(why, 1.0, "visits") for why in notes.failed[:20]]
    rows += [(f"work of {who}", share, "% of all cores") for who, share in notes.work.items()]
    at, held = np.array(notes.memory, float).T
    rows += [("memory at first", held[0] / 1e6, "MB"), ("memory at most", held.max() / 1e6, "MB"),
             ("memory at last", held[-1] / 1e6, "MB")]  # fmt: skip
    late = at > at[-1] / 3  # caches fill in the first third
    slope, error = slope_of(at[late] / 60, held[late] / 1e6)
    return [
        *rows,
        ("growth in the last two thirds", slope, "MB/min"),
        ("its standard error", error, "MB/min"),
    ]


def slope_of(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Least-squares slope of y over x, and its standard error."""
    centered = x - x.mean()
    slope = float(centered @ y / (centered @ centered))
    rest = y - y.mean() - slope * centered
    return slope, float(np.sqrt(rest @ rest / max(len(x) - 2, 1) / (centered @ centered)))


def verdict(rows: list[Row], minutes: float) -> list[str]:
    """Whether the targets were reached, one line each."""
    value = {name: number for name, number, _ in rows}
    slow, page = value["all answers, 95 %"], value["runs of a page, 95 %"]
    grown, most = value["growth in the last two thirds"] * minutes, value["memory at most"]
    lines = (
        ("95 % of all answers within 500 ms", slow <= 1e3 * ANSWER, f"{slow:.0f} ms"),
        ("95 % of all runs of a page within 500 ms", page <= 1e3 * ANSWER, f"{page:.0f} ms"),
        ("memory at most 1.5 GB", most <= MEMORY / 1e6, f"{most:.0f} MB"),
        (f"memory flat over {minutes:g} minutes", grown <= GROWTH * most, f"{grown:+.1f} MB fitted"),
        ("no visit failed", value["visits that failed"] == 0, f"{value['visits that failed']:.0f}"),
    )
    return [*not_quiet(value.get("work of other programs", 0.0))] + [
        f"{'reached' if held else 'NOT REACHED':12}{what}: {found}" for what, held, found in lines
    ]


def keep(rows: list[Row], about: dict[str, object]) -> None:
    """Append the rows with where and when they were measured."""
    new = not RESULTS.exists()
    with RESULTS.open("a", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        if new:
            table.writerow(["what", "value", "unit", *about])
        table.writerows([name, f"{value:.4g}", unit, *about.values()] for name, value, unit in rows)


def main() -> None:
    """Hold a class, print and keep what was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--pupils", type=int, default=30)
    parser.add_argument("--browsers", type=int, default=2)
    parser.add_argument(
        "--think", type=float, default=6.0, help="mean seconds between two actions of a pupil"
    )
    parser.add_argument("--port", type=int, default=8661)
    parser.add_argument("--forget", action="store_true", help="print only, append nothing")
    told = parser.parse_args()
    notes, begun = Notes(), time.monotonic()
    try:
        asyncio.run(hold_class(notes, minutes=told.minutes, pupils=told.pupils, browsers=told.browsers,
                               think=told.think, port=told.port))  # fmt: skip
    except KeyboardInterrupt:
        print("ended early")
    minutes = min(told.minutes, (time.monotonic() - begun) / 60)
    rows = rows_of(notes)
    for name, value, unit in rows:
        print(f"{name:45} {value:10.4g} {unit}")
    print("\n".join(verdict(rows, minutes)))
    if not told.forget:
        keep(rows, {
            "pupils": told.pupils, "browsers": told.browsers, "think_seconds": told.think,
            "minutes": f"{minutes:.1f}",
            "device": f"{len(os.sched_getaffinity(0))} cores {platform.machine()}",
            "python": platform.python_version(), "streamlit": streamlit.__version__,
            "date": datetime.now(UTC).date().isoformat(),
        })  # fmt: skip


if __name__ == "__main__":
    main()
