"""A synthetic run for the viewer's benchmark: curved clusters that turn, spread and come apart."""

import os
import time
from pathlib import Path

import numpy as np

from dcviz.geometry.neighbors import neighbor_graph
from dcviz.runs import Run, RunStore
from dcviz.runs.files import append_line, write_array, write_arrays
from dcviz.runs.writer import RunWriter, graph_arrays

K = 10
SWITCH = 0.5


def write_run(root: Path, *, n: int, d: int = 10, epochs: int = 100, seed: int = 0) -> Run:
    """Write (or find) a finished run of n points and so many stored epochs.

    The neighbor graph of the first epoch serves all epochs (as one file with many names): the viewer reads,
    codes and sends as much as for graphs of their own, and a benchmark need not search a hundred times.

    Args:
        root: folder of runs.
        n: points.
        d: latent dimensions.
        epochs: stored epochs.
        seed: of the points.

    Returns:
        The run `bench-<n>x<epochs>`.
    """
    name = f"bench-{n}x{epochs}"
    store = RunStore(root)
    if (root / name / "status.json").exists():
        return store.by_id(name)
    rng = np.random.default_rng(seed)
    y = rng.integers(0, K, n)
    curve = rng.random(n) * 3
    start = 1.2 * rng.normal(size=(K, d))[y] + np.cos(curve[:, None] * np.linspace(1, 2, d))
    start += 0.1 * rng.normal(size=(n, d))
    turn = np.linalg.qr(rng.normal(size=(d, d)))[0]
    last = epochs - 1
    phases = [["pretraining", int(last * SWITCH)], ["clustering", last - int(last * SWITCH)]]
    spec = {"method": "rdc", "dataset": "synthetic", "seed": seed, "settings": {}, "phases": phases, "n": n}
    names = [str(k) for k in range(K)]
    run = store.create({**spec, "latent_dim": d, "clusters": K, "class_names": names}, path=root / name)
    writer = RunWriter(run)
    writer.data(labels=y.astype(np.int64), position=(curve / 3).astype(np.float32))
    shared = _shared_files(run.path, start.astype(np.float32), y, rng)
    for epoch in range(epochs):
        share = epoch / last
        z = start + 0.6 * share * (start @ turn - start)
        _epoch(writer, epoch, z.astype(np.float32), shared, phase=int(share > SWITCH))
    writer.status({"state": "finished", "phase": "clustering", "epoch": last, "epochs": last})
    return run


def _shared_files(path: Path, z: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> dict[str, Path]:
    graph = neighbor_graph(z, m=15)
    files = {"neighbors": path / "shared-neighbors.npz", "assign": path / "shared-assign.npz"}
    write_arrays(files["neighbors"], graph_arrays(graph))
    confidence = rng.random(len(y)).astype(np.float32)
    write_arrays(files["assign"], {"assignments": y.astype(np.int32), "confidence": confidence})
    return files


def _epoch(writer: RunWriter, epoch: int, z: np.ndarray, shared: dict[str, Path], *, phase: int) -> None:
    key = f"{epoch:05d}"
    write_array(writer.path / "latents" / f"{key}.npy", z)
    for folder, file in shared.items():
        (writer.path / folder).mkdir(exist_ok=True)
        os.link(file, writer.path / folder / f"{key}.npz")
    line = {"key": key, "epoch": epoch, "batch": 0, "iteration": epoch, "phase_index": phase}
    line |= {"phase": ("pretraining", "clustering")[phase], "seconds": 1.0, "time": time.time()}
    line |= {"losses": {"total": 1 / (1 + epoch)}, "scores": {"acc": 0.5 + 0.004 * epoch}}
    append_line(writer.path / "metrics.jsonl", line)
