import numpy as np
import pytest

from dcviz.geometry.gradients import GRADIENT_SCORES, cosine, gradient_scores

EAST, NORTH = np.array([2.0, 0.0]), np.array([0.0, 0.5])


def test_angles_and_norms_by_hand():
    scores = gradient_scores({"supervised": EAST + 4 * NORTH, "pseudo": EAST, "self": -EAST, "total": NORTH})
    assert scores["randomness"] == pytest.approx(np.sqrt(0.5))
    assert scores["randomness_pseudo"] == pytest.approx(np.sqrt(0.5))
    assert scores["drift"] == -1
    assert scores["gradient_supervised"] == pytest.approx(np.sqrt(8))
    assert [scores[f"gradient_{name}"] for name in ("pseudo", "self", "total")] == [2, 2, 0.5]
    assert set(scores) == set(GRADIENT_SCORES)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e150])
def test_length_does_not_matter(size):
    assert cosine(size * EAST, EAST + 4 * NORTH) == pytest.approx(np.sqrt(0.5))


def test_what_is_missing_has_its_reason():
    scores = gradient_scores({"supervised": None, "pseudo": EAST, "self": None, "total": 0 * EAST})
    assert scores["randomness_reason"] == "No true labels."
    assert "nothing rebuilds the input" in scores["drift_reason"]
    assert scores["gradient_total"] == 0
    for key in GRADIENT_SCORES:
        assert (scores[key] is None) == (f"{key}_reason" in scores)
    zero = gradient_scores(
        {"supervised": EAST, "pseudo": EAST, "self": 0 * EAST, "total": np.array([np.nan, 1])}
    )
    assert zero["drift_reason"] == "The self loss has no gradient here."
    assert zero["randomness"] is zero["gradient_total"] is None
