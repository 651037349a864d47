import io
import json

import numpy as np
import pytest
from PIL import Image

from dcviz.data import DataError, Dataset, load
from dcviz.data.sprites import sprite_files, sprite_layout


def _dataset(x, image_shape, scale=1 / 255):
    return Dataset("t", np.ascontiguousarray(x.reshape(len(x), -1)), scale, image_shape=image_shape)


def _read(data, **options):
    files = dict(sprite_files(data, **options))
    layout = json.loads(files.pop("sprite.json"))
    assert list(files) == layout["files"]
    return layout, [np.asarray(Image.open(io.BytesIO(content))) for content in files.values()]


def _cell(layout, pages, i):
    """The thumbnail of point i, by the layout as it is documented."""
    page, j = divmod(i, layout["per_page"])
    top, left = (j // layout["columns"]) * layout["cell"], (j % layout["columns"]) * layout["cell"]
    return pages[page][top : top + layout["height"], left : left + layout["width"]]


@pytest.mark.parametrize(("n", "max_side"), [(1, 99), (7, 99), (16, 20), (17, 20), (70, 23)])
def test_every_thumbnail_is_where_the_layout_says(rng, n, max_side):
    x = rng.integers(0, 256, (n, 5, 4)).astype(np.uint8)
    layout, pages = _read(_dataset(x, (1, 5, 4)), cell=8, max_side=max_side)
    assert layout["n"] == n
    assert layout["cell"] == 5
    assert len(pages) == layout["pages"] == -(-n // layout["per_page"])
    assert max(side for page in pages for side in page.shape) <= max_side
    for i in range(n):
        np.testing.assert_array_equal(_cell(layout, pages, i), x[i])


def test_color(rng):
    x = rng.integers(0, 256, (6, 3, 4, 4)).astype(np.uint8)
    layout, pages = _read(_dataset(x, (3, 4, 4)))
    assert layout["mode"] == "RGB"
    np.testing.assert_array_equal(_cell(layout, pages, 5), np.moveaxis(x[5], 0, -1))


def test_large_pictures_are_made_smaller_in_proportion():
    x = np.zeros((2, 40, 20), np.uint8)
    x[1] = 200
    layout, pages = _read(_dataset(x, (1, 40, 20)), cell=10)
    assert (layout["height"], layout["width"], layout["cell"]) == (10, 5, 10)
    assert (_cell(layout, pages, 1) == 200).all()
    assert (_cell(layout, pages, 0) == 0).all()


def test_volume_shows_its_middle_slice(rng):
    x = rng.integers(0, 256, (3, 7, 4, 4)).astype(np.uint8)
    layout, pages = _read(_dataset(x, (1, 7, 4, 4)))
    np.testing.assert_array_equal(_cell(layout, pages, 2), x[2, 3])


def test_digits_and_floats_use_the_whole_range():
    digits = load("digits")
    layout, pages = _read(digits)
    expected = np.round(digits.x[1000].reshape(8, 8) / 16 * 255)
    np.testing.assert_array_equal(_cell(layout, pages, 1000), expected)
    x = np.array([[-2, 0], [2, 1]], np.float32)
    layout, pages = _read(_dataset(x, (1, 1, 2), scale=1.0))
    assert _cell(layout, pages, 0).tolist() == [[0, 128]]
    assert _cell(layout, pages, 1).tolist() == [[255, 191]]


def test_seventy_thousand_digits_stay_within_bounds():
    data = Dataset("t", np.broadcast_to(np.uint8(0), (70_000, 784)), image_shape=(1, 28, 28))
    layout = sprite_layout(data)
    assert layout["columns"] * layout["cell"] <= 4096
    assert layout["per_page"] // layout["columns"] * layout["cell"] <= 4096
    assert (layout["pages"], layout["per_page"]) == (4, 146 * 146)


def test_vectors_have_no_sprites():
    assert list(sprite_files(load("arcs"))) == []
    with pytest.raises(DataError, match="plain vectors have no thumbnails"):
        sprite_layout(load("arcs"))
    with pytest.raises(DataError, match="got 0"):
        sprite_layout(load("digits"), cell=0)
