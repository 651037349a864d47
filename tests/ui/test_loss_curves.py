"""The live losses: few points, round axes, a drawing that stays, and a time left that can be believed."""

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from dcviz.runs.metrics import Epoch
from dcviz.ui import desk
from dcviz.ui.loss_curves import MOST_POINTS, thinned, told

NAN = float("nan")


@pytest.mark.parametrize("count", [0, 1, 599, 600, 601, 3001])
def test_a_long_training_sends_few_points_with_both_ends(count: int) -> None:
    kept = thinned(count)
    assert len(kept) <= MOST_POINTS + 1
    assert kept[:1] == list(range(count))[:1]
    assert kept[-1:] == list(range(count))[-1:]
    assert len({b - a for a, b in pairwise(kept[:-1])}) <= 1


def test_the_time_left_goes_by_the_clock_and_leaves_a_pause_out() -> None:
    epochs = [
        Epoch(f"{e:05d}", e, e, 0, e, "pretraining", 0, seconds=0.01, time=100 + 2.0 * e + 900 * (e > 3))
        for e in range(1, 9)
    ]
    assert desk._pace(epochs) == 2.0
    assert desk._pace(epochs[:1]) == 0.01
    assert desk._pace(()) is None


def test_the_total_comes_last_and_zero_needs_a_linear_axis() -> None:
    losses = {"total": [NAN, 3.0], "kl": [NAN, 1.0], "reconstruction": [NAN, 2.0]}
    drawn = told([0, 1], losses, phases=[("a", 1), ("b", 9)])
    assert [line["name"] for line in drawn["lines"]] == ["kl", "reconstruction", "total"]
    assert len({line["color"] for line in drawn["lines"]}) == 3
    assert (drawn["to"], drawn["log"]) == (10, True)
    assert not told([0, 1], {**losses, "kl": [NAN, 0.0]}, phases=[])["log"]


@pytest.mark.skipif(shutil.which("node") is None, reason="no node: the JavaScript tests are left out")
def test_the_axes_of_the_drawing() -> None:
    file = Path(__file__).with_name("loss_axes.test.mjs")
    found = subprocess.run(["node", "--test", str(file)], capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stdout[-4000:]
    assert "# pass 3" in found.stdout
