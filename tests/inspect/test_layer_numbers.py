"""The layer table: values one can compute on paper, and laws that hold for any matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dcviz.engine.inspect import layers
from dcviz.engine.inspect.layers import change, histogram, layer, layer_table, rows, spectrum


def test_numbers_of_a_diagonal_matrix() -> None:
    found = layer("w", np.diag([3.0, 4.0, 0.0]).astype(np.float32))
    assert found.norm == 5.0
    assert found.spectral == pytest.approx(4.0)
    shares = np.array([3, 4]) / 7
    assert found.effective_rank == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))
    assert found.zeros == pytest.approx(7 / 9)
    assert (found.low, found.high, found.mean) == (0.0, 4.0, pytest.approx(7 / 9))
    assert (found.shape, found.size, found.bad) == ((3, 3), 9, 0)


@pytest.mark.parametrize("n", [1, 2, 7])
def test_an_orthogonal_matrix_uses_every_direction(n) -> None:
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(n, n)))[0]
    assert spectrum(turned) == (pytest.approx(1.0), pytest.approx(n))


def test_one_direction_has_rank_one() -> None:
    assert spectrum(np.outer([1, 2, 3], [4, 5]).astype(float))[1] == pytest.approx(1.0)


def test_a_convolution_is_a_matrix_of_outputs_by_everything_else() -> None:
    kernel = np.random.default_rng(0).normal(size=(4, 3, 2, 2))
    assert spectrum(kernel) == pytest.approx(spectrum(kernel.reshape(4, 12)))


def test_vectors_and_zeros() -> None:
    assert spectrum(np.ones(5)) == (None, None)
    assert spectrum(np.zeros((3, 2))) == (0.0, 0.0)


def test_numbers_that_are_not_finite_are_counted() -> None:
    found = layer("w", np.array([[1.0, np.nan], [np.inf, 3.0]]))
    assert (found.bad, found.mean, found.norm, found.spectral) == (2, 2.0, None, None)


def test_large_matrices_give_the_spectral_norm_alone(monkeypatch) -> None:
    matrix = np.random.default_rng(0).normal(size=(30, 20))
    exact = spectrum(matrix)[0]
    monkeypatch.setattr(layers, "LARGEST_SIDE", 10)
    assert spectrum(matrix) == (pytest.approx(exact, rel=1e-3), None)


def test_a_change_on_paper() -> None:
    found = change(np.array([3.0, 4.0]), np.array([0.0, 4.0]))
    assert (found.distance, found.relative, found.cosine) == (3.0, 0.75, pytest.approx(0.8))
    assert change(np.ones(2), None).reason == "not in the other checkpoint"
    assert change(np.ones(2), np.ones(3)).reason == "shape (3,) there"
    assert change(np.ones(2), np.zeros(2)).relative is None


def test_the_table_compares_by_name() -> None:
    old = {"a": np.ones((2, 2)), "b": np.ones(2)}
    found = rows(layer_table({"a": np.ones((2, 2)) * 2, "c": np.ones(1)}, against=old))
    assert [row["name"] for row in found] == ["a", "c"]
    assert found[0]["change_relative"] == 1.0
    assert found[1]["change_reason"] == "not in the other checkpoint"
    assert "change_relative" not in rows(layer_table(old))[0]


def test_a_histogram_counts_every_finite_number() -> None:
    counts, edges = histogram(np.array([0.0, 1.0, 1.0, np.nan]), bins=4)
    assert counts.sum() == 3
    assert len(edges) == 5


matrices = arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 6)), elements=st.floats(-100, 100))


@settings(max_examples=60, deadline=None)
@given(matrices, st.floats(0.01, 100))
def test_scale_changes_norms_and_not_the_rank(matrix, scale) -> None:
    spectral, rank = spectrum(matrix)
    after, same = spectrum(matrix * scale)
    assert after == pytest.approx(spectral * scale, rel=1e-6, abs=1e-9)
    if spectral > 1e-6:
        assert same == pytest.approx(rank, rel=1e-5)
        assert 1 - 1e-9 <= rank <= min(matrix.shape) + 1e-6
        assert spectral <= np.linalg.norm(matrix) * (1 + 1e-9)
