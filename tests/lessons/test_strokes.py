"""Drawn strokes: whatever a browser sends is checked, and becomes a data set the reader takes."""

import numpy as np
import pytest

from dcviz.data import load
from dcviz.lessons.strokes import as_csv, checked, points_along

LINE = [[0.1, 0.1], [0.9, 0.1]]
SHORT = [[0.1, 0.5], [0.3, 0.5]]


def test_points_lie_along_the_strokes_in_number_by_length() -> None:
    x, labels = points_along(checked([LINE, SHORT]), n=1000, noise=0.0)
    assert x.shape == (1000, 2)
    assert (labels == 0).sum() == pytest.approx(800, abs=1)
    assert x.mean(0) == pytest.approx(0, abs=1e-5)
    assert x.std(0) == pytest.approx(1, abs=1e-5)
    for stroke in (0, 1):
        assert np.ptp(x[labels == stroke][:, 1]) == pytest.approx(0, abs=1e-5)
    again, _ = points_along(checked([LINE, SHORT]), n=1000, noise=0.0)
    assert np.array_equal(x, again)


NO_DRAWINGS = (
    None,
    "strokes",
    [LINE],
    [LINE] * 9,
    [LINE, [[0.1, 0.1]]],
    [LINE, [[0, 0], [0, 0]]],
    [LINE, [["a", 1], [0, 1]]],
    [LINE, [[0, 1, 2], [0, 1, 2]]],
    [LINE, [[0, float("nan")], [1, 1]]],
    [LINE, [[0, 1e9], [1, 1]]],
    [LINE, 7],
)


@pytest.mark.parametrize("told", NO_DRAWINGS)
def test_what_is_no_drawing_is_refused(told) -> None:
    with pytest.raises(ValueError, match=r"[Dd]raw|stroke"):
        checked(told)


def test_the_reader_of_own_files_takes_it(tmp_path) -> None:
    x, labels = points_along(checked([LINE, SHORT]), n=300)
    (tmp_path / "drawn.csv").write_bytes(as_csv(x, labels))
    data = load(tmp_path / "drawn.csv", labels="label")
    assert data.input_dim == 2
    assert data.clusters == 2
    assert data.x * data.scale == pytest.approx(x, abs=1e-4)
    assert np.array_equal(data.labels, labels)
