"""While data come from afar the run says so, and how much has come."""

import hashlib

import numpy as np
import pytest

from dcviz.engine.worker import Listener, work


@pytest.mark.parametrize("terminal", [False, True])
def test_a_download_is_told_as_it_comes(new_run, tmp_path, monkeypatch, capsys, terminal: bool) -> None:
    rng, parts = np.random.default_rng(0), {}
    for split, n in (("train", 1000), ("val", 10), ("test", 10)):
        parts[f"{split}_images"] = rng.integers(0, 256, (n, 28, 28)).astype(np.uint8)
        parts[f"{split}_labels"] = (np.arange(n) % 2).reshape(n, 1).astype(np.uint8)
    file = tmp_path / "there.npz"
    np.savez(file, **parts)
    monkeypatch.setenv("DCVIZ_DATA", str(tmp_path / "data"))
    where = (file.as_uri(), hashlib.md5(file.read_bytes()).hexdigest())
    monkeypatch.setattr("dcviz.data.medical._published", lambda *names: where)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    run, told = new_run("autoencoder", dataset="breastmnist", dataset_options={}), []
    listener = Listener(lambda status: told.append(status["message"]))
    work(run, listener=listener, fit=lambda *given, **named: iter(()))
    coming = [text for text in told if text.startswith("downloading")]
    assert len(coming) == 4  # 800 kB in parts of 256
    assert (coming[0], coming[-1]) == (
        "downloading breastmnist.npz: 0.3 of 0.8 MB", "downloading breastmnist.npz: 0.8 of 0.8 MB",
    )  # fmt: skip
    lines = "breastmnist.npz: 100% of 0.8 MB" in capsys.readouterr().err
    assert lines is not terminal  # there the progress bar of the command shows the message
