"""What `python -m benchmarks.geometry --gpu` measures on a CUDA device; no peers and no faiss are needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from benchmarks.stopwatch import best
from dcviz.geometry.dimension import Estimate, two_nn
from models.neighbors import Candidates, device_search, torch_neighbor_graph

ROWS = 300
M = 15
Row = tuple[str, float, str]


def device_name() -> str:
    """Name of the GPU with torch's and CUDA's versions.

    Raises:
        SystemExit: where torch sees no CUDA device.
    """
    if not torch.cuda.is_available():
        raise SystemExit("--gpu needs a CUDA device; torch sees none.")
    return f"{torch.cuda.get_device_name()}, torch {torch.__version__}, CUDA {torch.version.cuda}"


def rows(z: np.ndarray) -> Iterator[Row]:
    """Search alone on data that lie there, the graph on the host, and TwoNN from host array to number."""
    data = on_device(z)
    seconds, found = timed(lambda: device_search(data, m=M))
    yield f"exact k-NN, M {M}", seconds, recall_in_words(z, found)
    seconds, _ = timed(lambda: torch_neighbor_graph(data, m=M))
    yield f"graph, M {M}, brought to the host", seconds, ""
    seconds, estimate = timed(lambda: two_nn(torch_neighbor_graph(on_device(z), m=2)))
    yield "TwoNN end to end", seconds, f"id {estimate.value:.4f}"


def variants(z: np.ndarray) -> Iterator[Row]:
    """Every way to search; one that fails says why and the next goes on."""
    from benchmarks.knn_variants import VARIANTS

    data = on_device(z)
    for name, candidates in VARIANTS.items():
        try:
            seconds, found = timed(lambda chosen=candidates: device_search(data, m=M, candidates=chosen))
        except Exception as error:  # a missing compiler, too little memory: the others still count
            reason = (str(error).splitlines() or [""])[0]
            print(f"  {name}: {type(error).__name__}: {reason}"[:200], file=sys.stderr)
            continue
        yield f"k-NN by {name}, M {M}", seconds, recall_in_words(z, found)
        seconds, estimate = timed(lambda chosen=candidates: id_end_to_end(z, chosen))
        yield f"TwoNN end to end by {name}", seconds, f"id {estimate.value:.4f}"
        profile(name, lambda chosen=candidates: device_search(data, m=M, candidates=chosen))


def id_end_to_end(z: np.ndarray, candidates: Candidates) -> Estimate:
    """TwoNN from host array to number, with one way to search."""
    _, distances, _ = device_search(on_device(z), m=2, candidates=candidates)
    return two_nn(distances.cpu().numpy())


def profile(name: str, call: Callable[[], Any]) -> None:
    """Print where the time of one search goes."""
    from torch.profiler import ProfilerActivity
    from torch.profiler import profile as profiled

    kinds = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * torch.cuda.is_available()
    with profiled(activities=kinds) as found:
        call()
        synchronize()
    events = sorted(found.key_averages(), key=lambda event: -event.self_device_time_total)[:6]
    text = "; ".join(f"{event.key[:48]} {event.self_device_time_total / 1e3:.2f} ms x {event.count}"
                     for event in events)  # fmt: skip
    print(f"    {name}: {text}", flush=True)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Best of 7 after two runs that load kernels and fill the memory pool."""

    def whole() -> Any:
        found = call()
        synchronize()
        return found

    whole()
    whole()
    return best(whole, 7)


def on_device(z: np.ndarray) -> torch.Tensor:
    """The array on the GPU; on the processor where there is none (the tests)."""
    return torch.from_numpy(z).to("cuda" if torch.cuda.is_available() else "cpu")


def synchronize() -> None:
    """Wait for the GPU."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def recall_in_words(z: np.ndarray, found: tuple[torch.Tensor, torch.Tensor, bool]) -> str:
    """Share of true neighbors on some rows, by direct differences in float64 on the host."""
    points = z.astype(np.float64)
    some = np.random.default_rng(0).choice(len(z), min(ROWS, len(z)), replace=False)
    far = found[1][:, -1].cpu().numpy().astype(np.float64)
    hits = 0
    for row in some:
        squared = ((points - points[row]) ** 2).sum(1)
        squared[row] = np.inf
        kth = np.sqrt(np.partition(squared, M - 1)[M - 1])
        hits += far[row] <= kth * (1 + 1e-6)
    return f"{hits} of {len(some)} rows as in float64"
