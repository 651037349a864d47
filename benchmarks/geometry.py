"""Print how long the geometry takes, beside the peers, and how it grows with n; the rows are kept.

    python -m benchmarks.geometry --peers .peers/bin/python     # 2 threads; 10k, 70k, 300k; d 10 and 64
    python -m benchmarks.geometry --sizes 70000 --dims 10             # a part of it
    python -m benchmarks.geometry --gpu                              # the torch engine on CUDA, nothing else
    python -m benchmarks.geometry --gpu --knn-variants               # which search is quickest there

Every row is appended to benchmarks/results/geometry.csv (or geometry_gpu.csv) when it is measured, with date,
device, load and versions; a second call goes on with what is missing, --again measures anew. The environment
of the peers is described in benchmarks/peers.py. Arrays are latent-like: 10 curved sheets of dimension 5
(d = 10) or 10 (d = 64). Times are wall seconds, the best of 3 unless one run takes over 5 s.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.geometry_report import predicted, print_against, print_growth, print_targets
from benchmarks.shapes import SHEETS, manifolds
from benchmarks.stopwatch import Record, best, processor, read
from dcviz.geometry.clusters import k_means
from dcviz.geometry.dimension import gride, linear_dimension, local_dimension, two_nn
from dcviz.geometry.filters import Thresholds, neighbor_centroids, split
from dcviz.geometry.full import full_scores
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.purity import same_label, split_scores
from dcviz.geometry.reference import reference
from dcviz.geometry.scores import live_scores
from dcviz.geometry.table import threshold_table
from dcviz.geometry.twist_scores import twist_scores

RESULTS = Path(__file__).parent / "results"
PEERS = ("dadapy maxk=3", "dadapy default", "scikit-dimension TwoNN", "scikit-dimension lPCA")
FULL = 5_000
"""Points of the full set of scores, as many as the page takes."""
Task = tuple[str, Callable[[], Any], Callable[[Any], str]]


class Case:
    """One array and what is made from it once."""

    def __init__(self, n: int, d: int):
        self.n, self.d = n, d
        self.z, self.labels = manifolds(n, d=d, dimension=SHEETS[d])

    @cached_property
    def graph(self) -> Any:
        return neighbor_graph(self.z, m=15)

    @cached_property
    def same(self) -> np.ndarray:
        return same_label(self.graph.indices, self.labels)

    @cached_property
    def centers(self) -> np.ndarray:
        """Of an epoch before: every coordinate has moved by a twentieth of its spread since."""
        moved = np.random.default_rng(1).standard_normal(self.z.shape) * self.z.std(0) / 20
        return k_means(self.z + moved, 10).centers

    @cached_property
    def frozen(self) -> Any:
        return reference(self.z, graph=self.graph)

    def tasks(self) -> Iterator[Task]:
        """Everything that is measured about ours: name, call, and what to note about its result."""
        z, nothing = self.z, lambda found: ""
        if self.d <= 16:
            yield "TwoNN, exact k-d tree", lambda: two_nn(neighbor_graph(z, m=2, backend="kdtree")), dimension
        yield "TwoNN, auto", lambda: with_graph(neighbor_graph(z, m=2)), engine_and_dimension
        yield "LID", lambda: linear_dimension(z), lambda found: f"lid {found.value:.0f}"
        yield "graph, M 15", self.search, engine
        yield "TwoNN from the graph", lambda: two_nn(self.graph), dimension
        yield "Gride from the graph", lambda: gride(self.graph.distances), nothing
        yield "local dimension", lambda: local_dimension(self.graph.distances), nothing
        yield "thresholds, exact counts", self.split, nothing
        yield "threshold table 256 x 256, M 5", lambda: self.table(5), nothing
        yield "threshold table 256 x 256, M 15", lambda: self.table(15), nothing
        yield "neighbor centroids, M 5", self.centroids, nothing
        yield "live scores", self.live, nothing
        yield "twist scores", lambda: twist_scores(self.frozen, z, graph=self.graph), nothing
        if self.n == 10_000:
            yield f"full set on {FULL:,} points", self.full, parts

    def search(self) -> Any:
        self.graph = neighbor_graph(self.z, m=15)  # what the rest is measured on
        return self.graph

    def split(self) -> Any:
        return split_scores(self.graph, Thresholds(), same=self.same)

    def table(self, m: int) -> Any:
        return threshold_table(self.graph, m=m, same=self.same)

    def centroids(self) -> Any:
        reliable = split(self.graph.distances, Thresholds()).reliable
        return neighbor_centroids(self.z, self.graph.indices[:, :5], reliable)

    def live(self) -> Any:
        return live_scores(self.z, self.graph, clusters=10, labels=self.labels, previous_centers=self.centers)

    def full(self) -> Any:
        return full_scores(self.z[:FULL], clusters=10, labels=self.labels[:FULL])

    def prepare(self) -> None:
        """Make what tasks share before the clock runs."""
        _ = self.same, self.centers, self.frozen


def with_graph(graph: Any) -> tuple[Any, Any]:
    return graph, two_nn(graph)


def dimension(found: Any) -> str:
    return f"id {found.value:.4f}"


def engine(graph: Any) -> str:
    return f"{graph.backend}, recall {graph.recall:.4f}"


def engine_and_dimension(found: tuple[Any, Any]) -> str:
    return f"{engine(found[0])}, {dimension(found[1])}"


def parts(found: dict[str, Any]) -> str:
    return ", ".join(f"{name} {seconds:.2f} s" for name, seconds in found["seconds"].items())


def ours(record: Record, case: Case) -> None:
    """Measure what is missing of one array."""
    for name, call, note in case.tasks():
        if record.has(name, case.n, case.d):
            continue
        if name.partition(",")[0] not in ("TwoNN", "LID", "graph"):
            case.prepare()
        seconds, found = best(call, 3)
        record.add(name, seconds, note(found), n=case.n, d=case.d)


def peers(record: Record, case: Case, python: str, limit: float) -> None:
    """The same from dadapy and scikit-dimension, run by the interpreter of their own environment."""
    names = [name for name in PEERS if not record.has(name, case.n, case.d)]
    for name in list(names):
        expected = predicted(record, name, case.n, case.d)
        if expected is not None and expected > limit:
            print(f"n {case.n:>7,} d {case.d:>2}  {name:48s} left out: would take about {expected:.0f} s")
            names.remove(name)
    if not names:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "z.npy"
        np.save(path, case.z)
        command = [python, "-m", "benchmarks.peers", "--speed", str(path), *names]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            for line in child.stdout or ():
                row = json.loads(line)
                note = f"id {row['id']:.4f}, version {row['version']}"
                record.add(row["what"], row["seconds"], note, n=case.n, d=case.d)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}.")


def on_the_gpu(options: argparse.Namespace) -> None:
    """Neighbors by the torch engine, TwoNN end to end with it, and what the peers took on a processor."""
    from benchmarks.geometry_gpu import device_name, rows, variants

    path = options.out or RESULTS / "geometry_gpu.csv"
    record = Record(path, device=device_name(), threads=options.threads, again=options.again)
    beside = read(RESULTS / "geometry.csv")
    for n in options.sizes:
        for d in options.dims:
            z = manifolds(n, d=d, dimension=SHEETS[d])[0]
            for name, seconds, note in variants(z) if options.knn_variants else rows(z):
                record.add(name, seconds, note, n=n, d=d)
            print_against(record, beside, n, d)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 70_000, 300_000])
    parser.add_argument("--dims", type=int, nargs="+", default=[10, 64], choices=SHEETS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", help="python of the environment that holds dadapy and scikit-dimension")
    parser.add_argument("--limit", type=float, default=120.0, help="leave out peers that would take longer")
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--knn-variants", action="store_true", help="with --gpu: time every way to search")
    parser.add_argument("--out", type=Path, help="file of the rows")
    parser.add_argument("--again", action="store_true", help="measure rows once more that are there")
    return parser.parse_args()


def main() -> None:
    """Run and print."""
    options = arguments()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    if options.gpu or options.knn_variants:
        on_the_gpu(options)
        return
    path = options.out or RESULTS / "geometry.csv"
    record = Record(path, device=processor(), threads=options.threads, again=options.again)
    start = time.perf_counter()
    for n in options.sizes:
        for d in options.dims:
            case = Case(n, d)
            ours(record, case)
            if options.peers:
                peers(record, case, options.peers, options.limit)
            print(f"-- {time.perf_counter() - start:.0f} s so far, load {os.getloadavg()[0]:.2f}", flush=True)
    print_growth(record)
    print_targets(record)


if __name__ == "__main__":
    main()
