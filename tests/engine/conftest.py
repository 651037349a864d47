"""Small trainings: four arcs of 120 points, three epochs a phase."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcviz.engine.request import prepare, wish
from dcviz.runs import Run, RunStore

SHORT = {"pretrain_epochs": 3, "finetune_epochs": 3}


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DCVIZ_DATA", str(tmp_path / "data"))


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def new_run(store: RunStore) -> Callable[..., Run]:
    """Make a run folder that waits for a worker."""

    def make(
        method: str = "rdc", *, n: int = 120, every: int = 1, checkpoint_every: int = 1, **choices: Any
    ) -> Run:
        settings = {**SHORT, **choices.pop("settings", {})}
        if method == "autoencoder":
            settings.pop("finetune_epochs")
        schedule = {"every": every, "checkpoint_every": checkpoint_every}
        dataset, options = choices.pop("dataset", "arcs"), choices.pop("dataset_options", {"n": n})
        request = wish(
            method, dataset, settings=settings, schedule=schedule, dataset_options=options, **choices
        )
        return prepare(request, store=store)

    return make
