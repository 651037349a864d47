"""The loaders on real files, where they lie beside the repository; skipped aloud elsewhere."""

from pathlib import Path

import numpy as np
import pytest

from dcviz.data import DATASETS, load

REAL = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def real(monkeypatch):
    def require(path):
        if not (REAL / path).exists():
            pytest.skip(f"no real files here: {REAL / path} is missing")
        monkeypatch.setenv("DCVIZ_DATA", str(REAL))
        return REAL / path

    return require


@pytest.mark.parametrize(("id", "path", "counts"), [
    ("mnist", "MNIST/raw", [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]),
    ("fashionmnist", "FashionMNIST/raw", [7000] * 10),
    ("pneumoniamnist", "medmnist/pneumoniamnist.npz", [1583, 4273]),
    ("usps", "usps/usps.npz", [1553, 1269, 929, 824, 852, 716, 834, 792, 708, 821]),
])  # fmt: skip
def test_whole_set(real, no_network, tmp_path, id, path, counts):
    real(path)
    data, entry = load(id), DATASETS[id]
    assert (data.n, data.image_shape, data.clusters) == (entry.n, entry.image_shape, entry.clusters)
    assert data.class_names == entry.class_names
    assert np.bincount(data.labels).tolist() == counts
    assert 0 <= data.x.min() * data.scale < data.x.max() * data.scale <= 1 + 1e-6
    assert not (tmp_path / "cache").exists()


def test_ten_thousand_of_cifar10_say_so(real):
    path = real("cifar10/cifar10_test10k.npz")
    data = load("cifar10")
    assert data.x.shape == (10_000, 3072)
    assert data.class_names == DATASETS["cifar10"].class_names
    assert np.bincount(data.labels).tolist() == [1000] * 10
    assert "10,000 samples as found" in data.note
    with np.load(path) as file:
        np.testing.assert_array_equal(data.x[7].reshape(3, 32, 32)[2], file["x"][7, :, :, 2])


def test_own_reader_agrees_with_torchvision(real, tmp_path):
    import gzip

    from dcviz.data.torchvision_guard import import_torchvision

    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in real("FashionMNIST/raw").glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    reader = import_torchvision().datasets.FashionMNIST
    official = [reader(tmp_path, train=train) for train in (True, False)]
    data = load("fashionmnist")
    np.testing.assert_array_equal(
        data.x, np.concatenate([part.data.numpy() for part in official]).reshape(-1, 784)
    )
    np.testing.assert_array_equal(data.labels, np.concatenate([part.targets.numpy() for part in official]))


def test_medical_reader_agrees_with_the_package(real):
    path = real("medmnist/pneumoniamnist.npz")
    package = pytest.importorskip("medmnist").PneumoniaMNIST
    parts = [package(split, root=path.parent) for split in ("train", "val", "test")]
    data = load("pneumoniamnist")
    np.testing.assert_array_equal(data.x, np.concatenate([part.imgs for part in parts]).reshape(-1, 784))
    np.testing.assert_array_equal(data.labels, np.concatenate([part.labels for part in parts])[:, 0])
