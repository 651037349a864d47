"""The names beside the scores: which variant, and after which phase where later ones were not run."""

import pandas as pd
import pytest

from dcviz.benchmarks.reproduction import COLUMNS
from dcviz.ui import standing


@pytest.mark.parametrize(
    ("method", "variant", "phases", "name"),
    [
        ("dcss", "published network", (1,), "DCSS (published network, phase 1 of 3)"),
        ("dcss", "default", (1, 2, 3), "DCSS"),
        ("dec", "default", (1,), "DEC (phase 1 of 2)"),
        ("dec", "half", (1, 2), "DEC (half)"),
    ],
)
def test_a_score_before_the_last_phase_says_so(monkeypatch, method, variant, phases, name):
    rows = [
        [method, "mnist", f"phase {phase}", variant, "acc", 0.5, 0, 10, "0", "cpu", "2026", "0", 1.0]
        for phase in phases
    ]
    monkeypatch.setattr(standing, "ours", lambda: pd.DataFrame(rows, columns=COLUMNS))
    shown = standing.standings_of("mnist", "acc")
    here = next(trace for trace in shown.data if trace.name == standing.HERE)
    assert list(here.y) == [name]


def test_cells_that_are_missing_say_not_run(monkeypatch):
    row = ["dec", "mnist", "phase 2", "default", "acc", 0.5, 0, 10, "0", "cpu", "2026", "0", 1.0]
    monkeypatch.setattr(standing, "ours", lambda: pd.DataFrame([row], columns=COLUMNS))
    shown = standing.standings_of("mnist", "acc")
    missing = list(next(trace for trace in shown.data if trace.name == "not run").y)
    assert {"IDEC", "DCSS", "DECS"} <= set(missing)
    assert not {"DEC", "JULE", "k-means"} & set(missing)  # measured; not among the methods here
    table = standing._rows("mnist", "acc")[2].set_index("method")["here"]
    assert (table["dec"], table["dcss"], table["kmeans"]) == ("measured", "not run", "")
    # What cannot be had freely shows printed values alone.
    assert "not run" not in [trace.name for trace in standing.standings_of("Reuters-10K", "acc").data]
