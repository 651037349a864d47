"""UMAP only on request: nothing before it was computed, then whatever is ready."""

import json

import numpy as np
import pytest

from dcviz.runs.errors import RunError
from dcviz.runs.files import write_array
from dcviz.viewer import umap_cache, umap_fit
from dcviz.viewer.resources import NotThereError, answer
from tests.viewer.conftest import write_run


@pytest.fixture
def run(served, tmp_path, monkeypatch):
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "cache"))
    return served.by_id("deep")


def test_before_it_is_computed_the_projection_does_not_exist(run, served):
    with pytest.raises(NotThereError, match="not computed yet"):
        answer(served, "run/deep/index.json", {"projection": "umap"})
    with pytest.raises(RunError, match="not computed yet"):
        umap_cache.layout(run, "00001")
    assert json.loads(answer(served, "run/deep/index.json", {}).body)["has"]["umap"] is False


def test_ready_layouts_are_served_epoch_by_epoch(tmp_path, monkeypatch):
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "cache"))
    run = write_run(tmp_path / "runs", "fresh", n=60, d=3)
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))
    from dcviz.runs.store import default_store

    store = default_store()
    rng = np.random.default_rng(0)
    for key in ("00003", "00006"):
        write_array(umap_cache.folder(run) / f"{key}.npy", rng.normal(size=(60, 2)).astype(np.float32))
    index = json.loads(answer(store, "run/fresh/index.json", {"projection": "umap"}).body)
    assert [epoch["key"] for epoch in index["epochs"]] == ["00003", "00006"]
    assert "distances" in index["projection"]["note"]
    assert answer(store, f"run/fresh/frame/{index['version']}/00006", {}).body[:4] == b"DCVF"
    with pytest.raises(NotThereError):
        answer(store, f"run/fresh/frame/{index['version']}/00001", {})


def test_the_cost_is_told_before(run):
    assert umap_cache.seconds(70_000, 100) > 3600
    assert umap_cache.seconds(1200, 10) < 120


@pytest.mark.slow
def test_umap_places_every_epoch(tmp_path, monkeypatch):
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "cache"))
    run = write_run(tmp_path / "runs", "fresh", n=90, d=4, epochs=5)
    umap_fit.compute(run)
    assert umap_cache.ready(run) == {f"{k:05d}" for k in range(5)}
    assert umap_cache.layout(run, "00003").shape == (90, 2)
