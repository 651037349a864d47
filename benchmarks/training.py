"""Print and keep how fast training is: `python -m benchmarks.training [--device cuda] [--whole]`.

One row a method and phase: milliseconds an iteration as it is used (captured on a GPU), eagerly, and the
floor: the multiplications of that iteration at the highest rate a large product reaches on this device in the
same precision. Then several trainings as one and the neighbor search; with --clustpy ClustPy's DEC, IDEC and
VaDE on the same points and network; with --whole the wall time of the full R-DC preset. Rows are appended to
benchmarks/results/training.csv with device, versions and date. The papers' other methods have a command of
their own, which counts their multiplications: `python -m benchmarks.iterations`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.reproduce import append
from benchmarks.side_by_side import SinceBranch, device_name
from dcviz.data import load
from dcviz.data.dataset import Dataset
from models.catalog import METHODS, resolve_preset
from models.neighbors import torch_neighbor_graph
from models.plan import fit_plan
from models.together import fit_together
from models.training import fit
from models.widths import parameter_count

RESULTS = Path(__file__).parent / "results" / "training.csv"
MEASURED = (("autoencoder", 0), ("dec", 1), ("idec", 1), ("rdc", 0), ("rdc", 1), ("dynae", 1), ("vade", 1),
            ("dcn", 1), ("dkm", 1))  # fmt: skip
PER_SAMPLE = {
    ("autoencoder", 0): 19.2, ("dec", 1): 9.2, ("idec", 1): 19.2, ("rdc", 0): 54.2, ("rdc", 1): 22.5,
    ("dynae", 1): 22.5, ("vade", 1): 19.3, ("dcn", 1): 19.2, ("dkm", 1): 19.2,
}  # fmt: skip
"""MFLOP a sample and step, forward and backward, of the network 784-500-500-2000-10 and back."""
PARAMETERS = 3_330_794
EVERY_EPOCH = SinceBranch(every=1, checkpoint_every=1_000_000)


def settings_of(data: Dataset, method: str, device: str, **changes: Any) -> Any:
    return resolve_preset(
        method, n=data.n, input_dim=data.input_dim, image_shape=data.image_shape, clusters=data.clusters,
        device=device, preset="paper", overrides=changes,
    )[1]  # fmt: skip


def shared(data: Dataset, device: str) -> dict[str, Any]:
    return {"scale": data.scale, "image_shape": data.image_shape, "device": device, "schedule": EVERY_EPOCH}


def milliseconds(data: Dataset, method: str, phase: int, *, device: str, capture: str, epochs: int) -> float:
    """The best epoch's time an iteration; the second phase without refreshes but the first."""
    changes: dict[str, Any] = {"pretrain_epochs": epochs if phase == 0 else 1}
    if len(METHODS[method].phases) > 1:
        changes |= {"finetune_epochs": 0 if phase == 0 else epochs}
        if "refresh_every" in METHODS[method].settings.__dataclass_fields__:
            changes |= {"refresh_every": 1_000_000}
    settings = settings_of(data, method, device, **changes)
    snapshots = fit(method, data.x, settings=settings, capture=capture, **shared(data, device))
    return 1e3 * min(s.seconds / s.batches for s in snapshots if s.epoch and s.phase_index == phase)


def rate(device: str) -> float:
    """TFLOP/s of a large product on random numbers in the precision of the trainings."""
    torch.set_float32_matmul_precision("high")
    size = 8192 if device != "cpu" else 2048
    a, b = (torch.randn(size, size, device=device) for _ in range(2))
    best = min(_timed(lambda: a @ b, device) for _ in range(6))
    torch.set_float32_matmul_precision("highest")
    return 2 * size**3 / best / 1e12


def _timed(work: Any, device: str) -> float:
    start = time.perf_counter()
    work()
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def as_one(data: Dataset, count: int, *, device: str) -> float:
    """Milliseconds for one iteration of each of `count` trainings of R-DC's first phase."""
    settings = settings_of(data, "rdc", device, pretrain_epochs=3, finetune_epochs=0)
    marks: dict[int, float] = {}
    for _, snapshot in fit_together(
        "rdc", data.x, [{"settings": settings, "seed": seed} for seed in range(count)], **shared(data, device)
    ):
        marks[snapshot.epoch] = time.perf_counter()
    return 1e3 * (marks[3] - marks[2]) / fit_plan("rdc", settings, data.n).batches_per_epoch


def clustpy(data: Dataset, python: str, device: str) -> Iterator[tuple[str, float, str]]:
    """Rows of ClustPy, measured by a Python that has it."""
    with tempfile.TemporaryDirectory() as folder:
        points = Path(folder) / "points.npy"
        np.save(points, data.x.astype(np.float32) * data.scale)
        line = [python, "-m", "benchmarks.clustpy_speed", str(points), "--device", device]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(line)} failed: {done.stderr.strip().splitlines()[-1]}")
    found = json.loads(done.stdout.splitlines()[-1])
    for name in ("dec", "idec", "vade"):
        yield f"ClustPy {found['version']} {name}", found[name], "ms/iteration"


def whole(data: Dataset, device: str) -> float:
    """Seconds of the full R-DC preset, alone, as one training."""
    schedule = SinceBranch(every=1_000_000, checkpoint_every=1_000_000)
    settings, start = settings_of(data, "rdc", device), time.perf_counter()
    for _ in fit("rdc", data.x, settings=settings, **{**shared(data, device), "schedule": schedule}):
        pass
    return time.perf_counter() - start


def rows_of(data: Dataset, device: str, epochs: int) -> Iterator[tuple[str, float, str]]:
    peak = rate(device)
    yield "rate of a large product", peak, "TFLOP/s"
    for method, phase in MEASURED:
        name = f"{method} {METHODS[method].phases[phase]}"
        settings = settings_of(data, method, device)
        weights = parameter_count(settings.network, input_dim=data.input_dim, latent_dim=settings.latent_dim)
        work = PER_SAMPLE[method, phase] * weights / PARAMETERS * settings.batch_size  # MFLOP
        yield f"{name}, floor", work / peak / 1e3, "ms/iteration"
        for capture in ("auto", "off") if device != "cpu" else ("off",):
            kind = "captured" if capture == "auto" else "eager"
            found = milliseconds(data, method, phase, device=device, capture=capture,
                                 epochs=epochs if capture == "auto" or device == "cpu" else 1)  # fmt: skip
            yield f"{name}, {kind}", found, "ms/iteration"
    if device == "cpu":
        return
    for count in (1, 5, 10, 25):
        yield f"rdc pretraining, {count} as one", as_one(data, count, device=device), "ms/round"
    z = torch.randn(70_000, 10, device=device)
    best = min(_timed(lambda: torch_neighbor_graph(z, m=15), device) for _ in range(4))
    yield "15 neighbors of 70,000 x 10", 1e3 * best, "ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--dataset", default="fashionmnist")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--epochs", type=int, default=4, help="epochs timed; the best counts")
    parser.add_argument("--points", type=int, help="only so many points (a CPU needs fewer)")
    parser.add_argument("--whole", action="store_true", help="also train the full R-DC preset")
    parser.add_argument("--clustpy", metavar="PYTHON", help="a Python that has ClustPy: time it too")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    data = load(given.dataset)
    if given.points:
        from dataclasses import replace

        data = replace(data, x=data.x[: given.points], labels=None, position=None)
    found = list(printed(rows_of(data, given.device, given.epochs)))
    if given.clustpy:
        found += printed(clustpy(data, given.clustpy, given.device))
    if given.whole:
        found += printed(iter([("rdc full preset", whole(data, given.device), "s")]))
    fixed = {"dataset": data.name, "n": data.n, "device": device_name(given.device),
             "torch": torch.__version__, "date": datetime.now(UTC).date().isoformat()}  # fmt: skip
    append(given.out, [{"what": what, "value": round(value, 4), "unit": unit, **fixed}
                       for what, value, unit in found])  # fmt: skip


def printed(rows: Iterator[tuple[str, float, str]]) -> Iterator[tuple[str, float, str]]:
    for what, value, unit in rows:
        print(f"{what:45s} {value:10.4f} {unit}", flush=True)
        yield what, value, unit


if __name__ == "__main__":
    main()
