"""Rows of unit length: an option of every picture set of the catalog."""

import io

import numpy as np
import pytest
from PIL import Image

from dcviz.data import DATASETS, load
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.sprites import sprite_files
from dcviz.data.unit_rows import unit_rows


def test_rows_have_length_one_and_keep_their_direction():
    stored, unit = load("digits"), load("digits", rows="unit length")
    assert unit.x.dtype == np.float32
    assert unit.scale == 1
    assert np.linalg.norm(unit.x, axis=1) == pytest.approx(np.ones(stored.n), abs=1e-6)
    lengths = np.linalg.norm(stored.x.astype(float), axis=1)[:, None]
    np.testing.assert_allclose(unit.x * lengths, stored.x, rtol=1e-5, atol=1e-5)
    assert np.array_equal(unit.labels, stored.labels)
    assert "unit length" in unit.note


def test_a_row_of_zeros_stays_one():
    rows = unit_rows(Dataset("two", np.array([[0, 0, 0], [3, 0, 4]], np.uint8), scale=1 / 255))
    assert rows.x.tolist() == [[0, 0, 0], pytest.approx([0.6, 0, 0.8])]


def test_brightness_falls_out():
    bright = np.array([[10, 20, 30]], np.uint8)
    once, twice = (unit_rows(Dataset("one", each, scale=1 / 255)).x for each in (bright, 2 * bright))
    np.testing.assert_allclose(once, twice, rtol=1e-6)


def test_every_picture_set_offers_it_and_no_toy_does():
    for entry in DATASETS.values():
        assert any(option.name == "rows" for option in entry.options) == (entry.kind != "toy"), entry.id
    with pytest.raises(DataError, match="rows must be one of as stored, unit length"):
        load("digits", rows="standard")


def test_a_prepared_file_takes_it(tmp_path, monkeypatch):
    folder = tmp_path / "usps"
    folder.mkdir()
    x = np.random.default_rng(0).integers(1, 255, (12, 256), dtype=np.uint8)
    np.savez(folder / "own.npz", x=x, y=np.arange(12) % 3)
    monkeypatch.setenv("DCVIZ_DATA", str(tmp_path))
    assert np.linalg.norm(load("usps", rows="unit length").x, axis=1) == pytest.approx(np.ones(12), abs=1e-6)


def test_its_thumbnails_are_not_dark():
    page = dict(sprite_files(load("digits", rows="unit length")))["sprite.png"]
    assert np.asarray(Image.open(io.BytesIO(page))).max() == 255


def test_a_run_on_rows_as_stored_says_what_runs_from_before_the_choice_say():
    from dcviz.engine.facts import facts_of

    assert facts_of("digits", {})[1] == facts_of("digits", {"rows": "as stored"})[1] == {}
    assert facts_of("digits", {"rows": "unit length"})[1] == {"rows": "unit length"}
