"""What a page gets back: the state of the browser, and who moved the cursor."""

import base64
import io
import re

import numpy as np
import pandas as pd
import pytest

from dcviz.geometry.filters import Thresholds
from dcviz.viewer import fallback, modules, selection_bytes, selection_table
from dcviz.viewer.component import ViewState, latent_view, state_of
from dcviz.viewer.options import SPEEDS, checked_options
from dcviz.viewer.orders import Orders


def told(run, **more):
    return {"run": run.id, "orders": 1, "epoch": 4.6, "thresholds": vars(Thresholds(7, 0.4, 0.2)), **more}


def orders(run, **more):
    return Orders().follow(run.id, **{"epoch": None, "thresholds": None, **more})


def test_at_the_start_the_last_epoch_is_shown(shelf):
    run = shelf.by_id("flat")
    state = state_of(run, {}, orders=orders(run), color="cluster")
    assert (state.epoch, state.key) == (6.0, "00006")
    assert state.thresholds == Thresholds()
    assert state.selection.size == 0


def test_the_browsers_state_is_read(shelf):
    run = shelf.by_id("flat")
    bits = np.packbits([1, 0, 0, 1], bitorder="little").tobytes()
    selection = base64.b64encode(bits).decode()
    state = state_of(run, told(run, selection=selection, color="label"), orders=orders(run), color="cluster")
    assert (state.key, state.color) == ("00005", "label")
    assert state.thresholds == Thresholds(7, 0.4, 0.2)
    assert state.selection.tolist() == [0, 3]


@pytest.mark.parametrize(
    "bad",
    [
        {"epoch": "x"},
        {"epoch": float("nan")},
        {"thresholds": {"M": -1}},
        {"thresholds": 3},
        {"selection": "§"},
        {"selection": 7},
        {"color": "<b>"},
    ],
)
def test_nonsense_from_outside_falls_back(shelf, bad):
    run = shelf.by_id("flat")
    state = state_of(run, told(run, **bad), orders=orders(run), color="cluster")
    assert state.color == "cluster"
    assert state.selection.size == 0
    assert state.key in {"00005", "00006"}


def test_a_state_of_another_run_or_before_the_last_order_does_not_count(shelf):
    run = shelf.by_id("flat")
    start = orders(run, epoch=2.0)
    for view in (told(run, orders=0), {**told(run), "run": "deep"}):
        assert state_of(run, view, orders=start, color="cluster").key == "00002"


def test_an_echo_is_no_order():
    memory = orders_after_release = Orders().follow("a", epoch=None, thresholds=None)
    memory = memory.showing(9.0, Thresholds())
    # The page writes what it saw into the address and passes it back one run later.
    assert memory.follow("a", epoch=9.0, thresholds=None).count == memory.count
    released = memory.follow("a", epoch=9.0, thresholds=None).showing(4.0, Thresholds())
    assert released.follow("a", epoch=9.0, thresholds=None).count == orders_after_release.count
    assert released.follow("a", epoch=4.00001, thresholds=None).count == orders_after_release.count


def test_a_new_value_is_an_order_and_another_run_begins_anew():
    memory = Orders().follow("a", epoch=1.0, thresholds=Thresholds()).showing(5.0, Thresholds())
    moved = memory.follow("a", epoch=3.0, thresholds=Thresholds())
    assert (moved.count, moved.epoch) == (memory.count + 1, 3.0)
    turned = memory.follow("a", epoch=5.0, thresholds=Thresholds(M=9))
    assert (turned.epoch, turned.thresholds.M) == (5.0, 9)
    assert memory.follow("b", epoch=None, thresholds=None).epoch is None


def test_unknownchecked_options_are_refused(shelf):
    run = shelf.by_id("flat")
    with pytest.raises(ValueError, match="color"):
        latent_view(run, key="k", color="rainbow")
    with pytest.raises(ValueError, match="knows no 'dial'"):
        latent_view(run, key="k", controls=("play", "dial"))
    with pytest.raises(ValueError, match="knows no 'zoom'"):
        checked_options(color="cluster", controls=(), height=1, more={"zoom": 2})
    with pytest.raises(ValueError, match="speed must be one of"):
        checked_options(color="cluster", controls=(), height=1, more={"speed": 3})


def test_speeds_are_those_of_the_browser():
    told = re.search(r"SPEEDS = \[(.*)\]", modules.sources()["play.js"])
    assert told is not None
    assert tuple(float(value) for value in told[1].split(",")) == SPEEDS


def test_the_selection_becomes_a_table(shelf):
    run = shelf.by_id("deep")
    view = ViewState(5.0, "00005", Thresholds(5, 0.4, 0.05), np.array([3, 8]))
    table = selection_table(run, view)
    assert table["point"].tolist() == [3, 8]
    assert table["label"].tolist() == run.labels()[[3, 8]].tolist()
    assert [f"z{k}" in table for k in range(7)] == [True] * 6 + [False]
    assert len(selection_table(run, ViewState(0.0, None, Thresholds()))) == 0


def test_csv_and_parquet_hold_the_same_rows(shelf):
    run = shelf.by_id("deep")
    view = ViewState(5.0, "00005", Thresholds(5, 0.4, 0.05), np.array([3, 8, 299]))
    table = selection_table(run, view)
    parquet = pd.read_parquet(io.BytesIO(selection_bytes(run, view, "parquet")))
    pd.testing.assert_frame_equal(parquet, table)
    # CSV knows text and numbers only: "00005" reads as 5 unless one says so.
    csv = pd.read_csv(io.BytesIO(selection_bytes(run, view, "csv")), dtype={"epoch": str})
    pd.testing.assert_frame_equal(csv, table, check_dtype=False)
    with pytest.raises(ValueError, match="not as 'xlsx'"):
        selection_bytes(run, view, "xlsx")


def test_the_fallback_carries_answers_and_refusals(served):
    import json
    import struct

    data = fallback.payload({"run": "flat"}, ["run/flat/points", "run/nobody/points", 7])
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[4 : 4 + length])
    assert [part["status"] for part in head["parts"]] == [200, 404, 404]
    first = head["parts"][0]
    body = data[4 + length + first["offset"] :][: first["length"]]
    assert body[:4] == b"DCVF"
    assert head["run"] == "flat"
