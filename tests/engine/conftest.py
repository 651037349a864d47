"""Small trainings: four arcs of 120 points, three epochs a phase; and the places to train them."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dcviz.engine.keeper import LOCK
from dcviz.engine.place import Place, keep_place
from dcviz.engine.request import prepare, wish
from dcviz.runs import Run, RunStore
from dcviz.runs.lock import is_locked

SHORT = {"pretrain_epochs": 3, "finetune_epochs": 3}
ENGINES = ("local", "slurm without a cluster", "slurm", "ray")
NEEDS_A_CLUSTER = ("slurm", "ray")
PATIENCE = 180  # seconds; two busy cores start a worker slowly, a cluster more so
RAY_PORT, DASHBOARD_PORT = 8690, 8691


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DCVIZ_DATA", str(tmp_path / "data"))
    yield
    lock = tmp_path / "runs" / LOCK
    if is_locked(lock):
        os.kill(int(lock.read_text()), signal.SIGKILL)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


@pytest.fixture
def new_run(store: RunStore) -> Callable[..., Run]:
    """Make a run folder that waits for a worker."""

    def make(
        method: str = "rdc", *, n: int = 120, every: int = 1, checkpoint_every: int = 1,
        place: Place | None = None, **choices: Any,
    ) -> Run:  # fmt: skip
        settings = {**SHORT, **choices.pop("settings", {})}
        if method == "autoencoder":
            settings.pop("finetune_epochs")
        schedule = {"every": every, "checkpoint_every": checkpoint_every}
        dataset, options = choices.pop("dataset", "arcs"), choices.pop("dataset_options", {"n": n})
        request = wish(
            method, dataset, settings=settings, schedule=schedule, dataset_options=options, **choices
        )
        run = prepare(request, store=store)
        if place is not None:
            keep_place(run, place)
        return run

    return make


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait for a state of the world, never for a time."""

    def wait(condition: Callable[[], object], say: Callable[[], object] = lambda: "waited in vain") -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, say()
            time.sleep(0.02)

    return wait


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.engines] * (name in NEEDS_A_CLUSTER))
                        for name in ENGINES])  # fmt: skip
def place(request: pytest.FixtureRequest) -> Place:
    """A place of each engine; where there is none the test is skipped and says why."""
    if request.param == "local":
        return Place()
    if request.param == "slurm without a cluster":
        pytest.importorskip("submitit", reason="submitit is not installed: pip install -r requirements.txt")
        return Place("slurm", address="local")
    return request.getfixturevalue(f"{request.param}_place")


@pytest.fixture
def slurm_place() -> Place:
    """The Slurm cluster that answers here."""
    pytest.importorskip("submitit", reason="submitit is not installed: pip install -r requirements.txt")
    if not shutil.which("sinfo") or subprocess.run(["sinfo"], capture_output=True, check=False).returncode:
        pytest.skip("no Slurm answers here; tests/engine/slurm/start.sh starts one on loopback")
    return Place("slurm", options={"time": "10"})


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[Any]:
    """A head that trains nothing and a second node of two cores, as processes of their own on loopback."""
    pytest.importorskip("ray", reason="ray is not installed: make test-engines")
    os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 80 * 2**20}
    cluster = Cluster(
        initialize_head=True,
        head_node_args={"gcs_server_port": RAY_PORT, "dashboard_port": DASHBOARD_PORT,
                        "include_dashboard": True, "num_cpus": 0, **small},
    )  # fmt: skip
    cluster.add_node(num_cpus=2, **small)
    yield cluster
    cluster.shutdown()


@pytest.fixture
def ray_place(ray_cluster: Any) -> Place:
    """The cluster that the test has started."""
    return Place("ray", address=f"http://127.0.0.1:{DASHBOARD_PORT}")
