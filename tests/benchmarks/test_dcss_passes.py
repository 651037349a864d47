"""The ways through a batch that are timed against each other lead to the same weights."""

import pytest

pytest.importorskip("torch")

import torch

from benchmarks import dcss_passes
from benchmarks.dcss_passes import WAYS, phase_of


@pytest.mark.parametrize(("one", "other"), [("runs", "runs, p apart"), ("all, one pass", "all, K passes")])
def test_ways_agree(monkeypatch, one, other):
    monkeypatch.setattr(dcss_passes, "N", 60)
    weights = []
    for name in (one, other):
        variant, way = WAYS[name]
        torch.manual_seed(0)
        phase = phase_of(variant, network="mlp", device="cpu")
        phase.tensors["centers"].copy_(torch.randn(phase.tensors["centers"].shape))
        start = [p.detach().clone() for p in phase.parameters()]
        way(phase, torch.arange(40))
        weights.append([p.detach() - s for p, s in zip(phase.parameters(), start, strict=True)])
    for a, b in zip(*weights, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-7)
    assert max(float(a.abs().max()) for a in weights[0]) > 1e-6
