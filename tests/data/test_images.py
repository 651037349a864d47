import bz2
import hashlib
import pickle
import tarfile

import numpy as np
import pytest

from dcviz.data import DataError, load
from dcviz.data.superclasses import SUPER_CLASSES
from dcviz.data.torchvision_guard import import_torchvision

datasets = import_torchvision().datasets


class _Trap:
    """Unpickling this writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def _md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def _cifar(folder, monkeypatch, rng, kind):
    """Write a small set of CIFAR's form into the folder and declare it official."""
    base = folder / kind.base_folder
    base.mkdir(parents=True)
    fine = sorted(name for names in SUPER_CLASSES.values() for name in names)
    names = fine if kind is datasets.CIFAR100 else [f"class {k}" for k in range(10)]
    with (base / kind.meta["filename"]).open("wb") as file:
        pickle.dump({kind.meta["key"]: names}, file)
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": _md5(base / kind.meta["filename"])})
    key, parts = "fine_labels" if kind is datasets.CIFAR100 else "labels", []
    for attribute in ("train_list", "test_list"):
        listed = []
        for name, _ in getattr(kind, attribute):
            x = rng.integers(0, 256, (20, 3072)).astype(np.uint8)
            y = rng.integers(0, len(names), 20).tolist()
            with (base / name).open("wb") as file:
                pickle.dump({"data": x, key: y}, file)
            listed.append([name, _md5(base / name)])
            parts.append((x, y))
        monkeypatch.setattr(kind, attribute, listed)
    x, y = np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])
    return x, y, names


def _pack(source, kind, archive, monkeypatch):
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(source / kind.base_folder, kind.base_folder)
    monkeypatch.setattr(kind, "tgz_md5", _md5(archive))


@pytest.mark.parametrize("place", ["", "cifar10"])
def test_cifar10_is_read_in_place(data_folder, monkeypatch, rng, read_only, no_network, place):
    x, y, _ = _cifar(data_folder / place, monkeypatch, rng, datasets.CIFAR10)
    before = sorted(data_folder.rglob("*"))
    data = load("cifar10")
    np.testing.assert_array_equal(data.x, x)  # channels first, as in the file
    assert data.image_shape == (3, 32, 32)
    np.testing.assert_array_equal(data.labels, y)
    assert data.class_names[0] == "airplane"
    assert sorted(data_folder.rglob("*")) == before


def test_cifar100_has_super_classes(data_folder, monkeypatch, rng):
    x, y, fine = _cifar(data_folder, monkeypatch, rng, datasets.CIFAR100)
    data = load("cifar100")
    np.testing.assert_array_equal(data.x, x)
    assert len(data.class_names) <= 20
    for label, code in zip(data.labels, y, strict=True):
        assert fine[code] in SUPER_CLASSES[data.class_names[label]]


def test_archive_in_a_read_only_folder_is_unpacked_into_the_cache(
    data_folder, tmp_path, monkeypatch, rng, read_only, no_network
):
    kind = datasets.CIFAR10
    x, _, _ = _cifar(tmp_path / "made", monkeypatch, rng, kind)
    _pack(tmp_path / "made", kind, data_folder / kind.filename, monkeypatch)
    for _ in range(2):  # the second time from the unpacked folder
        np.testing.assert_array_equal(load("cifar10").x, x)
        assert [path.name for path in data_folder.iterdir()] == [kind.filename]
        assert [p.name for p in (tmp_path / "cache" / "data").iterdir()] == [kind.base_folder]


def test_download_is_unpacked(data_folder, tmp_path, monkeypatch, rng):
    kind = datasets.CIFAR10
    x, _, _ = _cifar(tmp_path / "made", monkeypatch, rng, kind)
    _pack(tmp_path / "made", kind, tmp_path / kind.filename, monkeypatch)
    monkeypatch.setattr(kind, "url", (tmp_path / kind.filename).as_uri())
    np.testing.assert_array_equal(load("cifar10", progress=lambda *_: None).x, x)
    assert (data_folder / kind.base_folder).is_dir()


@pytest.mark.parametrize("which", ["data_batch_3", "batches.meta"])
def test_a_changed_pickle_is_never_opened(data_folder, tmp_path, monkeypatch, rng, which):
    _cifar(data_folder, monkeypatch, rng, datasets.CIFAR10)
    with (data_folder / "cifar-10-batches-py" / which).open("wb") as file:
        pickle.dump(_Trap(tmp_path / "sprung"), file)
    with pytest.raises(DataError, match=r"missing or differs from the official one \(md5\)"):
        load("cifar10")
    assert not (tmp_path / "sprung").exists()


def test_changed_archive_is_never_unpacked(data_folder, tmp_path, monkeypatch, rng):
    kind = datasets.CIFAR10
    _cifar(tmp_path / "made", monkeypatch, rng, kind)
    with tarfile.open(data_folder / kind.filename, "w:gz") as tar:
        tar.add(tmp_path / "made" / kind.base_folder, kind.base_folder)
    with pytest.raises(DataError, match="damaged or another file"):
        load("cifar10")
    assert [path.name for path in data_folder.iterdir()] == [kind.filename]


@pytest.mark.parametrize(("id", "file"), [
    ("cifar10", "cifar-10-python.tar.gz"), ("cifar100", "cifar-100-python.tar.gz"),
    ("stl10", "stl10_binary.tar.gz"), ("usps", "usps.bz2"),
])  # fmt: skip
def test_missing_without_network_names_the_file(data_folder, no_network, id, file):
    with pytest.raises(DataError, match=rf"{id}: {file} is missing and could not be downloaded"):
        load(id)
    assert [path for path in data_folder.rglob("*") if path.is_file()] == []


def test_stl10_merges_the_labeled_parts(data_folder, monkeypatch, rng):
    kind = datasets.STL10
    base = data_folder / kind.base_folder
    base.mkdir()
    x = rng.integers(0, 256, (12, 3, 96, 96)).astype(np.uint8)
    y = (np.arange(12) % 10).astype(np.uint8)
    for name, part in (("train_X.bin", x[:7]), ("test_X.bin", x[7:]), ("unlabeled_X.bin", x[:1])):
        np.swapaxes(part, 2, 3).tofile(base / name)  # columns first in the file
    (y[:7] + 1).tofile(base / "train_y.bin")
    (y[7:] + 1).tofile(base / "test_y.bin")
    for attribute in ("train_list", "test_list"):
        listed = [[name, _md5(base / name)] for name, _ in getattr(kind, attribute)]
        monkeypatch.setattr(kind, attribute, listed)
    data = load("stl10")
    np.testing.assert_array_equal(data.x.reshape(x.shape), x)
    assert data.labels.tolist() == y.tolist()
    assert data.class_names[0] == "airplane"


@pytest.mark.parametrize("place", ["", "usps"])
def test_usps(data_folder, monkeypatch, rng, place):
    values, splits = rng.integers(0, 256, (9, 256)), {}
    codes = np.arange(9) % 10
    (data_folder / place).mkdir(exist_ok=True)
    for split, rows, name in (("train", slice(0, 6), "usps.bz2"), ("test", slice(6, 9), "usps.t.bz2")):
        lines = [
            " ".join([str(code + 1), *(f"{k + 1}:{(v + 0.5) / 255 * 2 - 1:.6f}" for k, v in enumerate(row))])
            for code, row in zip(codes[rows], values[rows], strict=True)
        ]
        (data_folder / place / name).write_bytes(bz2.compress("\n".join(lines).encode()))
        splits[split] = ["http://nowhere.invalid", name, _md5(data_folder / place / name)]
    monkeypatch.setattr(datasets.USPS, "split_list", splits)
    data = load("usps")
    np.testing.assert_array_equal(data.x, values)
    assert data.labels.tolist() == codes.tolist()
    (data_folder / place / "usps.t.bz2").write_bytes(bz2.compress(b"1 1:0.0"))
    with pytest.raises(DataError, match=r"usps.t.bz2 is damaged"):
        load("usps")
