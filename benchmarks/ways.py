"""Does a first phase end alike however it is computed? `python -m benchmarks.ways mnist [--ways alone ...]`.

alone:         each seed by itself, as `fit` trains it.
turn by turn:  seeds take turns batch by batch, each on a stream of its own.
as one:        the batches of all seeds computed as one.

One row a look and number: named losses (means over the epoch), and agreement of k-means with the labels, at
every look or, with --scores last, at the end alone. The file also runs from within an older state of the
project, which is how two generations of rows are compared.
"""

from __future__ import annotations

import argparse
import functools
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rows import append
from benchmarks.side_by_side import Bench, agreement_of, bench, device_name
from dcviz.data import load
from models.snapshot import Snapshot

WAYS = ("alone", "turn by turn", "as one")
RESULTS = Path(__file__).parent / "results" / "ways.csv"
SCORES = ("acc", "nmi")


def looked(
    on: Bench, method: str, settings: Any, seeds: Sequence[int], *, every: int, scores: str
) -> Iterator[tuple[int, Snapshot, Future[Any] | None]]:
    """Train the first phase of seeds together; seed, snapshot and its coming scores at every look."""
    seen: list[tuple[int, Snapshot, Future[Any] | None]] = []

    def look(seed: int, snapshot: Snapshot) -> None:
        coming, labels = None, on.data.labels
        if scores == "every" or snapshot.epoch == settings.pretrain_epochs:
            coming = on.pool.submit(agreement_of, snapshot.latents, None, labels, settings.clusters, seed)
        losses = {**snapshot.losses, "participation_ratio": participation_ratio(snapshot.latents)}
        kept = replace(snapshot, latents=snapshot.latents[:0], checkpoint=None, losses=losses)
        seen.append((seed, kept, coming))

    on.first_phases(method, settings, seeds, every=every, watch=look)
    yield from seen


def participation_ratio(z: np.ndarray) -> float:
    """How many directions the latents fill: (sum of eigenvalues)^2 / sum of squares, of their covariance."""
    spread = np.linalg.eigvalsh(np.cov(z.T))
    return float(spread.sum() ** 2 / np.square(spread).sum())


def rows_of(
    on: Bench, method: str, settings: Any, seeds: Sequence[int], **looks: Any
) -> Iterator[dict[str, Any]]:
    """Rows of one way, when its trainings have ended."""
    for seed, snapshot, coming in looked(on, method, settings, seeds, **looks):
        agreed = coming.result() if coming else {}
        found = {**snapshot.losses, **{name: agreed[name] for name in SCORES if name in agreed}}
        for what, value in found.items():
            yield {"seed": seed, "epoch": snapshot.epoch, "what": what, "value": f"{value:.6g}"}
        if snapshot.epoch == settings.pretrain_epochs:
            print(f"{on.data.name} seed {seed}: {found}", flush=True)


@contextmanager
def computed(way: str) -> Iterator[None]:
    """Have trainings side by side compute this way inside; older states of the project only take turns."""
    from models import together

    plain = together.fit_together
    if "as_one" in (plain.__kwdefaults__ or {}):
        together.fit_together = functools.partial(plain, as_one=way == "as one")
    try:
        yield
    finally:
        together.fit_together = plain


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ways", description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--method", default="rdc")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--every", type=int, default=40, help="epochs between two looks")
    parser.add_argument("--scores", choices=("every", "last"), default="every")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--code", default="today", help="which state of the project this is, for the table")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    data, own = load(given.dataset), dict(each.split("=", 1) for each in given.set)
    for way in given.ways:
        groups = [[seed] for seed in given.seeds] if way == "alone" else [given.seeds]
        fixed = {"method": given.method, "dataset": data.name, "code": given.code,
                 "way": ", ".join([way, *given.set]), "device": device_name(given.device),
                 "date": datetime.now(UTC).date().isoformat()}  # fmt: skip
        for seeds in groups:
            with computed(way), tempfile.TemporaryDirectory() as folder, \
                    bench(data, device=given.device, keep=Path(folder)) as on:  # fmt: skip
                settings = on.settings(given.method, **own)
                looks = {"every": given.every, "scores": given.scores}
                found = rows_of(on, given.method, settings, seeds, **looks)
                rows = [{**fixed, **row} for row in found]
            append(given.out, rows)


if __name__ == "__main__":
    main()
