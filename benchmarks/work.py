"""Who worked how much while something was measured: the lab, what looks at it, and other programs."""

from __future__ import annotations

import os
import time
from pathlib import Path

QUIET = 10.0
"""Percent of all cores that other programs may take before delays say more of them than of the lab."""


def cpu_seconds(pid: int) -> float:
    """Seconds that processors have worked for a process, its children and those it has buried."""
    own, children = Path(f"/proc/{pid}/stat").read_text(), Path(f"/proc/{pid}/task")
    spent = sum(map(int, own.rpartition(")")[2].split()[11:15])) / os.sysconf("SC_CLK_TCK")
    below = [child for task in children.iterdir() for child in (task / "children").read_text().split()]
    return spent + sum(_cpu_if_there(int(child)) for child in below)


def _cpu_if_there(pid: int) -> float:
    try:
        return cpu_seconds(pid)
    except OSError:  # it ended meanwhile
        return 0.0


def machine_seconds() -> float:
    """Seconds that all processors together have worked since the machine was started, for anybody."""
    user, nice, system, _, _, irq, soft, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def clocks(server: int) -> dict[str, float]:
    """Seconds on the clock, and those of work: the lab, this process, browsers, anybody."""
    lab, own = cpu_seconds(server), time.process_time()
    browsers = cpu_seconds(os.getpid()) - own - lab
    return {"wall": time.monotonic(), "server": lab, "pupils": own, "browsers": browsers,
            "machine": machine_seconds()}  # fmt: skip


def shares(begun: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    """Percent of all cores that each part took between two readings of `clocks`."""
    wall = (now["wall"] - begun["wall"]) * len(os.sched_getaffinity(0))
    spent = {who: 100 * (now[who] - begun[who]) / wall for who in now if who != "wall"}
    everybody = spent.pop("machine")
    return {**spent, "other programs": max(everybody - sum(spent.values()), 0.0)}


def not_quiet(others: float) -> list[str]:
    """A line that says so if other programs took more than QUIET percent; none otherwise."""
    return [f"NOT A QUIET MACHINE: other programs took {others:.0f} % of all cores"] if others > QUIET else []
