"""The clock that is handed to ClustPy, on a stand-in for it: ClustPy itself is no requirement."""

from types import SimpleNamespace

import numpy as np
import torch

from benchmarks import clustpy_speed
from benchmarks.clustpy_speed import Clock, milliseconds

BATCH, BATCHES = 50, 3
PRETRAINING, WARMING, STEADY = 5.0, 0.5, 0.002
"""Seconds of an iteration in pretraining, in the first epoch of clustering and in those after it."""


class StandIn:
    """Fits as ClustPy does: one optimizer for pretraining, then one for clustering."""

    def __init__(self, **asked):
        self.asked = asked
        StandIn.last = self

    def fit(self, x):
        weight = torch.nn.Parameter(torch.zeros(1))
        for phase in ("pretrain", "clustering"):
            optimizer = self.asked["optimizer_class"]([weight], lr=1e-3)
            for epoch in range(self.asked[f"{phase}_epochs"]):
                for _ in range(-(-len(x) // BATCH)):
                    StandIn.now += PRETRAINING if phase == "pretrain" else (STEADY if epoch else WARMING)
                    weight.grad = torch.ones(1)
                    optimizer.step()
        raise AssertionError("what follows the fit would take its time for nothing")


def test_only_the_clustering_phase_counts_without_its_first_epoch(monkeypatch):
    StandIn.now = 0.0
    monkeypatch.setattr(clustpy_speed, "time", SimpleNamespace(perf_counter=lambda: StandIn.now))
    x = np.zeros((BATCHES * BATCH - 1, 4), np.float32)
    found = milliseconds(
        StandIn, object, x, batch=BATCH, starts={"n_init": 1}, epochs=2, device=torch.device("cpu")
    )
    np.testing.assert_allclose(found, 1000 * STEADY)
    assert len(Clock.running.marks) == 3 * BATCHES
    assert StandIn.last.asked["initial_clustering_params"] == {"n_init": 1}
    assert StandIn.last.asked["batch_size"] == BATCH
