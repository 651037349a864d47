"""The components that teach, from the Python side: what they are given is what was stored."""

import io
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from dcviz.data.dataset import DataError
from dcviz.lessons.grid import switch_grid
from dcviz.runs import RunStore
from dcviz.runs.store import default_store
from dcviz.ui import actions, definitions, lens, live_curves, live_training, switch_lab
from dcviz.viewer import frames

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def gallery(empty_store: RunStore, monkeypatch) -> RunStore:
    from dcviz.runs import store

    monkeypatch.setattr(store, "GALLERY", ROOT / "gallery")
    return store.default_store()


def head_of(packed: bytes) -> dict:
    (size,) = struct.unpack("<I", packed[:4])
    return json.loads(packed[4 : 4 + size])


def test_every_curve_beside_the_pictures_is_explained() -> None:
    assert [score for _, score, *_ in live_curves.PANELS if score not in definitions.SCORES] == []


def test_the_lens_of_the_shipped_runs(gallery) -> None:
    run = default_store().by_id("arcs-dec")
    assert lens.possible(run)
    for key in run.checkpoints():
        assert lens.encoded(run, key, run.inputs()) == pytest.approx(run.latents(key), abs=1e-4)
    head = head_of(lens.packed(run, "test", run.checkpoints(), (run.id,)))
    shares = dict(zip(head["epochs"], head["shares"], strict=True))
    assert shares[0.0] > 0.1  # untrained
    assert shares[200.0] == 0
    assert shares[400.0] > 0.25
    kept = default_store().by_id("arcs-rdc")
    assert head_of(lens.packed(kept, "test", kept.checkpoints(), ()))["shares"][-1] == 0
    assert not lens.possible(default_store().by_id("digits-rdc"))


def test_a_table_that_cannot_be_trained_on_is_named_as_its_owner_named_it(empty_store, tmp_path, monkeypatch):
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path))
    started = []
    monkeypatch.setattr(actions, "start", started.append)
    choices = {"method": "dec", "settings": {}}
    flat = b"x,y,label\n" + b"1,1,a\n" * 50
    for content, said in (
        (flat, "cells.csv: All 50 labels are the same"),
        (b"", "cells.csv is empty (0 bytes)"),
        (b"x,y\n1,2\n", "no column 'label'"),
    ):
        with pytest.raises(DataError) as refused:
            live_training._train_on(content, "cells.csv", choices, "draw")
        assert str(refused.value).startswith("cells.csv")
        assert said in str(refused.value)
        assert str(tmp_path) not in str(refused.value)
        assert ". This page trains on" in str(refused.value)
        assert ".. " not in str(refused.value)
    assert not started
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    kept = actions.keep_upload(io.BytesIO(flat), "cells.csv")  # a run of another page is trained on it
    with pytest.raises(DataError):
        live_training._train_on(flat, "cells.csv", choices, "draw")
    assert kept.read_bytes() == flat


def test_curves_hold_stored_values_only(gallery) -> None:
    runs = [default_store().by_id(name) for name in ("arcs-dec", "arcs-rdc")]
    told = live_curves.told(runs, ["DEC", "R-DC"], epoch=0)
    flips = next(panel for panel in told["panels"] if panel["title"] == "flipped share")
    assert min(flips["lines"][0]["x"]) == 200  # nothing before the switch
    assert flips["lines"][0]["y"][-1] == pytest.approx(runs[0].epochs()[-1].scores["flip"], abs=1e-4)
    assert told["switch"] == 200


def test_the_table_holds_every_frame_of_a_seed(gallery) -> None:
    grid = switch_grid()
    assert grid is not None
    packed = switch_lab.packed(grid, 1)
    head = head_of(packed)
    (size,) = struct.unpack("<I", packed[:4])
    parts = {part["address"]: part for part in head["parts"]}
    assert len(parts) == 36 * (12 + 4)  # frames; two indexes, the points and the inputs of each cell
    for s, w in ((0, 0), (2, 3), (5, 5)):
        film = switch_lab.film(grid, s, w, 1)
        for frame in (0, 7, 11):
            key = f"{grid.switches[s] + grid.steps[frame]:05d}"
            part = parts[f"run/{film.id}/frame/pca.{film.id}/{key}"]
            begin = 4 + size + part["offset"]
            _, meta, arrays = frames.unpack(packed[begin : begin + part["length"]])
            found = frames.dequantize(arrays["xy"], center=np.zeros(2), half=meta["half"])
            stored = grid.cell(grid.switches[s], grid.weights[w], 1).latents[frame]
            assert np.abs(found - stored).max() <= 2.02 * grid.extent[s, w, 1] / 65535
    more = head["more"]
    assert more["scores"]["flip"][5][5][11] == pytest.approx(grid.scores["flip"][5, 5, 1, 11], abs=1e-4)
    assert more["weights"][-1] == "DEC"
