"""The table of runs says things as people call them."""

import json

from dcviz.runs import RunStore
from dcviz.ui import shelf, weights


def test_methods_and_data_are_called_by_their_titles(tiny_store: RunStore) -> None:
    rows = shelf.table(tiny_store.list())
    assert set(rows["Method"]) == {"DEC", "R-DC"}
    assert set(rows["Data"]) == {"Four interleaved arcs"}


def test_own_data_are_called_by_the_file_and_unknown_methods_by_their_id(tiny_store: RunStore) -> None:
    path = tiny_store.list()[0].path / "run.json"
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"dataset": "/a/long/way/cells.npz", "method": "new"})
    )
    rows = shelf.table(RunStore(tiny_store.root).list())
    assert "cells.npz" in set(rows["Data"])
    assert "new" in set(rows["Method"])


def test_a_run_without_a_method_has_none(tiny_store: RunStore) -> None:
    for run in tiny_store.list():
        path = run.path / "run.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"method": None}))
    assert set(shelf.table(RunStore(tiny_store.root).list())["Method"]) == {"–"}


def test_two_checkpoints_of_one_epoch_have_two_names() -> None:
    names = [weights.at(key) for key in ("00004", "00004b00002", "00004b00012")]
    assert names == ["epoch 4", "epoch 4, batch 2", "epoch 4, batch 12"]


def test_a_damaged_run_has_a_row(damaged_store: RunStore) -> None:
    rows = shelf.table(damaged_store.list())
    assert (rows["State"] == "cannot be read").sum() >= 2
