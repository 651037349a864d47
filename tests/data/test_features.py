"""ResNet-50 features by weights on disk: found, checked, computed, kept; and what is said without them."""

import hashlib
import sys

import numpy as np
import pytest

from dcviz.data import load
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.features import ADDRESS, WEIGHTS, resnet_features, weights_file
from dcviz.engine.errors import RequestError
from dcviz.engine.facts import facts_of


@pytest.fixture(autouse=True)
def _no_torch_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory):
    """A file of torchvision's form with random weights, named after its own sha256."""
    torch = pytest.importorskip("torch")
    from dcviz.data.torchvision_guard import import_torchvision

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "made.pth"
    torch.save(import_torchvision().models.resnet50(weights=None).state_dict(), path)
    digits = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    return path.rename(path.with_name(f"resnet50-{digits}.pth"))


@pytest.fixture
def pictures(rng):
    x = rng.integers(0, 256, (6, 3 * 8 * 8)).astype(np.uint8)
    x[3] = x[0]
    return Dataset("few", x, 1 / 255, np.arange(6) % 2, (3, 8, 8), ("a", "b"), 2)


def test_features_have_the_papers_form(pictures, random_weights):
    found = resnet_features(pictures, weights=random_weights, side=32)
    assert (found.x.shape, found.x.dtype, found.scale, found.image_shape) == (
        (6, 2048),
        np.float32,
        1.0,
        None,
    )
    assert found.x.min() == 0.0
    assert found.x.max() == 1.0
    np.testing.assert_allclose(found.x[3], found.x[0], atol=1e-5)
    assert np.abs(found.x[1] - found.x[0]).max() > 0.1
    np.testing.assert_array_equal(found.labels, pictures.labels)
    assert "ImageNet" in found.note


def test_they_are_computed_once(pictures, random_weights, monkeypatch):
    from dcviz.data import features

    first = resnet_features(pictures, weights=random_weights, side=32)
    monkeypatch.setattr(features, "_network", lambda path: pytest.fail("computed again"))
    np.testing.assert_array_equal(resnet_features(pictures, weights=random_weights, side=32).x, first.x)


def test_the_missing_file_is_named_with_its_folder(data_folder):
    with pytest.raises(DataError) as told:
        weights_file()
    for part in (WEIGHTS, ADDRESS, "DCVIZ_DATA/weights", "of your own"):
        assert part in str(told.value)
    with pytest.raises(DataError, match=WEIGHTS):
        load("cifar10", features="resnet50")
    with pytest.raises(RequestError, match=WEIGHTS):
        facts_of("stl10", {"features": "resnet50"})


def test_they_are_found_in_the_data_folder_or_where_torch_keeps_them(data_folder, tmp_path):
    theirs = tmp_path / "torch" / "hub" / "checkpoints" / WEIGHTS
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    assert weights_file() == theirs
    ours = data_folder / "weights" / WEIGHTS
    ours.parent.mkdir()
    ours.touch()
    assert weights_file() == ours


def test_damaged_or_foreign_weights_are_refused(pictures, tmp_path):
    pytest.importorskip("torch")
    damaged = tmp_path / WEIGHTS
    damaged.write_bytes(b"half")
    with pytest.raises(DataError, match="damaged or renamed"):
        resnet_features(pictures, weights=damaged)
    digits = hashlib.sha256(b"half").hexdigest()[:8]
    foreign = damaged.rename(tmp_path / f"resnet50-{digits}.pth")
    with pytest.raises(DataError, match="holds no weights"):
        resnet_features(pictures, weights=foreign)


def test_only_pictures_have_them(rng):
    vectors = Dataset("vectors", rng.random((4, 5), dtype=np.float32))
    with pytest.raises(DataError, match="takes pictures of 1 or 3 channels"):
        resnet_features(vectors)


def test_facts_need_neither_torch_nor_the_features(data_folder, rng):
    """What the page asks before a training: the shape of the features, from the file's count of pictures."""
    (data_folder / "cifar10").mkdir()
    x = rng.integers(0, 256, (20, 32, 32, 3)).astype(np.uint8)
    np.savez(data_folder / "cifar10" / "part.npz", x=x, y=np.arange(20) % 10)
    (data_folder / WEIGHTS).touch()
    before = "torch" in sys.modules
    facts, options = facts_of("cifar10", {"features": "resnet50"})
    assert (facts.n, facts.input_dim, facts.image_shape, facts.clusters) == (20, 2048, None, 10)
    assert options == {"features": "resnet50"}
    assert before or "torch" not in sys.modules
    assert load("cifar10").n == 20
