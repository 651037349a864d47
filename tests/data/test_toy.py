import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import KNeighborsClassifier

from dcviz.data import DATASETS, DataError, load, toy

TOYS = [id for id, entry in DATASETS.items() if entry.kind == "toy"]


@pytest.mark.parametrize("id", TOYS)
def test_toy_keeps_its_entry(id):
    data, entry = load(id), DATASETS[id]
    assert (data.n, data.input_dim, data.clusters) == (entry.n, entry.input_dim, entry.clusters)
    assert data.class_names == entry.class_names
    assert data.x.dtype == np.float32
    assert data.x.flags.c_contiguous
    assert data.image_shape is None
    np.testing.assert_allclose(data.x.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(data.x.std(axis=0), 1, atol=1e-5)
    assert np.ptp(np.bincount(data.labels)) <= 1
    assert data.position.dtype == np.float32
    assert data.position.min() >= 0
    assert data.position.max() <= 1


@pytest.mark.parametrize("id", TOYS)
def test_position_is_the_order_along_each_curve(id):
    """Without noise the path through a class in order of position is far shorter than in any other order."""
    data = load(id, noise=0)
    for k in range(data.clusters):
        points = data.x[data.labels == k]
        ordered = points[np.argsort(data.position[data.labels == k])]
        along = np.linalg.norm(np.diff(ordered, axis=0), axis=1).sum()
        across = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
        assert along < across / 10


def test_arcs_interleave_but_do_not_touch():
    data = load("arcs")
    linear = LinearDiscriminantAnalysis().fit(data.x, data.labels).score(data.x, data.labels)
    near = KNeighborsClassifier(10).fit(data.x, data.labels).score(data.x, data.labels)
    assert linear < 0.9
    assert near > 0.98


def test_blobs_are_straight_and_arcs_are_not():
    def off_line(data):
        shares = []
        for k in range(data.clusters):
            values = np.linalg.eigvalsh(np.cov(data.x[data.labels == k].T))
            shares.append(values[0] / values.sum())
        return max(shares)

    assert off_line(load("blobs", noise=0)) < 1e-6
    assert off_line(load("arcs", noise=0)) > 0.05


def test_arcs_without_noise_lie_on_half_circles():
    data = toy.arcs(n=400, noise=0)
    x, y = data.x.T.astype(float)
    for k in range(4):
        on = data.labels == k
        # a circle stretched by standardizing: a x^2 + b y^2 + c x + d y = 1 holds exactly
        terms = np.stack([x[on] ** 2, y[on] ** 2, x[on], y[on]], axis=1)
        _, residual, *_ = np.linalg.lstsq(terms, np.ones(on.sum()), rcond=None)
        assert residual < 1e-8


def test_seed_decides_everything():
    np.testing.assert_array_equal(load("arcs", seed=3).x, load("arcs", seed=3).x)
    assert not np.array_equal(load("arcs", seed=3).x, load("arcs", seed=4).x)


def test_n_is_shared_when_it_does_not_divide():
    assert sorted(np.bincount(toy.pinwheel(n=13).labels)) == [2, 2, 3, 3, 3]


@pytest.mark.parametrize(("options", "says"), [
    ({"n": 7}, "got 7"),
    ({"noise": -0.1}, "got -0.1"),
    ({"noise": float("nan")}, "got nan"),
])  # fmt: skip
def test_bad_settings_are_refused_with_their_value(options, says):
    with pytest.raises(DataError, match=says):
        toy.arcs(**options)
