"""Print how long the geometry takes, beside the peers, and how it grows with n.

    python -m benchmarks.geometry                                  # 2 threads, 10k and 70k, d 10 and 64
    python -m benchmarks.geometry --sizes 10000 70000 300000 --peers .peers/bin/python
    python -m benchmarks.geometry --gpu                            # adds the torch engine on CUDA
    python -m benchmarks.geometry --csv benchmarks/results/geometry.csv   # appends the rows there too

The peers' environment is described in benchmarks/peers.py. Every array is latent-like: 10 curved sheets of
dimension 5 (d = 10) or 10 (d = 64). Times are wall seconds, the best of --repeat runs
(one run from 300,000 points on). The peers get the same number of runs.
"""

import argparse
import csv
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shapes import manifolds
from dcviz.geometry.clusters import k_means
from dcviz.geometry.dimension import gride, linear_dimension, local_dimension, two_nn
from dcviz.geometry.filters import Thresholds, neighbor_centroids, split
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.purity import same_label, split_scores
from dcviz.geometry.reference import reference
from dcviz.geometry.scores import live_scores
from dcviz.geometry.table import threshold_table
from dcviz.geometry.twist_scores import twist_scores

SHEETS = {10: 5, 64: 10}
Row = tuple[str, float, str]


def best(call: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Shortest wall time and the last result."""
    times, result = [], None
    for _ in range(repeat):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result


def end_to_end(z: np.ndarray, repeat: int) -> list[Row]:
    """TwoNN and LID from coordinates, as the peers are asked for them."""
    rows = []
    if z.shape[1] <= 16:
        seconds, found = best(lambda: two_nn(neighbor_graph(z, m=2, backend="kdtree")), repeat)
        rows.append(("TwoNN, exact k-d tree", seconds, f"id {found.value:.4f}"))
    graph = neighbor_graph(z, m=2)
    seconds, found = best(lambda: two_nn(neighbor_graph(z, m=2)), repeat)
    rows.append(
        (f"TwoNN, auto ({graph.backend}, recall {graph.recall:.4f})", seconds, f"id {found.value:.4f}")
    )
    seconds, found = best(lambda: linear_dimension(z), repeat)
    return [*rows, ("LID", seconds, f"lid {found.value:.0f}")]


def peers(z: np.ndarray, python: str, repeat: int) -> list[Row]:
    """The same from dadapy and scikit-dimension, run by the interpreter of their own environment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "z.npy"
        np.save(path, z)
        command = [python, "-m", "benchmarks.peers", "--speed", str(path), str(repeat)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return [
        (name, row["seconds"], f"id {row['id']:.4f}, version {row['version']}") for name, row in found.items()
    ]


def from_the_graph(z: np.ndarray, labels: np.ndarray, repeat: int) -> list[Row]:
    """What pages and the worker ask for once the graph is stored."""
    seconds, graph = best(lambda: neighbor_graph(z, m=15), repeat)
    rows = [(f"graph, M 15 ({graph.backend})", seconds, f"recall {graph.recall:.4f}")]
    same = same_label(graph.indices, labels)
    masks = split(graph.distances, Thresholds())
    centers = k_means(z, 10).centers
    frozen = reference(z, graph=graph)

    def live() -> Any:
        return live_scores(z, graph, clusters=10, labels=labels, previous_centers=centers)

    calls: dict[str, Callable[[], Any]] = {
        "TwoNN from the graph": lambda: two_nn(graph),
        "Gride from the graph": lambda: gride(graph.distances),
        "local dimension": lambda: local_dimension(graph.distances),
        "split, exact counts": lambda: split_scores(graph, Thresholds(), same=same),
        "threshold table 256 x 256, M 5": lambda: threshold_table(graph, m=5, same=same),
        "threshold table 256 x 256, M 15": lambda: threshold_table(graph, m=15, same=same),
        "neighbor centroids, M 5": lambda: neighbor_centroids(z, graph.indices[:, :5], masks.reliable),
        "live scores": live,
        "twist scores": lambda: twist_scores(frozen, z, graph=graph),
    }
    return rows + [(name, best(call, repeat)[0], "") for name, call in calls.items()]


def on_the_gpu(z: np.ndarray, repeat: int) -> list[Row]:
    """Neighbors by the torch engine, and TwoNN end to end with it."""
    import torch

    from models.neighbors import nearest, torch_neighbor_graph

    if not torch.cuda.is_available():
        raise SystemExit("--gpu needs a CUDA device; torch sees none.")
    name = torch.cuda.get_device_name()
    data = torch.from_numpy(z).cuda()

    def search() -> None:
        nearest(data, m=15)
        torch.cuda.synchronize()

    search()  # the first call loads kernels
    seconds, _ = best(search, max(repeat, 5))
    total, found = best(lambda: two_nn(torch_neighbor_graph(torch.from_numpy(z).cuda(), m=2)), max(repeat, 5))
    return [
        (f"exact k-NN, M 15, {name}", seconds, ""),
        (f"TwoNN end to end, {name}", total, f"id {found.value:.4f}"),
    ]


def growth(sizes: list[int], seconds: list[float]) -> float:
    """Exponent of n in a fit of log seconds on log n."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 70_000])
    parser.add_argument("--dims", type=int, nargs="+", default=[10, 64], choices=SHEETS)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", help="python of the environment that holds dadapy and scikit-dimension")
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--csv", help="append the rows to this file, with device, load, date and versions")
    return parser.parse_args()


def machine() -> dict[str, str]:
    """What a row has to say about where and when it was measured."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        processor = f"{len(names)} x {names[0]}" if names else processor
    packages = ("numpy", "scipy", "scikit-learn", "faiss-cpu")
    versions = " ".join(f"{name} {version(name)}" for name in packages)
    return {
        "date": time.strftime("%Y-%m-%d"),
        "device": processor,
        "load": f"{os.getloadavg()[0]:.2f}",
        "versions": f"python {platform.python_version()} {versions}",
    }


def store(path: Path, rows: list[Row], **about: Any) -> None:
    """Append rows to a CSV file."""
    fresh = not path.exists()
    with open(path, "a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["what", "seconds", "note", *about])
        writer.writerows([name, f"{seconds:.6f}", note, *about.values()] for name, seconds, note in rows)


def measured(n: int, d: int, options: argparse.Namespace) -> list[Row]:
    """Everything about one array."""
    z, labels = manifolds(n, d=d, dimension=SHEETS[d])
    repeat = options.repeat if n < 300_000 else 1
    rows = end_to_end(z, repeat) + from_the_graph(z, labels, repeat)
    rows += peers(z, options.peers, repeat) if options.peers else []
    return rows + (on_the_gpu(z, repeat) if options.gpu else [])


def main() -> None:
    """Run and print."""
    options = arguments()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    for d in options.dims:
        timed: dict[str, list[tuple[int, float]]] = {}
        for n in options.sizes:
            about = {"n": n, "d": d, "threads": options.threads, **machine()}
            rows = measured(n, d, options)
            if options.csv:
                store(Path(options.csv), rows, **about)
            print(f"\nn {n:,}, d {d}, {options.threads} threads, load before {about['load']}")
            for name, seconds, note in rows:
                print(f"  {name:55s} {1e3 * seconds:12.2f} ms  {note}", flush=True)
                timed.setdefault(name.partition(" (")[0], []).append((n, seconds))
        if len(options.sizes) > 1:
            print(f"\ngrowth with n at d {d}: seconds ~ n^a")
            for name, points in timed.items():
                print(f"  {name:55s} a = {growth([n for n, _ in points], [s for _, s in points]):.2f}")


if __name__ == "__main__":
    main()
