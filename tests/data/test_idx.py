import gzip
import hashlib

import numpy as np
import pytest

from dcviz.data import DataError, images, load

SIZES = {"train": 6, "t10k": 4}


def _idx(array):
    axes = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + axes + array.tobytes()


@pytest.fixture
def official(monkeypatch, rng):
    """Contents of the four files, small, declared official."""
    contents, arrays = {}, {}
    for part, n in SIZES.items():
        for what, shape in (("images-idx3", (n, 28, 28)), ("labels-idx1", (n,))):
            arrays[part, what] = rng.integers(0, 10, shape).astype(np.uint8)
            contents[f"{part}-{what}-ubyte"] = _idx(arrays[part, what])
    for name in images._MNIST:
        monkeypatch.setitem(images._MNIST, name, hashlib.md5(contents[name]).hexdigest())
    return contents, arrays


@pytest.mark.parametrize("folder", ["MNIST/raw", "mnist/MNIST/raw", "mnist"])
@pytest.mark.parametrize("packed", [True, False])
def test_found_plain_or_packed_in_usual_places(data_folder, official, folder, packed, read_only, no_network):
    contents, arrays = official
    (data_folder / folder).mkdir(parents=True)
    for name, content in contents.items():
        if packed:
            (data_folder / folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (data_folder / folder / name).write_bytes(content)
    before = sorted(data_folder.rglob("*"))
    data = load("mnist")
    expected = np.concatenate([arrays["train", "images-idx3"], arrays["t10k", "images-idx3"]])
    np.testing.assert_array_equal(data.x, expected.reshape(10, 784))
    codes = np.concatenate([arrays["train", "labels-idx1"], arrays["t10k", "labels-idx1"]])
    assert [int(data.class_names[label]) for label in data.labels] == codes.tolist()
    assert data.image_shape == (1, 28, 28)
    assert sorted(data_folder.rglob("*")) == before


def test_other_content_is_refused(data_folder, official):
    contents, _ = official
    (data_folder / "MNIST" / "raw").mkdir(parents=True)
    for name, content in contents.items():
        (data_folder / "MNIST" / "raw" / name).write_bytes(content)
    changed = data_folder / "MNIST" / "raw" / "t10k-labels-idx1-ubyte"
    changed.write_bytes(changed.read_bytes()[:-1] + b"\x63")
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte has content of md5 .*, the official file"):
        load("mnist")
    changed.rename(changed.with_suffix(".gz"))
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte.gz cannot be read"):
        load("mnist")


def test_cut_archive_is_refused(data_folder, official):
    contents, _ = official
    (data_folder / "MNIST" / "raw").mkdir(parents=True)
    for name, content in contents.items():
        (data_folder / "MNIST" / "raw" / f"{name}.gz").write_bytes(gzip.compress(content)[:-20])
    with pytest.raises(DataError, match=r"cannot be read .* download it again"):
        load("mnist")


@pytest.mark.parametrize(("id", "folder"), [("mnist", "MNIST"), ("fashionmnist", "FashionMNIST")])
def test_missing_without_network_names_file_address_and_place(data_folder, no_network, id, folder):
    with pytest.raises(DataError) as caught:
        load(id)
    says = str(caught.value)
    assert f"{id}: train-images-idx3-ubyte.gz is missing" in says
    assert "://" in says
    assert str(data_folder / folder / "raw" / "train-images-idx3-ubyte.gz") in says
    assert [path for path in data_folder.rglob("*") if path.is_file()] == []


def test_without_torchvision(monkeypatch, data_folder):
    def absent():
        raise ImportError("No module named 'torchvision'")

    monkeypatch.setattr(images, "import_torchvision", absent)
    with pytest.raises(DataError, match=r"torchvision.*is not installed.*x and y into"):
        load("mnist")
