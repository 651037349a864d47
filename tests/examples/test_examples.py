"""The examples run as printed, and what they record is a run with every epoch."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from dcviz.runs import RunStore

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("module", "package", "run"),
    [
        ("plain_pytorch", "torch", "plain-pytorch"),
        ("lightning_callback", "lightning", "lightning"),
        ("scikit_learn", "sklearn", "scikit-learn"),
    ],
)
def test_an_example_leaves_a_run(tmp_path, module, package, run) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    code = f"import examples.{module} as example; example.main(epochs=3)"
    environment = {**os.environ, "DCVIZ_RUNS": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    recorded = RunStore(tmp_path).by_id(run)
    assert [epoch.epoch for epoch in recorded.epochs()] == [1, 2, 3]
    assert recorded.status()["state"] == "finished"
    losses = [next(iter(epoch.losses.values())) for epoch in recorded.epochs()]
    assert losses[2] < losses[0]
    scores = recorded.epochs()[-1].scores
    assert scores["acc"] > scores["majority"]
