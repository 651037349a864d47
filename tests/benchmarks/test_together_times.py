"""What trainings as one cost is timed between snapshots, and a snapshot apart from it."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import together
from benchmarks.rows import rows_of
from dcviz.data.dataset import Dataset
from models.loop import Training

POINTS, BATCH, BATCHES = 50, 20, 3
SNAPSHOT, SHUFFLE, ITERATION = 10.0, 0.5, 0.001
"""Seconds on a clock that nothing else moves."""


@pytest.fixture
def points():
    x = np.random.default_rng(0).normal(size=(POINTS, 2)).astype(np.float32)
    return Dataset(name="points", x=x, scale=1.0, labels=None, image_shape=None, class_names=(), clusters=3,
                   position=None, note="")  # fmt: skip


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on only in batches, shuffles and snapshots."""
    now = [0.0]

    def slowed(name, seconds):
        plain = getattr(Training, name)

        def call(self, *args, **options):
            now[0] += seconds
            return plain(self, *args, **options)

        monkeypatch.setattr(Training, name, call)

    for name, seconds in (("snapshot", SNAPSHOT), ("order", SHUFFLE), ("one_batch", ITERATION)):
        slowed(name, seconds)
    monkeypatch.setattr(together, "time", SimpleNamespace(perf_counter=lambda: now[0]))


@pytest.mark.parametrize("as_one", [True, False])
@pytest.mark.parametrize(("method", "phase", "count"), [("autoencoder", 0, 1), ("rdc", 0, 2), ("dec", 1, 2)])
def test_a_snapshot_is_told_apart_from_the_epoch(points, clock, method, phase, count, as_one):
    plain, kept = together.milliseconds(
        points, method, phase, count, as_one=as_one, device="cpu", network="mlp", batch_size=BATCH
    )
    round_ = 1e3 * count * (ITERATION + SHUFFLE / BATCHES)
    assert plain == pytest.approx(round_)
    assert kept == pytest.approx(round_ + 1e3 * count * SNAPSHOT / BATCHES)


def test_rows_say_which_epochs_were_timed(points, clock, monkeypatch, tmp_path):
    monkeypatch.setattr(together, "load", lambda name: points)
    out = tmp_path / "table.csv"
    line = "together --device cpu --models 2 --methods autoencoder --network mlp --out"
    monkeypatch.setattr("sys.argv", [*line.split(), str(out)])
    together.main()
    rows = {row["what"]: row for row in rows_of(out)}
    name = "autoencoder reconstruction, "
    assert rows[f"{name}2 as one"]["epochs"] == "without a snapshot"
    assert rows[f"{name}2 as one, a snapshot each epoch"]["epochs"] == "with a snapshot"
    assert float(rows[f"{name}2 as one, times one"]["value"]) == pytest.approx(2)
