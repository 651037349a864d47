"""A store with one small run, written by the worker's own pen."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dcviz.geometry.neighbors import neighbor_graph
from dcviz.runs import Run, RunStore
from dcviz.runs.writer import RunWriter

SPEC = {"method": "rdc", "dataset": "arcs", "seed": 3, "phases": [["pretraining", 2], ["proximity", 2]]}


def write_epoch(writer: RunWriter, key: str, *, n: int = 40, checkpoint: bool = False) -> None:
    """Append one made-up epoch of n points."""
    z = np.random.default_rng(int(key[:5])).normal(size=(n, 2)).astype(np.float32)
    kept = SimpleNamespace(tensors={"w": z[:3]}, meta={"epoch": int(key[:5])}) if checkpoint else None
    line = {"key": key, "epoch": int(key[:5]), "phase": "pretraining", "phase_index": 0}
    writer.epoch(
        {**line, "losses": {"total": 1.0}, "scores": {"id": None}, "id_reason": "too few points"},
        latents=z,
        assigned={"assignments": np.zeros(n, np.int32)},
        graph=neighbor_graph(z, m=15),
        checkpoint=kept,
    )


@pytest.fixture
def spec() -> dict:
    return dict(SPEC)


@pytest.fixture
def append_epoch():
    """The function that stores one more epoch."""
    return write_epoch


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs", also=(tmp_path / "gallery",))


@pytest.fixture
def run(store: RunStore) -> Run:
    """Epochs 0 to 3 stored, a checkpoint at 2."""
    made = store.create(SPEC)
    writer = RunWriter(made)
    writer.tidy()
    writer.data(labels=np.arange(40) % 4, position=None)
    for epoch in range(4):
        write_epoch(writer, f"{epoch:05d}", checkpoint=epoch == 2)
    return made
