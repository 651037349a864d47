"""A small run on disk, with a switch of phases, labels, positions and inputs."""

from pathlib import Path

import numpy as np
import pytest

from dcviz.geometry.neighbors import neighbor_graph
from dcviz.runs import Run, RunStore
from dcviz.runs.writer import RunWriter

HALF = 3


def write_run(
    root: Path, name: str, *, n: int = 300, d: int = 2, epochs: int = 7, labels: bool = True
) -> Run:
    """Write a finished run of turning, spreading arcs; the classes come apart after the switch."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, n)
    t = rng.random(n)
    flat = np.stack([np.cos(3 * t) + 0.6 * y, np.sin(3 * t) + 0.4 * (y % 2)], axis=1)
    flat += 0.05 * rng.normal(size=flat.shape)
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0][:2] if d > 2 else np.eye(2, d)
    phases = [["pretraining", HALF], ["proximity", epochs - 1 - HALF]]
    names = [f"class <b>{k}</b>" for k in range(4)]
    spec = {"method": "rdc", "dataset": "arcs", "settings": {}, "seed": 0, "phases": phases, "n": n}
    run = RunStore(root).create(
        {**spec, "clusters": 4, "latent_dim": d, "class_names": names}, path=root / name
    )
    writer = RunWriter(run)
    writer.data(
        labels=y.astype(np.int64) if labels else None,
        position=t.astype(np.float32),
        inputs=flat.astype(np.float32),
    )
    for epoch in range(epochs):
        _write_epoch(writer, epoch, flat=flat, y=y, turn=turn, rng=rng)
    writer.status({"state": "finished", "phase": "proximity", "epoch": epochs - 1, "epochs": epochs - 1})
    return run


def _write_epoch(writer: RunWriter, epoch: int, *, flat, y, turn, rng) -> None:
    angle = 0.3 * epoch
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    z = (flat - flat.mean(axis=0)) @ spin @ turn * (1 + 0.2 * epoch)
    z += 0.02 * rng.normal(size=z.shape) + max(0, epoch - HALF) * (y[:, None] - 1.5) * 0.4 * turn[:1]
    z = z.astype(np.float32)
    late = int(epoch > HALF)
    line = {
        "key": f"{epoch:05d}",
        "epoch": epoch,
        "batch": 0,
        "iteration": 5 * epoch,
        "phase": ("pretraining", "proximity")[late],
        "phase_index": late,
        "losses": {"total": 1 / (1 + epoch)},
        "scores": {"acc": epoch / 10, "id": None},
        "id_reason": "too few points",
        "seconds": 0.1,
    }
    assigned = {"assignments": y.astype(np.int32), "confidence": rng.random(len(y)).astype(np.float32)}
    writer.epoch(line, latents=z, assigned=assigned, graph=neighbor_graph(z, m=15))


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> RunStore:
    """Two runs: `flat` (d = 2) and `deep` (d = 6), and `bare` without labels."""
    root = tmp_path_factory.mktemp("runs")
    write_run(root, "flat")
    write_run(root, "deep", d=6)
    write_run(root, "bare", n=120, epochs=5, labels=False)
    return RunStore(root)


@pytest.fixture
def served(shelf: RunStore, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """The same store as the one the routes look into."""
    monkeypatch.setenv("DCVIZ_RUNS", str(shelf.root))
    return shelf
