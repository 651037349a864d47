import numpy as np
import pytest
from PIL import Image

from dcviz.data import DataError, load


@pytest.fixture
def pictures(tmp_path, rng):
    """Two classes of gray pictures, 6 wide and 4 high."""
    root = tmp_path / "pictures"
    for kind in ("ape", "bee"):
        (root / kind).mkdir(parents=True)
        for i in range(3):
            Image.fromarray(rng.integers(0, 256, (4, 6)).astype(np.uint8)).save(root / kind / f"{i}.png")
    return root


def test_one_subfolder_a_class(pictures):
    data = load(pictures)
    assert data.x.shape == (6, 24)
    assert data.x.dtype == np.uint8
    assert data.image_shape == (1, 4, 6)
    assert data.scale == 1 / 255
    assert data.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.class_names == ("ape", "bee")
    expected = np.asarray(Image.open(pictures / "bee" / "1.png"))
    np.testing.assert_array_equal(data.x[4].reshape(4, 6), expected)


def test_pictures_alone_have_no_labels(pictures):
    data = load(pictures / "ape")
    assert data.n == 3
    assert data.labels is None
    assert data.clusters is None


def test_sub_folders_can_be_left_out_as_classes(pictures):
    """The way out that is told where all pictures lie in one sub-folder."""
    data = load(pictures, labels="none")
    assert data.n == 6
    assert data.labels is None
    assert data.class_names == ()
    with pytest.raises(DataError, match=r"sub-folders, got labels='kind'.*labels=none"):
        load(pictures, labels="kind")


@pytest.mark.parametrize("place", [".", ".."])
def test_a_folder_without_a_name_of_its_own_goes_by_its_real_one(pictures, monkeypatch, place):
    monkeypatch.chdir(pictures if place == "." else pictures / "ape")
    assert load(place).name == "pictures"


def test_color_and_other_files(pictures):
    for path in pictures.glob("*/*.png"):
        Image.open(path).convert("RGB").save(path)
    (pictures / "ape" / "notes.txt").write_text("not a picture")
    (pictures / ".thumbs").mkdir()
    assert load(pictures).image_shape == (3, 4, 6)
    assert load(pictures, mode="L").image_shape == (1, 4, 6)


def test_mixed_sizes(pictures):
    Image.new("L", (9, 5)).save(pictures / "bee" / "9.png")
    with pytest.raises(DataError, match=r"ape/0.png is 6x4 gray but bee/9.png is 9x5 gray.*resize=4"):
        load(pictures)
    assert load(pictures, resize="8").image_shape == (1, 8, 8)


def test_mixed_modes(pictures):
    Image.new("RGB", (6, 4)).save(pictures / "bee" / "9.png")
    with pytest.raises(DataError, match=r"ape/0.png is 6x4 gray but bee/9.png is 6x4 RGB.*mode=L"):
        load(pictures)
    assert load(pictures, mode="RGB").image_shape == (3, 4, 6)


@pytest.mark.parametrize("mode", ["RGBA", "P", "I;16", "1"])
def test_other_modes_are_named(pictures, mode):
    Image.new(mode, (6, 4)).save(pictures / "ape" / "0.png")
    with pytest.raises(DataError, match=rf"ape/0.png has color mode {mode}.*mode=RGB"):
        load(pictures)


def test_empty_subfolder(pictures):
    (pictures / "cat").mkdir()
    with pytest.raises(DataError, match="the sub-folder cat has no pictures; fill it or remove it"):
        load(pictures)


def test_pictures_beside_subfolders(pictures):
    Image.new("L", (6, 4)).save(pictures / "lost.png")
    with pytest.raises(DataError, match=r"lost.png lies beside the sub-folder ape"):
        load(pictures)


def test_no_pictures_at_all(tmp_path):
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="none: no pictures in it"):
        load(tmp_path / "none")


def test_broken_picture(pictures):
    content = (pictures / "ape" / "1.png").read_bytes()
    (pictures / "ape" / "1.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"ape/1.png cannot be read .*replace or remove it"):
        load(pictures)
    (pictures / "ape" / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"ape/1.png cannot be read"):
        load(pictures)


@pytest.mark.parametrize(("options", "says"), [
    ({"resize": 4096}, r"resize must lie in \[0, 512\], got 4096"),
    ({"resize": "big"}, "resize must be of type int, got 'big'"),
    ({"mode": "CMYK"}, "got 'CMYK'"),
    ({"image_shape": "1,4,6"}, "no option 'image_shape' for it; options: labels, resize, mode"),
])  # fmt: skip
def test_bad_options(pictures, options, says):
    with pytest.raises(DataError, match=says):
        load(pictures, **options)
