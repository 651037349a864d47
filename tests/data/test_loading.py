import numpy as np
import pytest

from dcviz.data import DataError, Dataset, load
from dcviz.data.paths import shown


def test_digits_are_the_packaged_ones():
    data = load("digits")
    assert data.x.shape == (1797, 64)
    assert data.x.dtype == np.uint8
    assert data.x.max() * data.scale == 1.0
    assert data.image_shape == (1, 8, 8)
    assert np.bincount(data.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_unknown_name_lists_ids_and_near_ones():
    with pytest.raises(DataError, match=r"'fashion-mnist' is neither.*Did you mean fashionmnist.*\.csv"):
        load("fashion-mnist")


def test_options_may_come_as_text():
    assert load("moons", n="100", noise="0.2").n == 100


@pytest.mark.parametrize(("options", "says"), [
    ({"size": 28}, "no option 'size'; its options: n, noise, seed"),
    ({"n": "many"}, "n must be of type int, got 'many'"),
    ({"n": 12.5}, "n must be of type int, got 12.5"),
    ({"n": 5}, r"n must lie in \[10, 200000\], got 5"),
    ({"noise": float("nan")}, "noise must lie in .* got nan"),
    ({"seed": float("inf")}, "seed must be of type int, got inf"),
])  # fmt: skip
def test_bad_options_are_refused_with_their_value(options, says):
    with pytest.raises(DataError, match=says):
        load("arcs", **options)


def test_size_must_be_offered():
    with pytest.raises(DataError, match=r"size must be one of 28, 64, got 128"):
        load("vesselmnist3d", size=128)


def _save(folder, name="mine.npz", **arrays):
    folder.mkdir(exist_ok=True)
    np.savez(folder / name, **arrays)


def test_prepared_file_comes_first(data_folder, rng, no_network):
    x = rng.integers(0, 256, (30, 32, 32, 3), np.uint8)
    _save(data_folder / "cifar10", x=x, y=np.arange(30) % 10)
    data = load("cifar10")
    assert data.name == "cifar10"
    assert data.x.dtype == np.uint8
    assert data.image_shape == (3, 32, 32)
    np.testing.assert_array_equal(data.x.reshape(30, 3, 32, 32)[4, 1], x[4, :, :, 1])
    assert data.class_names[3] == "cat"
    assert "30 samples as found in mine.npz; the full set has 60,000" in data.note


def test_flat_rows_of_a_picture_set_are_pictures(data_folder, rng):
    _save(data_folder / "mnist", x=rng.integers(0, 200, (20, 784), np.uint8), y=np.arange(20) % 10)
    data = load("mnist")
    assert data.image_shape == (1, 28, 28)
    assert data.scale == 1 / 255


def test_prepared_file_in_the_cache_is_found(tmp_path, rng):
    (tmp_path / "elsewhere" / "data").mkdir(parents=True)
    _save(tmp_path / "elsewhere" / "data" / "usps", x=rng.random((12, 16, 16)), y=np.arange(12) % 10)
    assert load("usps", cache=tmp_path / "elsewhere").n == 12


def test_two_prepared_files_are_refused(data_folder, rng):
    for name in ("a.npz", "b.npz"):
        _save(data_folder / "usps", name, x=rng.random((12, 16, 16)))
    with pytest.raises(DataError, match=r"2 files with x and y \(a.npz, b.npz\); keep the one"):
        load("usps")


def test_options_do_not_fit_a_prepared_file(data_folder, rng):
    _save(data_folder / "bloodmnist", x=rng.integers(0, 256, (12, 28, 28, 3), np.uint8))
    assert load("bloodmnist").labels is None
    with pytest.raises(DataError, match="size=64 does not fit the prepared file"):
        load("bloodmnist", size=64)


@pytest.mark.parametrize(("fields", "says"), [
    ({"x": np.zeros((0, 2), np.float32)}, r"got \(0, 2\)"),
    ({"x": np.zeros((3, 2))}, "got float64"),
    ({"labels": np.zeros(4, np.int64)}, r"3 rows but labels has shape \(4,\)"),
    ({"image_shape": (1, 2, 2)}, "has 4 values, a row has 2"),
])  # fmt: skip
def test_dataset_refuses_contradictions(fields, says):
    with pytest.raises(DataError, match=says):
        Dataset(**{"name": "t", "x": np.zeros((3, 2), np.float32), **fields})


def test_messages_name_files_from_the_data_folder_on(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_DATA", str(tmp_path / "d"))
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "c"))
    assert shown(tmp_path / "d" / "mnist" / "a.gz") == "DCVIZ_DATA/mnist/a.gz"
    assert shown(tmp_path / "c" / "data" / "a.gz") == "DCVIZ_CACHE/data/a.gz"
    assert shown(tmp_path / "own.csv") == str(tmp_path / "own.csv")
