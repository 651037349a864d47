"""What a pupil does in class: opens the lab, plays, predicts, moves thresholds, goes through lessons.

Everything random comes from the pupil's number, so every class does the same.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Awaitable

import numpy as np
from websockets.exceptions import WebSocketException

from benchmarks.served import Noted
from benchmarks.socket_viewer import SocketViewer, VisitError
from dcviz.lessons.catalog import LESSONS
from dcviz.runs import RunStore
from dcviz.runs.store import GALLERY

FIRST_MINUTE = ("arcs-dec", "arcs-idec", "arcs-rdc")
STAY = (4, 9)
"""Actions on one page, from and to."""


class Pupil:
    """One scripted visitor.

    Args:
        host: "127.0.0.1:8501".
        number: tells pupils apart.
        think: mean seconds between two actions.
        note: called with what was done and the seconds it took.
    """

    def __init__(self, host: str, number: int, *, think: float, note: Noted):
        self.host, self.number, self.think, self.note = host, number, think, note
        self.chance = np.random.default_rng(number)
        self.kept: set[str] = set()
        self.epochs = {run.id: run.epochs() for run in RunStore(GALLERY / "nowhere", also=(GALLERY,)).list()}

    async def lesson(self, until: float) -> None:
        """Come, look at some pages, leave, come again, until the class is over.

        Args:
            until: on the clock of time.monotonic.
        """
        await asyncio.sleep(self.chance.uniform(0, min(30.0, 6 * self.think)))
        while time.monotonic() < until:
            self.viewer = SocketViewer(self.host, f"pupil {self.number}")
            try:
                await self.viewer.connect()
                await self._stay(until)
            except (OSError, WebSocketException, VisitError) as error:
                self.note(f"failed: pupil {self.number}: {type(error).__name__}: {error}", 0.0)
                await self._pause()  # nobody comes back at once
            finally:
                await self.viewer.close()

    async def _stay(self, until: float) -> None:
        """A visit of some pages; the first minute first."""
        await self._first_minute(until)
        for _ in range(int(self.chance.integers(3, 7))):
            if time.monotonic() > until:
                return
            page = self.chance.choice(["twist", "lesson", "lesson", "explore"])
            await {"twist": self._twist, "lesson": self._a_lesson, "explore": self._explore}[page](until)

    async def _first_minute(self, until: float) -> None:
        await self._timed("open Feature Twist", self.viewer.visit(""))
        await self._frames(FIRST_MINUTE)
        await self._pause()
        await self._see("twist", "arcs-dec", 200.0, at_switch=True)
        await self._timed("predict", self.viewer.choose("prediction", self._any(3)))
        await self._pause()
        await self._timed("tell me now", self.viewer.press("tell"))

    async def _twist(self, until: float) -> None:
        await self._timed("open Feature Twist", self.viewer.visit(""))
        if "skip" in self.viewer.widgets:
            await self._timed("skip", self.viewer.press("skip"))
        for _ in range(self.chance.integers(*STAY)):
            if time.monotonic() > until:
                return
            await self._pause()
            await self.viewer.knock()
            if self.chance.random() < 0.5:
                await self._see("twist", "arcs-dec", float(self.chance.uniform(0, 400)))
            elif "closer" in self.viewer.widgets:
                await self._timed("a closer look", self.viewer.choose("closer", self._any(3)))

    async def _a_lesson(self, until: float) -> None:
        chosen = self._any(len(LESSONS))
        name, lesson = list(LESSONS.items())[chosen]
        await self._timed("open Learn", self.viewer.visit("learn"))
        await self._timed("open a lesson", self.viewer.select("learn_lesson", 1 + chosen))
        for number, step in enumerate(lesson.steps):
            await self._pause()
            await self._timed("a step of a lesson", self.viewer.choose(f"step_{name}", number))
            runs = tuple(filter(None, (step.view.run, step.view.other)))
            await self._frames(runs)
            await self._see(f"lesson_{name}_{number}", runs[0], float(self.chance.uniform(0, 300)))
            if time.monotonic() > until:
                return
        said = f"lesson_{name}_said"
        if said in self.viewer.widgets and said not in self.viewer.states:
            options = len(lesson.prediction.options)
            await self._timed("predict", self.viewer.choose(said, self._any(options)))

    async def _explore(self, until: float) -> None:
        run = FIRST_MINUTE[self._any(3)]
        await self._timed("open Explore", self.viewer.visit("explore", f"run={run}"))
        await self._frames((run,))
        for _ in range(self.chance.integers(*STAY)):
            if time.monotonic() > until:
                return
            await self._pause()
            await self._see("explore", run, float(self.chance.uniform(0, 400)))

    async def _see(self, key: str, run: str, epoch: float, *, at_switch: bool = False) -> None:
        """Take the hand off a viewer: the page follows, the browser asks for exact numbers."""
        thresholds = {
            "M": 5, "lambda_ratio": round(float(self.chance.uniform(0.2, 0.8)), 2),
            "tau_distance": 0.6, "reading": "paper",
        }  # fmt: skip
        view = {
            "run": run, "orders": 1, "epoch": epoch, "thresholds": thresholds, "color": "cluster",
            "projection": "pca-0-1", "selection": "", "paused_at_switch": at_switch,
        }  # fmt: skip
        await self._timed("release epoch and thresholds", self.viewer.tell(key, {"view": view}))
        nearest = min(self.epochs[run], key=lambda stored: abs(stored.position - epoch)).key
        asked = f"M=5&lambda_ratio={thresholds['lambda_ratio']}&tau_distance=0.6"
        await self._get("exact numbers", f"run/{run}/exact/{nearest}?{asked}")

    async def _frames(self, runs: tuple[str, ...]) -> None:
        """All frames of runs not seen before, as the viewer takes them ahead; the browser keeps them."""
        for run in runs:
            index = json.loads(await self._get("list of epochs", f"run/{run}/index.json?projection=pca-0-1"))
            for epoch in index["epochs"]:
                address = f"run/{run}/frame/{index['version']}/{epoch['key']}"
                if address not in self.kept:
                    self.kept.add(address)
                    await self._get("a frame", address)

    async def _get(self, what: str, address: str) -> bytes:
        start = time.perf_counter()
        body = await asyncio.to_thread(self._fetch, f"/dcviz/{address}")
        self.note(what, time.perf_counter() - start)
        return body

    def _fetch(self, address: str) -> bytes:
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request("GET", address)
            reply = connection.getresponse()
            body = reply.read()
        finally:
            connection.close()
        if reply.status != 200:
            raise VisitError(f"{address}: {reply.status} {body[:200]!r}")
        return body

    async def _timed(self, what: str, doing: Awaitable[float]) -> None:
        self.note(what, await doing)

    async def _pause(self) -> None:
        await asyncio.sleep(float(self.chance.gamma(4.0, self.think / 4.0)))

    def _any(self, choices: int) -> int:
        return int(self.chance.integers(choices))
