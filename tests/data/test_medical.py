import hashlib

import numpy as np
import pytest

from dcviz.data import DataError, load
from dcviz.data import medical as module

SHAPES = {"pneumoniamnist": (28, 28), "bloodmnist": (28, 28, 3), "vesselmnist3d": (28, 28, 28)}
USED_SHAPES = {"pneumoniamnist": (1, 28, 28), "bloodmnist": (3, 28, 28), "vesselmnist3d": (1, 28, 28, 28)}


def _file(path, rng, shape=(28, 28), columns=1, classes=2):
    """Write a file of MedMNIST's form with 5 + 3 + 2 samples."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {}
    for split, n in (("train", 5), ("val", 3), ("test", 2)):
        arrays[f"{split}_images"] = rng.integers(0, 256, (n, *shape)).astype(np.uint8)
        arrays[f"{split}_labels"] = (np.arange(n * columns) % classes).reshape(n, columns).astype(np.uint8)
    np.savez(path, **arrays)
    return arrays


@pytest.mark.parametrize("folder", ["medmnist", "own flag"])
@pytest.mark.parametrize("flag", SHAPES)
def test_parts_are_merged_in_order(data_folder, rng, flag, folder, no_network):
    folder = folder if folder == "medmnist" else flag
    arrays = _file(data_folder / folder / f"{flag}.npz", rng, SHAPES[flag])
    data = load(flag)
    images = np.concatenate([arrays[f"{split}_images"] for split in ("train", "val", "test")])
    if flag == "bloodmnist":
        images = np.moveaxis(images, -1, 1)
    np.testing.assert_array_equal(data.x, images.reshape(10, -1))
    assert data.labels.tolist() == [0, 1, 0, 1, 0, 0, 1, 0, 0, 1]
    assert data.x.dtype == np.uint8
    assert data.scale == 1 / 255
    assert data.image_shape == USED_SHAPES[flag]
    assert "CC BY 4.0" in data.note


def test_class_names_are_the_publishers(data_folder, rng):
    _file(data_folder / "medmnist" / "pneumoniamnist.npz", rng)
    assert load("pneumoniamnist").class_names == ("normal", "pneumonia")


def test_larger_sizes_are_other_files(data_folder, rng, no_network):
    _file(data_folder / "medmnist" / "pneumoniamnist_64.npz", rng, (64, 64))
    assert load("pneumoniamnist", size=64).image_shape == (1, 64, 64)
    with pytest.raises(DataError, match=r"pneumoniamnist.npz is missing"):
        load("pneumoniamnist")


def test_several_findings_are_no_labels(data_folder, rng):
    _file(data_folder / "chestmnist" / "chestmnist.npz", rng, columns=14)
    data = load("chestmnist")
    assert data.labels is None
    assert data.clusters is None
    assert data.class_names == ()
    assert "no single true class" in data.note


def test_derma_says_non_commercial(data_folder, rng):
    _file(data_folder / "medmnist" / "dermamnist.npz", rng, (28, 28, 3))
    assert "Non-commercial use only" in load("dermamnist").note


def test_as_a_path(tmp_path, rng):
    _file(tmp_path / "bloodmnist.npz", rng, (28, 28, 3))
    assert load(tmp_path / "bloodmnist.npz").image_shape == (3, 28, 28)


def test_missing_file_without_network(data_folder, no_network):
    pytest.importorskip("medmnist")
    with pytest.raises(DataError, match=r"breastmnist: breastmnist.npz is missing.*zenodo") as caught:
        load("breastmnist")
    assert str(data_folder / "medmnist" / "breastmnist.npz") in str(caught.value)
    assert list(data_folder.rglob("*.npz*")) == []


def test_without_the_package(data_folder, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "medmnist.info", None)
    with pytest.raises(DataError, match=r"pip install medmnist`, or put the file at .*breastmnist.npz"):
        load("breastmnist")


def test_download_goes_beside_a_read_only_folder(data_folder, tmp_path, rng, read_only, monkeypatch):
    _file(tmp_path / "published" / "bloodmnist.npz", rng, (28, 28, 3))
    content = (tmp_path / "published" / "bloodmnist.npz").read_bytes()
    source = (tmp_path / "published" / "bloodmnist.npz").as_uri()
    md5 = hashlib.md5(content).hexdigest()
    monkeypatch.setattr(module, "_published", lambda id, size, path: (source, md5))
    seen = []
    data = load("bloodmnist", progress=lambda what, done, total: seen.append((what, done, total)))
    assert data.n == 10
    assert seen[-1] == ("bloodmnist.npz", len(content), len(content))
    assert list(data_folder.iterdir()) == []
    assert (tmp_path / "cache" / "data" / "medmnist" / "bloodmnist.npz").read_bytes() == content


def test_damaged_files(data_folder, rng):
    path = data_folder / "medmnist" / "pneumoniamnist.npz"
    arrays = _file(path, rng)
    np.savez(path, **{**arrays, "val_labels": arrays["val_labels"][:1]})
    with pytest.raises(DataError, match="3 val pictures but not as many labels"):
        load("pneumoniamnist")
    np.savez(path, train_images=arrays["train_images"], train_labels=arrays["train_labels"])
    with pytest.raises(DataError, match=r"lacks the array .val_labels"):
        load("pneumoniamnist")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"pneumoniamnist.npz cannot be read"):
        load("pneumoniamnist")
