"""The twist lens on maps whose folds are known."""

import numpy as np
import pytest

from dcviz.data.toy import arcs
from dcviz.geometry.lens import MOST, fold_lens, input_grid


@pytest.fixture
def grid():
    return input_grid(np.random.default_rng(0).random((4000, 2)), cells=20)


def test_cells_are_square_and_cover_the_points(grid) -> None:
    side = np.diff(grid.vertices[0, :2, 0])[0]
    assert np.diff(grid.vertices[:2, 0, 1])[0] == pytest.approx(side)
    assert grid.vertices[..., 0].min() < 0
    assert grid.vertices[..., 0].max() > 1
    assert grid.occupied.shape == (20, 20)
    assert grid.occupied.mean() > 0.9


def test_cells_far_from_the_data_are_not_occupied() -> None:
    occupied = input_grid(arcs().x).occupied
    assert 0.15 < occupied.mean() < 0.7


@pytest.mark.parametrize("mirror", [1, -1])
def test_turning_and_mirroring_fold_nothing(grid, mirror) -> None:
    turn = 3 * np.array([[0.6, -0.8], [0.8, 0.6]]) @ np.diag([mirror, 1])
    seen = fold_lens(grid, grid.vertices @ turn.T + 5)
    assert seen.share == 0
    assert not seen.flipped.any()
    assert seen.condition == pytest.approx(1)
    assert seen.area == pytest.approx(9 * mirror)


def test_a_sheet_folded_at_a_line_shows_the_folded_part(grid) -> None:
    x, y = grid.vertices[..., 0], grid.vertices[..., 1]
    seen = fold_lens(grid, np.stack([np.abs(x - 0.3), y], -1))
    middles = (x[:-1, :-1] + x[1:, 1:]) / 2
    away = np.abs(middles - 0.3) > 0.06
    assert np.array_equal(seen.flipped[away], (middles < 0.3)[away])
    assert seen.share == pytest.approx(0.3, abs=0.06)


def test_a_squeeze_is_told_by_the_condition_number_not_by_the_sign(grid) -> None:
    seen = fold_lens(grid, grid.vertices * [1, 0.2])
    assert seen.share == 0
    assert seen.condition == pytest.approx(5)
    assert fold_lens(grid, grid.vertices * [1, 0]).condition == pytest.approx(MOST)


def test_one_point_and_a_wrong_image(grid) -> None:
    assert input_grid(np.zeros((1, 2))).occupied.any()
    with pytest.raises(ValueError, match="points of a plane"):
        input_grid(np.zeros((5, 3)))
    with pytest.raises(ValueError, match="its image"):
        fold_lens(grid, np.zeros((3, 3, 2)))
