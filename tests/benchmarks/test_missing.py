"""The plan of the reproduction table: what counts as run, and what still has to be."""

import csv
import subprocess
import sys

import pytest

pytest.importorskip("torch")

from benchmarks import missing
from benchmarks.missing import WANTED, Cell, missing_seeds
from benchmarks.reproduce import COLUMNS, RESULTS
from models.catalog import METHODS

CELL = Cell("dec", "mnist", (0, 1), 1.0, overrides={"finetune_epochs": 3})


def row_of(cell, seed, phase):
    task = missing.task(missing.outline(cell.dataset, keep=RESULTS.parent), cell)
    values = dict.fromkeys(COLUMNS, "0")
    own = {"method": cell.method, "dataset": cell.dataset, "phase": phase, "variant": cell.variant,
           "seed": str(seed), "settings_hash": task.settings_hash}  # fmt: skip
    return {**values, **own}


def test_a_cell_is_run_when_the_last_phase_of_its_seed_stands_in_the_table(tmp_path):
    path = tmp_path / "table.csv"
    assert missing_seeds(CELL, path) == (0, 1)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows([row_of(CELL, 0, "phase 2"), row_of(CELL, 1, "phase 1")])
    assert missing_seeds(CELL, path) == (1,)
    other = Cell("dec", "mnist", (0,), 1.0, overrides={"finetune_epochs": 4})
    assert missing_seeds(other, path) == (0,)  # other settings are another training


def test_a_setting_that_came_later_leaves_old_rows_valid():
    old = Cell("rdc", "pneumoniamnist", (0, 1, 2, 3, 4), 1.0, "released targets")
    assert missing_seeds(old, RESULTS) == ()
    assert missing_seeds(Cell("idec", "fashionmnist", (0, 1, 2), 1.0), RESULTS) == ()


@pytest.mark.parametrize("cell", WANTED, ids=lambda cell: f"{cell.method} {cell.dataset} {cell.variant}")
def test_every_wanted_cell_has_settings_and_takes_at_most_twelve_minutes_a_seed(cell):
    task = missing.task(missing.outline(cell.dataset, keep=RESULTS.parent), cell)
    assert isinstance(task.settings, METHODS[cell.method].settings)
    assert all(str(getattr(task.settings, name)) == str(value) for name, value in cell.overrides.items())
    assert cell.minutes / len(cell.seeds) < 12


def test_running_what_is_missing_keeps_to_the_minutes(tmp_path, monkeypatch, capsys):
    cells = (Cell("dec", "digits", (0,), 0.5), Cell("idec", "digits", (0,), 99.0))
    monkeypatch.setattr(missing, "WANTED", cells)
    ran = []
    monkeypatch.setattr(
        missing, "reproduce", lambda on, tasks, seeds, path: ran.append((tasks[0].method, seeds))
    )
    missing.run_missing(tmp_path / "table.csv", minutes=5, device="cpu", keep=tmp_path)
    assert ran == [("dec", (0,))]
    assert "left out, 99 min do not fit" in capsys.readouterr().out


def test_the_plan_needs_neither_pages_nor_optional_packages():
    blocked = ["streamlit", "plotly", "faiss", "umap", "medmnist", "torchvision", "array_api_compat"]
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({blocked!r})); sys.argv = ['reproduce', '--plan'];"
        "import benchmarks.branches, benchmarks.choose, benchmarks.drift, benchmarks.robustness;"
        "from benchmarks.reproduce import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert f"of {len(WANTED)} cells are not run" in done.stdout
