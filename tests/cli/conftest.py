"""Runs a command in this process; one training, made by the command itself, for all tests."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcviz.__main__ import main

SHORT = ["--set", "pretrain_epochs=3", "--set", "finetune_epochs=2", "--data", "n=120"]


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(autouse=True)
def _folders(home: Path, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_RUNS", str(home / "runs"))
    monkeypatch.setenv("DCVIZ_CACHE", str(home / "cache"))
    monkeypatch.setenv("DCVIZ_DATA", str(home / "data"))


@pytest.fixture
def dcviz(capsys):
    """Run a command in this process: exit code, stdout, stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture(scope="session")
def trained(home: Path) -> dict:
    """One run trained by the command itself, in a process of its own, with its output in a pipe."""
    command = [sys.executable, "-m", "dcviz", "train", "rdc", "arcs", *SHORT, "--seed", "3", "--json"]
    environment = {
        "DCVIZ_RUNS": str(home / "runs"),
        "DCVIZ_CACHE": str(home / "cache"),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return {**json.loads(done.stdout), "stderr": done.stderr}


@pytest.fixture
def strict():
    """Reads JSON as the standard knows it: NaN and Infinity are no values."""

    def refuse(word: str):
        raise AssertionError(f"{word} is no JSON")

    return lambda text: json.loads(text, parse_constant=refuse)


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """300 points of a plane in four dimensions."""
    rng = np.random.default_rng(0)
    np.save(tmp_path / "z.npy", rng.normal(size=(300, 2)) @ rng.normal(size=(2, 4)))
    (tmp_path / "y.txt").write_text("\n".join(["cat", "dog", "cat"] * 100))
    return tmp_path / "z.npy"
