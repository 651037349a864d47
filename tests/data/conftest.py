"""Folders of their own for every data test: no test reads or writes the real cache."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    """DCVIZ_DATA and DCVIZ_CACHE in an empty folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("DCVIZ_DATA", str(folder))
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def read_only(monkeypatch, data_folder):
    """Make the data folder look unwritable; permissions would not stop root."""
    from dcviz.data import paths

    can_write = paths._can_write
    monkeypatch.setattr(paths, "_can_write", lambda folder: folder != data_folder and can_write(folder))


@pytest.fixture
def no_network(monkeypatch):
    """Every address fails as without a network."""
    from urllib.error import URLError

    from dcviz.data import download

    def refuse(request, timeout):
        raise URLError("Temporary failure in name resolution")

    monkeypatch.setattr(download.urllib.request, "urlopen", refuse)


@pytest.fixture
def rng():
    return np.random.default_rng(0)
