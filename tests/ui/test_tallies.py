"""Data sets of Benchmarks go by their names in every tab, not by the ids of the tables."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.data.catalog import DATASETS
from dcviz.ui import noise, tallies

TITLES = [entry.title for entry in DATASETS.values()]
PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "benchmarks.py")


@pytest.mark.parametrize(
    "figure",
    [
        tallies.time_bars,
        lambda: tallies.ablation_bars("R-DC", "acc"),
        lambda: noise.measured_noise_bars("acc"),
    ],
)
def test_bars_carry_names(empty_store, figure) -> None:
    made = figure()
    told = " ".join(str(bar.name) for bar in made.data) + str([list(bar.y or ()) for bar in made.data])
    told += str([list(bar.x or ()) for bar in made.data])
    ids = set(told.replace("'", " ").replace(",", " ").replace("(", " ").split()) & set(DATASETS)
    assert not ids
    assert any(title.partition(" (")[0] in told for title in TITLES)


@pytest.mark.parametrize(
    ("tab", "key"), [("Sensitivity", "sweep_of"), ("Wrong K, uneven classes", "experiment_data")]
)
def test_lists_carry_names(empty_store, tab, key) -> None:
    app = AppTest.from_file(PAGE, default_timeout=120)
    app.session_state["bench_tab"] = tab
    app.run()
    assert not app.exception, app.exception[0].value
    shown = app.selectbox(key=key).options
    assert not {option.partition(",")[0] for option in shown} & set(DATASETS)
