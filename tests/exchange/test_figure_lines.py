"""The lines behind figures run as they are and draw what the page draws."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcviz.exchange import figure_lines
from dcviz.figures.histogram import histogram
from dcviz.figures.landscape import landscape
from dcviz.geometry.filters import neighbor_ratio
from dcviz.geometry.purity import split_scores
from dcviz.geometry.table import threshold_table
from dcviz.geometry.thresholds import Thresholds

ROOT = Path(__file__).resolve().parents[2]
AT = Thresholds(M=4, lambda_ratio=0.5, tau_distance=0.3)


PRINT = """
import json
import numpy
traces = [trace[{name!r}] for trace in figure.data if {name!r} in trace]
print(json.dumps([numpy.asarray(values, float).tolist() for values in traces]))
"""


@pytest.fixture
def drawn(tmp_path):
    """Run lines in a process of their own, in a folder of their own; gives the numbers they drew."""

    def run_lines(code: str, name: str = "y") -> list:
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}{PRINT.format(name=name)}"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "figure.html").stat().st_size > 1000
        return json.loads(done.stdout)

    return run_lines


def test_the_histogram_of_ratios(run, drawn) -> None:
    found = drawn(figure_lines.ratio_lines(run, "00010", AT))
    ratios = neighbor_ratio(run.neighbors("00010").distances[:, : AT.M])
    shown = histogram(ratios, cut=AT.lambda_ratio, title="", kept="core", dropped="border")
    assert found == [list(bar.y) for bar in shown.data]
    assert sum(map(sum, found)) == run.spec["n"]


def test_the_histogram_of_gaps(run, drawn) -> None:
    found = drawn(figure_lines.gap_lines(run, "00010", AT, cut=0.3))
    assert sum(map(sum, found)) == run.spec["n"] * (AT.M - 1)


def test_purity_before_and_after(run, drawn) -> None:
    found = drawn(figure_lines.purity_lines(run, "00010", AT, whose="true"))
    scores = split_scores(run.neighbors("00010"), AT, labels=run.labels(), assignments=None).true
    assert found[0] == pytest.approx([scores.core.value, scores.border.value, scores.all.value])


def test_the_heat_map_of_thresholds(run, drawn) -> None:
    table = threshold_table(run.neighbors("00010"), labels=run.labels(), m=AT.M, reading=AT.reading)
    found = drawn(figure_lines.landscape_lines(run, "00010", AT, what="Core points"), "z")
    core = np.broadcast_to(table.core_share()[:, None], table.reliable.shape)
    shown = landscape(core, ratios=table.lambda_axis, gaps=table.tau_axis, at=(0.5, 0.3), title="Core points")
    np.testing.assert_allclose(found[0], shown.data[0].z, rtol=1e-6)
    for what in ("Purity of reliable neighbors", "Reliable pairs of core points"):
        assert drawn(figure_lines.landscape_lines(run, "00010", AT, what=what), "z")[0]
