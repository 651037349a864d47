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
