"""How CC and CCES gain from a second device: `python -m benchmarks.several_gpus [--devices 2]`.

One global batch, alone and shared: milliseconds an iteration, speed-up, largest relative difference of the
losses. `--device cpu --devices 2 --quick` rehearses it with two processes. Rows are appended to
benchmarks/results/several_gpus.csv.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import append
from benchmarks.side_by_side import device_name
from dcviz.engine.devices import cuda_count

RESULTS = Path(__file__).parent / "results" / "several_gpus.csv"
WARM = 3
"""Iterations before the clock starts."""


def rank_main(device: str, method: str, batch: int, side: int, iterations: int) -> None:
    """One rank of a training on synthetic pictures; rank 0 prints seconds an iteration and losses as JSON."""
    import torch
    import torch.distributed as dist

    from models.catalog import resolve_preset
    from models.training import fit

    rank = int(os.environ.get("RANK", 0))
    on_gpu = device == "cuda"
    if on_gpu:
        torch.cuda.set_device(rank)
    if "RANK" in os.environ:
        dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpu else "gloo")
    n, shape = batch * iterations, (3, side, side)
    x = np.random.default_rng(0).integers(0, 256, (n, 3 * side * side), dtype=np.uint8)
    _, settings = resolve_preset(
        method, n=n, input_dim=x.shape[1], image_shape=shape, clusters=10, device=device, preset="paper",
        overrides={"batch_size": batch, "pretrain_epochs": 1, "resolution": 0, "network": "resnet34" if on_gpu
                   else "resnet18", "precision": "float32", "latent_dim": 512 if on_gpu else 16},
    )  # fmt: skip
    clock = Clock(on_gpu)
    seen = list(
        fit(method, x, scale=1 / 255, image_shape=shape, settings=settings, control=clock,
            device=f"cuda:{rank}" if on_gpu else "cpu", capture="off")
    )  # fmt: skip
    if rank == 0:
        print(json.dumps({"ms": 1000 * clock.seconds(), "losses": seen[-1].losses}))
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


class Clock:
    """A control that steers nothing and notes when each batch began."""

    def __init__(self, on_gpu: bool):
        self.on_gpu = on_gpu
        self.times: list[float] = []

    def between_batches(self, epoch: int, batch: int, batches: int, iteration: int) -> str:
        """As `models.loop.Control`."""
        if self.on_gpu:
            import torch

            torch.cuda.synchronize()
        self.times.append(time.perf_counter())
        return "go"

    def seconds(self) -> float:
        """Median of an iteration after the warm-up."""
        return float(np.median(np.diff(self.times[WARM:])))


def measured(given: argparse.Namespace, method: str, devices: int) -> dict[str, Any]:
    """Run one training in processes of its own."""
    start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(devices)]
    command = [sys.executable, *(start if devices > 1 else []), "-m", "benchmarks.several_gpus", "--rank"]
    command += ["--method", method, "--device", given.device, "--batch", str(given.batch)]
    command += ["--side", str(given.side), "--iterations", str(given.iterations)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return dict(json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{"))))


def main() -> None:
    """Measure both methods alone and shared, print and keep the rows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.several_gpus", description=__doc__)
    parser.add_argument("--devices", type=int, default=2)
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--iterations", type=int, default=40)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--quick", action="store_true", help="batch 16, pictures of 8 pixels, 8 iterations")
    parser.add_argument("--rank", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--method", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.quick:
        given.batch, given.side, given.iterations = 16, 8, 8
    if given.rank:
        rank_main(given.device, given.method, given.batch, given.side, given.iterations)
        return
    if given.device == "cuda" and cuda_count() < given.devices:
        raise SystemExit(
            f"{given.devices} CUDA devices are needed, this machine has {cuda_count()}; "
            "--device cpu --quick rehearses it with processes."
        )
    for method in ("cc", "cces"):
        alone, shared = (measured(given, method, count) for count in (1, given.devices))
        apart = max(abs(shared["losses"][name] / alone["losses"][name] - 1) for name in alone["losses"])
        row = {
            "method": method, "device": given.device, "devices": given.devices, "batch": given.batch,
            "side": given.side, "ms_alone": round(alone["ms"], 2), "ms_shared": round(shared["ms"], 2),
            "speed_up": round(alone["ms"] / shared["ms"], 3), "losses_apart": f"{apart:.1e}",
            "name": device_name(given.device), "cores": os.cpu_count(),
            "date": datetime.now(UTC).date().isoformat(),
        }  # fmt: skip
        print(row)
        if not given.quick:
            append(given.out, [row])


if __name__ == "__main__":
    main()
