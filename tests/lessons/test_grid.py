"""The switch-moment grid: complete, small, equal to the trainings it stands for."""

import numpy as np
import pytest

from benchmarks.switch_grid import trained
from dcviz.data import load
from dcviz.lessons.grid import ONLY_CLUSTERING, SwitchGrid, folder_of_the_grid, switch_grid, training


@pytest.fixture(scope="module")
def grid() -> SwitchGrid:
    found = switch_grid()
    assert found is not None
    return found


def test_it_is_complete_and_small(grid: SwitchGrid) -> None:
    shape = (6, 6, 3, 12)
    axes = (grid.switches, grid.weights, grid.seeds, grid.steps)
    assert tuple(len(axis) for axis in axes) == shape
    assert grid.frames.shape == (*shape, 600, 2)
    assert all(score.shape == shape and np.isfinite(score).all() for score in grid.scores.values())
    assert sum(file.stat().st_size for file in folder_of_the_grid().iterdir()) <= 10_000_000


def test_a_cell_has_its_points_in_place(grid: SwitchGrid) -> None:
    cell = grid.cell(200, 0.1, 0)
    assert cell.method == "idec"
    assert cell.settings == {"pretrain_epochs": 200, "finetune_epochs": 200, "gamma": 0.1}
    assert cell.latents.shape == (12, 600, 2)
    assert np.abs(cell.latents).max() == pytest.approx(float(grid.extent[5, 1, 0]), rel=1e-4)
    data = load("arcs")
    assert np.array_equal(grid.inputs, data.x[grid.rows])
    assert np.array_equal(grid.labels, data.labels[grid.rows])


def test_what_was_not_trained_is_refused(grid: SwitchGrid) -> None:
    with pytest.raises(ValueError, match="only these were trained"):
        grid.cell(60, 0.1, 0)
    with pytest.raises(ValueError, match="seed must be one of 0, 1, 2"):
        grid.cell(200, 0.1, 7)


def test_only_clustering_is_dec(grid: SwitchGrid) -> None:
    assert training(20, ONLY_CLUSTERING) == ("dec", {"pretrain_epochs": 20, "finetune_epochs": 200})
    assert grid.cell(20, ONLY_CLUSTERING, 1).method == "dec"


def test_a_cell_is_the_very_training_it_names(grid: SwitchGrid) -> None:
    """Train one cell again, up to 20 epochs after the switch: frames and scores agree."""
    again = trained(load("arcs"), 5, 10.0, 2, steps=(0, 5, 10, 20))
    cell = grid.cell(5, 10.0, 2)
    z = again["latents"][:, grid.rows]
    z = z - z.mean(1, keepdims=True)
    step = float(grid.extent[1, 3, 2]) / 32767
    assert np.abs(cell.latents[:4] - z).max() <= step
    for name, score in cell.scores.items():
        assert score[:4] == pytest.approx(again[name], abs=1e-9), name


def test_the_grid_says_what_the_page_says(grid: SwitchGrid) -> None:
    end = grid.scores["flip"][..., -1]
    late = [grid.switches.index(epoch) for epoch in (20, 50, 100, 200)]
    assert end[late][:, :3].max() <= 0.1  # reconstruction weighs enough: nothing folds
    assert end[late][:, 5].min() >= 0.2  # only clustering: always
    assert grid.scores["flip"][0, :, :, 0].min() > 0.05  # an untrained network is folded itself
