"""What a class measured is told without flattery."""

import os
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.classroom import Notes, rows_of, slope_of, verdict
from benchmarks.served import IN_A_BROWSER
from benchmarks.work import cpu_seconds, shares


def measured(page: float, *, failed: int = 0, others: float = 0.0) -> Notes:
    """A class in which every run of a page took so long, beside a thousand quick frames."""
    notes = Notes()
    for _ in range(1000):
        notes.answer("a frame", 0.001)
    for _ in range(20):
        notes.answer("release epoch and thresholds", page)
    notes.answer(IN_A_BROWSER, 9.0)
    for number in range(failed):
        notes.answer(f"failed: pupil {number}: no end", 0.0)
    notes.memory = [(float(at), 300_000_000) for at in range(0, 60, 5)]
    notes.work = {"server": 30.0, "other programs": others}
    return notes


def test_many_quick_frames_do_not_hide_slow_pages() -> None:
    rows = rows_of(measured(0.8))
    value = {name: number for name, number, _ in rows}
    assert value["all answers, 95 %"] == pytest.approx(1.0)
    assert value["runs of a page, 95 %"] == pytest.approx(800.0)
    assert value["waited for, number"] == 20
    assert value[f"{IN_A_BROWSER}, median"] == pytest.approx(9000.0)
    assert any("NOT REACHED" in line and "runs of a page" in line for line in verdict(rows, 1.0))


def test_a_failed_visit_and_a_busy_machine_are_said() -> None:
    rows = rows_of(measured(0.1, failed=2, others=40.0))
    assert ("failed: pupil 1: no end", 1.0, "visits") in rows
    lines = verdict(rows, 1.0)
    assert "40 %" in lines[0]
    assert [line for line in lines if line.startswith("NOT REACHED")] == ["NOT REACHED no visit failed: 2"]
    assert not any("QUIET" in line for line in verdict(rows_of(measured(0.1)), 1.0))


def test_the_slope_of_a_line_is_found_without_an_error() -> None:
    x = np.arange(10.0)
    assert slope_of(x, 3 * x + 5) == pytest.approx((3.0, 0.0), abs=1e-9)


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="counts from /proc, which Linux has")
def test_the_work_of_a_child_is_counted_while_it_lives_and_after() -> None:
    before = cpu_seconds(os.getpid())
    code = "import time, sys\nwhile time.process_time() < 0.5: pass\nprint(flush=True); sys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    assert cpu_seconds(child.pid) >= 0.4
    assert cpu_seconds(os.getpid()) - before >= 0.4
    child.communicate()
    assert cpu_seconds(os.getpid()) - before >= 0.4


def test_other_programs_are_what_nobody_of_the_class_did() -> None:
    cores = len(os.sched_getaffinity(0))
    begun = dict.fromkeys(("wall", "server", "pupils", "browsers", "machine"), 0.0)
    now = {"wall": 10.0, "server": 2.0 * cores, "pupils": cores, "browsers": cores, "machine": 7.0 * cores}
    assert shares(begun, now) == pytest.approx(
        {"server": 20, "pupils": 10, "browsers": 10, "other programs": 30}
    )
