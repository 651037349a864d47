"""Two processes that share each batch train as one process does with the whole of it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from models.several import Ranks
from tests.models.several_ranks import METHODS

ROOT = Path(__file__).resolve().parents[2]
ALONE = [sys.executable, "-m"]
TOGETHER = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
RELATIVE = 1e-4
"""Sums run in another order: 1.6e-5 was seen after twelve steps of Adam in float32."""


def train(launch: list[str], folder: Path) -> None:
    folder.mkdir()
    command = [*launch, "tests.models.several_ranks", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]


def test_two_processes_have_the_losses_of_one(tmp_path) -> None:
    train(ALONE, tmp_path / "alone")
    train(TOGETHER, tmp_path / "shared")
    for method in METHODS:
        alone, shared = (np.load(tmp_path / each / f"{method}.npz") for each in ("alone", "shared"))
        np.testing.assert_allclose(shared["losses"], alone["losses"], rtol=RELATIVE)
        assert shared["apart"] == 0  # both ranks hold the very same weights
        assert len(shared["weights"]) > 10_000


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(ValueError, match="choose a multiple of 2"):
        Ranks(0, 2).share(torch.zeros(10, 3))


def test_each_rank_gets_its_rows_of_both_views() -> None:
    views = torch.arange(8.0)[:, None]
    assert Ranks(1, 2).share(views).flatten().tolist() == [2, 3, 6, 7]
