"""Large arrays of a run are mapped, and are the same numbers."""

from pathlib import Path

import numpy as np
import pytest

from dcviz.runs import mapped
from dcviz.runs.errors import RunError
from dcviz.runs.files import read_array, read_arrays, write_array, write_arrays


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "MAPPED_BYTES", 1000)


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "indices": rng.integers(0, 99, (500, 15), dtype=np.int32),
        "distances": rng.random((500, 15), np.float32),
        "turned": np.asfortranarray(rng.random((40, 30))),
        "backend": np.asarray("kdtree"),
    }


def test_large_members_are_mapped_and_equal(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    write_arrays(tmp_path / "a.npz", arrays)
    found = read_arrays(tmp_path / "a.npz")
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    assert [name for name, array in found.items() if isinstance(array, np.memmap)] == [
        "indices", "distances", "turned"
    ]  # fmt: skip
    with pytest.raises(ValueError, match="read-only"):
        found["indices"][0] = 1


def test_a_large_file_is_mapped_and_equal(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    write_array(tmp_path / "z.npy", arrays["distances"])
    found = read_array(tmp_path / "z.npy")
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, arrays["distances"])


def test_compressed_members_are_read(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    found = read_arrays(tmp_path / "a.npz", ("indices",))
    assert not isinstance(found["indices"], np.memmap)
    np.testing.assert_array_equal(found["indices"], arrays["indices"])


def test_objects_and_cut_files_are_refused(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    objects = np.empty(2000, object)
    np.savez(tmp_path / "o.npz", objects=objects)
    with pytest.raises(RunError, match="objects"):
        read_arrays(tmp_path / "o.npz")
    write_array(tmp_path / "z.npy", arrays["distances"])
    whole = (tmp_path / "z.npy").read_bytes()
    (tmp_path / "z.npy").write_bytes(whole[:5000])
    with pytest.raises(RunError, match="cannot be read"):
        read_array(tmp_path / "z.npy")
