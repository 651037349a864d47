"""Run stores for the tests of pages: an empty one, one with two tiny runs, one with damaged folders."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dcviz.data import load
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.scores import live_scores
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run, RunStore, store
from dcviz.runs.writer import RunWriter

PHASES = {"dec": "clustering", "rdc": "proximity"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On a busy machine of CI a browser test that fails is run once more; the summary lists it as RERUN.

    A rerun is a finding: so far each had its cause in the product, a click that met a rerun on its way.
    """
    for item in items:
        if os.environ.get("CI") and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Take back the place of the main program: a page under test leaves itself there.

    A process that a later test spawns would run that page before its own work, and end with it.
    """
    sys.modules["__main__"] = MAIN
    yield
    sys.modules["__main__"] = MAIN


def tiny_run(shelf: RunStore, method: str, *, n: int = 120) -> Run:
    """A finished run of 2 + 2 epochs on the arcs; under DEC the latents are folded after the switch."""
    data = load("arcs", n=n)
    at = Thresholds(5, 0.5, 0.6)
    run = shelf.create(
        {
            "method": method, "dataset": "arcs", "dataset_options": {"n": n, "noise": 0.06, "seed": 0},
            "seed": 0, "preset": "standard", "device": "cpu", "n": n, "input_dim": 2, "image_shape": None,
            "latent_dim": 2, "clusters": 4, "class_names": list(data.class_names), "parent": None,
            "settings": {"clusters": 4, "latent_dim": 2, "network": "mlp", "batch_size": 64},
            "schedule": {"every": 1, "dense_around_switch": 0, "checkpoint_every": 10},
            "thresholds": vars(at), "phases": [["pretraining", 2], [PHASES[method], 2]],
        }
    )  # fmt: skip
    writer = RunWriter(run)
    writer.data(labels=data.labels, position=data.position, inputs=data.x)
    for epoch in range(5):
        z = data.x * np.float32(1 + 0.1 * epoch)
        if method == "dec" and epoch > 2:
            z = np.abs(z - 0.1 * epoch).astype(np.float32)
        _write(writer, epoch, z, labels=data.labels, at=at)
    writer.status({"state": "finished", "epoch": 4, "epochs": 4, "phase": PHASES[method], "message": ""})
    return run


def _write(writer: RunWriter, epoch: int, z: np.ndarray, *, labels: np.ndarray, at: Thresholds) -> None:
    graph = neighbor_graph(z, m=15)
    scores, assignments, centers = live_scores(z, graph, clusters=4, labels=labels, thresholds=at)
    index = int(epoch > 2)
    line = {
        "key": f"{epoch:05d}", "epoch": epoch, "batch": 0, "iteration": 2 * epoch, "seconds": 0.1,
        "phase": writer.run.spec["phases"][index][0], "phase_index": index,
        "losses": {"reconstruction": 1 / (1 + epoch), "total": 2 / (1 + epoch)} if epoch else {},
        "scores": scores,
    }  # fmt: skip
    assigned = {"assignments": assignments, "confidence": None, "centers": centers}
    writer.epoch(line, latents=z, assigned=assigned, graph=graph)


@pytest.fixture
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """What the app sees on its first start without the shipped examples."""
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(store, "GALLERY", tmp_path / "no-gallery")
    monkeypatch.delenv("DCVIZ_MODE", raising=False)
    return store.default_store()


@pytest.fixture
def tiny_store(empty_store: RunStore) -> RunStore:
    """One run of DEC and one of R-DC on the arcs."""
    for method in ("rdc", "dec"):
        tiny_run(empty_store, method)
    return empty_store


@pytest.fixture
def damaged_store(tiny_store: RunStore) -> RunStore:
    """Beside the good runs: no run.json, a truncated one, a run without its arrays, a half-written log."""
    root = tiny_store.root
    (root / "no-json").mkdir()
    (root / "no-json" / "metrics.jsonl").write_text("")
    (root / "cut").mkdir()
    (root / "cut" / "run.json").write_text('{"method": "rdc", "data')
    hollow = tiny_run(tiny_store, "rdc", n=60)
    for folder in ("latents", "neighbors", "assign", "data"):
        for file in (hollow.path / folder).iterdir():
            file.write_bytes(b"not an array")
    (hollow.path / "status.json").write_text("[]")
    with open(hollow.path / "metrics.jsonl", "a") as log:
        log.write('{"key": "00005", "epo')
    return tiny_store
