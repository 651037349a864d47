"""A store, latents as another program would leave them, and a run imported from them."""

from pathlib import Path

import numpy as np
import pytest

from dcviz.exchange.intake import import_latents
from dcviz.exchange.latents import incoming
from dcviz.runs import Run, RunStore


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def latents() -> np.ndarray:
    """(3, 60, 3): three groups that move apart over three epochs."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(3, 3)) * 8
    noise = rng.normal(size=(60, 3))
    groups = np.arange(60) % 3
    return np.stack([centers[groups] * epoch + noise for epoch in (1, 2, 3)]).astype(np.float32)


@pytest.fixture
def names() -> np.ndarray:
    """(60,) classes by name, those of the three groups."""
    return np.array(["ant", "bee", "cat"])[np.arange(60) % 3]


@pytest.fixture
def folder(tmp_path: Path, latents: np.ndarray, names: np.ndarray) -> Path:
    """One .npy an epoch and labels.npy."""
    place = tmp_path / "from-elsewhere"
    place.mkdir()
    for epoch, z in zip((1, 2, 10), latents, strict=True):
        np.save(place / f"{epoch:05d}.npy", z)
    np.save(place / "labels.npy", names)
    return place


@pytest.fixture
def run(store: RunStore, folder: Path) -> Run:
    return import_latents(incoming(folder), store)
