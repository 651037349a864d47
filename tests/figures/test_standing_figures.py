"""Figures of benchmarks and weights: what is drawn is what was given."""

import numpy as np
import pytest

from dcviz.figures.bars import grouped_bars
from dcviz.figures.raster import MARGIN, data_address, framed, raster, rgb
from dcviz.figures.standings import Standing, rank_diagram, standings, surface
from dcviz.figures.weights import MOST_CELLS, blocks, singular_values, weight_histogram, weight_map


def test_measured_and_published_stand_side_by_side() -> None:
    rows = [
        Standing("R-DC", 0.8, 0.7, 0.85, 3, {"R-DC": 0.867}),
        Standing("DEC", None, None, None, 0, {"DECS": 0.6}),
    ]
    figure = standings(rows, title="ACC (no unit)", majority=0.73)
    here, *papers = figure.data
    assert list(here.x) == [0.8]
    assert list(here.error_x.array) == pytest.approx([0.05])
    assert list(here.error_x.arrayminus) == pytest.approx([0.1])
    assert {trace.name: list(trace.x) for trace in papers} == {
        "published: R-DC": [0.867],
        "published: DECS": [0.6],
    }
    assert figure.layout.shapes[0].x0 == 0.73


def test_ranks_lie_where_they_are() -> None:
    figure = rank_diagram(["a", "b", "c"], [2.5, 1.0, 2.5], difference=1.2, bars=[(1, 2)])
    stems = [trace.x[0] for trace in figure.data if len(trace.x) == 3]
    assert sorted(stems) == [1.0, 2.5, 2.5]
    said = " ".join(note.text for note in figure.layout.annotations)
    assert "b 1.00" in said
    assert "CD = 1.20" in said


def test_bars_and_surfaces() -> None:
    figure = grouped_bars({"P1": {"x": 0.5, "y": 0.6}, "P2": {"x": 0.7}}, title="ACC")
    assert [list(trace.y) for trace in figure.data] == [[0.5, 0.6], [0.7]]
    grid = np.array([[0.1, np.nan], [0.3, 0.4]])
    flat = surface([1, 2], [3, 4], grid, names=("a", "b", "c"), solid=False)
    solid = surface([1, 2], [3, 4], grid, names=("a", "b", "c"), solid=True)
    for figure in (flat, solid):
        np.testing.assert_array_equal(np.asarray(figure.data[0].z, float), grid)


def test_weights_of_a_layer() -> None:
    edges = np.linspace(0, 1, 4)
    figure = weight_histogram(edges, [("now", np.array([1, 2, 3])), ("then", np.array([0, 1, 0]))], title="w")
    assert [list(trace.y) for trace in figure.data] == [[1, 2, 3], [0, 1, 0]]
    assert list(singular_values([("now", np.array([3.0, 1.0]))]).data[0].x) == [1, 2]
    heat = weight_map(np.array([[1.0, -2.0]]), title="W").data[0]
    assert (heat.zmin, heat.zmax) == (-2.0, 2.0)


def test_large_matrices_become_means_of_blocks() -> None:
    matrix = np.random.default_rng(0).normal(size=(1000, 300))
    small = blocks(matrix)
    assert small.shape == (MOST_CELLS, MOST_CELLS)
    assert blocks(np.ones((700, 3))).tolist() == np.ones((MOST_CELLS, 3)).tolist()
    even = blocks(matrix[: 2 * MOST_CELLS, :4])
    np.testing.assert_allclose(even[0], matrix[:2, :4].mean(0))


def test_points_are_stamped_where_they_lie() -> None:
    color = np.array([[255, 0, 0], [0, 0, 255]], np.uint8)
    image = raster(np.array([[-1.0, 1.0], [1.0, -1.0]]), color, side=101)
    assert tuple(image[MARGIN, MARGIN]) == (255, 0, 0), "up and to the left"
    assert tuple(image[100 - MARGIN, 100 - MARGIN]) == (0, 0, 255)
    ring = raster(np.zeros((1, 2)), color[:1], filled=np.array([False]), side=101)
    assert tuple(ring[50, 50]) == (255, 255, 255)
    assert (ring != 255).any()
    assert not (raster(np.array([[5.0, 0.0]]), color[:1]) != 255).any(), "outside is left out"


def test_frames_and_colors() -> None:
    places, width = framed(np.random.default_rng(0).normal(size=(500, 2)) * 7 + 100)
    assert (np.abs(places) <= 1).all(axis=1).mean() > 0.98
    assert 20 < width < 60
    assert rgb("#0072B2") == (0, 114, 178)
    assert data_address(np.zeros((4, 4, 3), np.uint8)).startswith("data:image/png;base64,")


def test_only_what_has_seeds_has_whiskers() -> None:
    spans = {"P1": {"measured": (0.4, 0.7)}}
    bars = grouped_bars({"P1": {"printed": 0.5, "measured": 0.6}}, title="ACC", spans=spans).data
    printed, seeds = bars
    assert list(printed.x) == ["printed"]
    assert printed.error_y.array is None  # a browser draws a missing number as a whisker of length 0
    assert list(seeds.x) == ["measured"]
    assert seeds.error_y.array[0] == pytest.approx(0.1)
    assert seeds.error_y.arrayminus[0] == pytest.approx(0.2)
    assert [bar.showlegend for bar in bars] == [True, False]
    assert printed.offsetgroup == seeds.offsetgroup


def test_long_names_of_ranked_methods_have_their_room() -> None:
    long = "a method of many words"
    margin = rank_diagram([long, "b", "c"], [1.0, 2.0, 2.5], difference=1, bars=[]).layout.margin
    assert margin.l >= 6 * len(long)
    assert margin.r < margin.l
