"""What only a method knows: stored with its epoch, read back, taken along, never unpickled."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dcviz.geometry.neighbors import neighbor_graph
from dcviz.runs import Run, RunStore
from dcviz.runs.errors import RunError
from dcviz.runs.export import export_run, import_run
from dcviz.runs.writer import RunWriter


def store_with_extras(run: Run, key: str, arrays: dict, **line) -> None:
    z = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    RunWriter(run).epoch(
        {"key": key, "epoch": int(key), "phase": "p", "phase_index": 0, **line},
        latents=z, assigned={"assignments": np.zeros(40, np.int32)}, graph=neighbor_graph(z, m=5),
        extras=arrays,
    )  # fmt: skip


def test_extras_come_back_whole_or_by_name(run: Run) -> None:
    q = np.random.default_rng(1).random((40, 3)).astype(np.float32)
    store_with_extras(run, "00007", {"q": q, "t": np.asarray(0.25)}, extras={"t": 0.25})
    np.testing.assert_array_equal(run.extras(7)["q"], q)
    assert set(run.extras("00007", "t")) == {"t"}
    assert run.epoch(7).extras == {"t": 0.25}
    assert run.extras(1) == {}
    assert run.epoch(1).extras == {}


def test_extras_travel_with_the_run(run: Run, tmp_path: Path) -> None:
    store_with_extras(run, "00007", {"h": np.arange(40.0)})
    back = import_run(export_run(run, tmp_path / "run.zip"), RunStore(tmp_path / "other"))
    np.testing.assert_array_equal(back.extras(7)["h"], np.arange(40.0))


def test_an_epoch_whose_extras_cannot_be_written_is_not_listed(run: Run) -> None:
    with pytest.raises(ValueError, match="Python objects"):
        store_with_extras(run, "00007", {"bad": np.array([SimpleNamespace()])})
    assert [epoch.key for epoch in run.epochs()][-1] == "00003"
    assert not (run.path / "extras" / "00007.npz").exists()


def test_objects_are_never_unpickled(run: Run) -> None:
    (run.path / "extras").mkdir()
    with open(run.path / "extras" / "00001.npz", "wb") as file:
        np.savez(file, bad=np.array([{"a": 1}], dtype=object))
    with pytest.raises(RunError, match="cannot be read"):
        run.extras(1)


def test_a_key_cannot_lead_out_of_the_folder(run: Run) -> None:
    with pytest.raises(RunError, match="snapshot key"):
        run.extras("../data/labels")
