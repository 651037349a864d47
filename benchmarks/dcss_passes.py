"""What DCSS's K cluster-specific runs cost, and what is saved: `python -m benchmarks.dcss_passes`.

Four ways through one batch of the second phase, on random numbers of the shape of Fashion-MNIST:

runs:             K steps; the codes that rebuild the batch also give p (ours, variant=runs)
runs, p apart:    K steps, each after one more pass through the encoder for p (as the released code has it)
all, one pass:    one step on the sum of the K losses (ours, variant=all)
all, K passes:    the same gradient from one pass for each of the K losses

The least of some rounds; on a CPU seconds of the process's own time on one thread, so that other work on the
machine does not count. Rows go to benchmarks/results/dcss_passes.csv.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.reproduce import append
from benchmarks.side_by_side import device_name
from models.catalog import resolve_preset
from models.loop import Training
from models.method import Data, fill_gradients
from models.methods.dcss import ClusterRuns

RESULTS = Path(__file__).parent / "results" / "dcss_passes.csv"
N, INPUTS, CLUSTERS = 2_000, 784, 10

Way = Callable[[ClusterRuns, Tensor], None]


def phase_of(variant: str, *, network: str, device: str) -> ClusterRuns:
    """The second phase on random numbers, begun."""
    x = torch.rand(N, INPUTS, generator=torch.Generator().manual_seed(0)).to(device)
    shape = (1, 28, 28) if network == "conv" else None
    told = {"variant": variant, "network": network}
    settings: Any = resolve_preset(
        "dcss", n=N, input_dim=INPUTS, image_shape=shape, clusters=CLUSTERS, preset="paper", overrides=told
    )[1]
    training = Training("dcss", Data(x, image_shape=shape), settings=settings, seed=0, capture="off")
    phase = training.method.phases[1]
    assert isinstance(phase, ClusterRuns)
    phase.prepare()
    phase.tensors["centers"].normal_()
    phase.optimizer()
    return phase


def ours(phase: ClusterRuns, index: Tensor) -> None:
    phase.gradients(index)
    phase.stepper.step()


def p_apart(phase: ClusterRuns, index: Tensor) -> None:
    """K steps, each with a pass of its own for the memberships."""
    x = phase.method.view(index)
    for cluster in range(CLUSTERS):
        with torch.no_grad():
            p = phase.p_of(phase.method.encoder(x))
        fill_gradients(phase.cluster_losses(x, cluster=cluster, p=p)["total"], phase.parameters())
        phase.stepper.step()


def k_passes(phase: ClusterRuns, index: Tensor) -> None:
    """The gradient of the sum of all losses, one loss after the other."""
    x, sums = phase.method.view(index), None
    for cluster in range(CLUSTERS):
        loss = phase.cluster_losses(x, cluster=cluster, p=None)["total"]
        found = torch.autograd.grad(loss, phase.parameters())
        sums = found if sums is None else tuple(a + b for a, b in zip(sums, found, strict=True))
    for parameter, gradient in zip(phase.parameters(), sums or (), strict=True):
        parameter.grad = gradient
    phase.stepper.step()


WAYS: dict[str, tuple[str, Way]] = {
    "runs": ("runs", ours),
    "runs, p apart": ("runs", p_apart),
    "all, one pass": ("all", ours),
    "all, K passes": ("all", k_passes),
}


def milliseconds(name: str, *, network: str, device: str, batch: int, rounds: int) -> float:
    """The least time of a batch."""
    variant, way = WAYS[name]
    phase, index = phase_of(variant, network=network, device=device), torch.arange(batch, device=device)
    clock = time.process_time if device == "cpu" else time.perf_counter
    found = []
    for _ in range(rounds + 1):  # the first one makes buffers
        start = clock()
        way(phase, index)
        if device != "cpu":
            torch.cuda.synchronize()
        found.append(clock() - start)
    return 1e3 * min(found[1:])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dcss_passes", description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--network", default="fc", choices=("fc", "conv"))
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    torch.set_num_threads(1)
    fixed = {"network": given.network, "batch": given.batch, "clusters": CLUSTERS, "unit": "ms/batch",
             "device": device_name(given.device) + (", one thread" if given.device == "cpu" else ""),
             "torch": torch.__version__, "date": datetime.now(UTC).date().isoformat()}  # fmt: skip
    for name in WAYS:
        value = milliseconds(name, network=given.network, device=given.device, batch=given.batch,
                             rounds=given.rounds)  # fmt: skip
        print(f"{given.network} {name:15s} {value:10.2f} ms/batch", flush=True)
        append(given.out, [{"what": name, "value": round(value, 3), **fixed}])


if __name__ == "__main__":
    main()
