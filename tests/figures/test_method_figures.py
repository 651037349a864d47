"""Figures of the panels that only one method has: what is drawn is what was given."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dcviz.figures import style
from dcviz.figures.spreads import bars, functions, matrix, outlines, over_time, spread
from dcviz.figures.thumbnails import SIDE, Tile, beside, cut_out, png_address, tiles


def test_a_spread_counts_every_finite_value() -> None:
    values = np.array([[0.0, 1.0], [np.nan, 0.5]])
    assert spread(values, title="s").data[0].y.sum() == 3


def test_outlines_leave_empty_ends_out_and_differ_without_color() -> None:
    edges = np.arange(6.0)
    figure = outlines(
        edges, [("a", np.array([0, 2, 1, 0, 0])), ("b", np.array([0, 0, 3, 0, 0]))], title="t", unit="pairs"
    )
    assert tuple(figure.layout.xaxis.range) == (1, 3)
    assert [trace.line.dash for trace in figure.data] == ["solid", "dash"]
    assert figure.data[0].y.tolist() == [0, 2, 1, 0, 0, 0]  # a step ends at the last edge


def test_the_threshold_is_marked_on_each_curve() -> None:
    x = np.linspace(0, 1, 5)
    one = functions(x, [("f", x)], titles=("q", "f"), cuts=[0.2])
    two = functions(x, [("early", x), ("late", x**2)], titles=("q", "f"), cuts=[0.2, 0.3])
    assert [shape.x0 for shape in one.layout.shapes] == [0.2]
    assert [shape.x0 for shape in two.layout.shapes] == [0.2, 0.3]
    assert two.data[0].line.color != two.data[1].line.color


@pytest.mark.parametrize(("size", "written"), [(3, True), (30, False)])
def test_a_matrix_writes_its_numbers_where_there_is_room(size: int, written: bool) -> None:
    figure = matrix(np.eye(size), titles=("column", "row"), unit="share")
    assert (figure.data[0].texttemplate is not None) == written
    assert figure.layout.yaxis.autorange == "reversed"  # row 0 on top, as on paper


def test_columns_over_time_are_epochs() -> None:
    shares = np.array([[1.0, 0.0], [0.25, 0.75]])
    figure = over_time([3, 7], np.array([0.0, 1.0, 2.0]), shares, title="h", now=7)
    np.testing.assert_allclose(figure.data[0].z, 100 * shares.T)
    assert list(figure.data[0].x) == [3, 7]
    assert figure.layout.shapes[0].x0 == 7


def test_bars_have_their_numbers_on_top() -> None:
    figure = bars(np.array([1200, 7, 1]), titles=("round", "clusters"))
    assert figure.data[0].text == ("1,200", "7", "1")
    assert (figure.data[0].textangle, figure.data[0].textposition) == (0, "outside")
    assert figure.layout.yaxis.range[0] < 0, "a single cluster has a bar too: log10 of 1 is 0"


def test_boxes_lie_on_their_picture() -> None:
    box = np.array([[0.25, 0.0, 0.75, 0.5]])
    shown = [Tile(np.zeros((8, 8), np.uint8), "a"), Tile(np.zeros((8, 8), np.uint8), "b", box, box[0])]
    figure = tiles(shown, columns=2)
    picture = figure.layout.images[1]
    for shape in figure.layout.shapes:
        assert (shape.x0 - picture.x, shape.x1 - picture.x) == pytest.approx((0.0, 0.5))
        assert (shape.y0 - picture.y, shape.y1 - picture.y) == pytest.approx((0.25, 0.75))
    assert [shape.line.dash for shape in figure.layout.shapes] == ["solid", "dash"]


def test_vectors_without_pictures_take_the_whole_width() -> None:
    q = np.full((2, 4), 0.25)
    bare = beside([None, None], q, names=["point 3", "point 9"], unit="share")
    pictured = beside([np.zeros((8, 8), np.uint8)] * 2, q, names=["point 3", "point 9"], unit="share")
    assert bare.layout.xaxis.range[0] == -0.5 > pictured.layout.xaxis.range[0]
    assert (len(bare.layout.images), len(pictured.layout.images)) == (0, 2)
    assert list(bare.layout.xaxis.tickvals) == [0, 1, 2, 3]


def test_pixels_stay_sharp() -> None:
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    stored = Image.open(io.BytesIO(base64.b64decode(png_address(image).partition(",")[2])))
    step = SIDE // 8
    np.testing.assert_array_equal(np.asarray(stored)[::step, ::step], image)


def test_a_color_between_two_ends_at_both() -> None:
    assert style.between("#000000", "#FF8000", 0) == "#000000"
    assert style.between("#000000", "#FF8000", 0.5) == "#804000"
    assert style.between("#000000", "#FF8000", 1) == "#FF8000"


def test_a_cut_out_keeps_the_size_and_shows_its_part() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    image[:4, 4:] = 200
    whole, corner = cut_out(image, np.array([0, 0, 1, 1])), cut_out(image, np.array([0, 0.5, 0.5, 1.0]))
    np.testing.assert_array_equal(whole, image)
    assert corner.shape == image.shape
    assert (corner[:-1, 1:] == 200).all()  # the border may take a little from outside, as bilinear does
