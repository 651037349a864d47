"""Twist and movement: known deformations, invariances, agreement with libraries that have a piece of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import procrustes
from sklearn.datasets import make_moons
from sklearn.manifold import trustworthiness as sklearn_trustworthiness

from benchmarks.shapes import shape
from dcviz.geometry.movement import (
    distance_ranks,
    geodesic_detour,
    information_imbalance,
    linear_cka,
    neighbor_overlap,
    procrustes_disparity,
    trustworthiness,
)
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.reference import reference
from dcviz.geometry.twist import (
    crossing_pairs,
    flipped_share,
    flipped_triangles,
    frozen_crossings,
    rotation_dispersion,
)
from dcviz.geometry.twist_scores import TWIST_SCORES, twist_scores


@pytest.fixture(scope="module")
def moons():
    z = make_moons(1600, noise=0.05, random_state=0)[0]
    z = (z - z.mean(0)) / z.std(0)
    return z, reference(z)


def turn(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def swirl(z):
    radius = np.linalg.norm(z, axis=1)
    angle = 1.5 * radius / radius.max()
    return np.stack(
        [
            np.cos(angle) * z[:, 0] - np.sin(angle) * z[:, 1],
            np.sin(angle) * z[:, 0] + np.cos(angle) * z[:, 1],
        ],
        axis=1,
    )


def fold(z):
    return np.stack([np.abs(z[:, 0] - 0.3), z[:, 1]], 1)


def tear(z):
    return z + 3 * (z[:, :1] > 0) * [0, 1]


def noise(level):
    return lambda z: z + level * np.random.default_rng(0).standard_normal(z.shape)


def shuffle(z):
    return z[np.random.default_rng(0).permutation(len(z))]


# name: deformation, then (lowest, highest) of each score
KNOWN = {
    "squeeze": (
        lambda z: z * [1, 0.2],
        {"flip": (0, 0), "crossings": (0, 0), "rotation": (0, 1e-6), "tear": (0, 0), "stretch": (0.3, 0.6)},
    ),
    "noise 1 %": (noise(0.01), {"flip": (0, 0.005), "rotation": (0, 0.01), "overlap": (0.8, 0.95)}),
    "noise 5 %": (noise(0.05), {"flip": (0, 0.03), "rotation": (0.01, 0.06), "overlap": (0.4, 0.65)}),
    "noise 10 %": (noise(0.1), {"flip": (0, 0.15), "rotation": (0.05, 0.25), "overlap": (0.2, 0.4)}),
    "swirl": (swirl, {"flip": (0, 0.08), "rotation": (0.08, 0.3), "tear": (0, 0.001), "trust": (0.99, 1)}),
    "fold": (fold, {"flip": (0.3, 0.5), "rotation": (0.3, 0.5), "stretch": (0, 0.01), "overlap": (0.9, 1)}),
    "tear": (tear, {"tear": (0.005, 0.05), "flip": (0, 0.05), "stretch": (0, 0.01), "overlap": (0.95, 1)}),
    "shuffle": (
        shuffle,
        {
            "flip": (0.4, 0.5),
            "crossings": (5, 50),
            "rotation": (0.9, 1),
            "overlap": (0, 0.03),
            "imbalance_forward": (0.9, 1.1),
            "imbalance_back": (0.9, 1.1),
            "trust": (0.45, 0.55),
            "continuity": (0.45, 0.55),
            "procrustes": (0.99, 1),
            "cka": (0, 0.02),
        },
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_deformations(moons, name):
    z, frozen = moons
    deform, expected = KNOWN[name]
    scores = twist_scores(frozen, deform(z))
    for key, (low, high) in expected.items():
        assert low <= scores[key] <= high, (key, scores[key])


def test_true_unrolling_bends_and_moves_but_hardly_folds_or_tears():
    """Each moon is laid flat, one above the other: angle along, radius across; lengths are kept."""
    z, moon = make_moons(1600, noise=0.05, random_state=0)
    from_center = z - np.where(moon[:, None] == 0, [0, 0], [1, 0.5])
    angle = np.arctan2(from_center[:, 1], from_center[:, 0]) + np.pi * moon
    angle = (angle + np.pi / 2) % (2 * np.pi)  # the cut lies where no point is
    flat = np.stack([angle, np.linalg.norm(from_center, axis=1) + 3 * moon], 1)
    scores = twist_scores(reference(z), flat)
    known = {"flip": (0, 0.1), "crossings": (0, 0.3), "rotation": (0.9, 1), "stretch": (0, 0.06),
             "tear": (0, 0.03), "overlap": (0.93, 1), "cka": (0.2, 0.7), "procrustes": (0.3, 1)}  # fmt: skip
    for key, (low, high) in known.items():
        assert low <= scores[key] <= high, (key, scores[key])


NEUTRAL = {"flip": 0, "crossings": 0, "rotation": 0, "stretch": 0, "tear": 0, "overlap": 1, "trust": 1,
           "continuity": 1, "procrustes": 0, "cka": 1}  # fmt: skip


@pytest.mark.parametrize("d", [2, 5, 10, 40])
def test_similarities_change_nothing(d):
    """Also for a 5-D set in 10 coordinates, and where neighborhoods have fewer points than coordinates."""
    z = shape("ball 5", n=900) if d == 10 else np.random.default_rng(0).standard_normal((900, d))
    z = z * np.linspace(1, 2, d)
    frozen = reference(z)
    mirror = np.linalg.qr(np.random.default_rng(0).standard_normal((d, d)))[0] * ([-1] + [1] * (d - 1))
    scores = twist_scores(frozen, 37 * z @ mirror + 100)
    for key, neutral in NEUTRAL.items():
        if d > 2 and key in ("flip", "crossings"):
            assert scores[key] is None
            assert "2-D" in scores[f"{key}_reason"]
        else:
            assert scores[key] == pytest.approx(neutral, abs=1e-6), key


def test_scores_of_a_deformation_do_not_see_the_frame(moons):
    """Invariance to 1e-6: rotate, mirror, scale and shift the latents, or the reference, or both."""
    z, frozen = moons
    bent = swirl(fold(z)) + 0.02 * np.random.default_rng(1).standard_normal(z.shape)
    plain = twist_scores(frozen, bent)
    moved = twist_scores(frozen, -0.01 * bent @ turn(2.0) * [1, -1] + 9)
    for key in TWIST_SCORES:
        assert moved[key] == pytest.approx(plain[key], abs=1e-6), key
    # Another frame of the reference also redraws the random cells, so only the cell-free scores must agree.
    turned = twist_scores(reference(1000 * z @ turn(1.0)), bent)
    for key in set(TWIST_SCORES) - {"flip", "crossings"}:
        assert turned[key] == pytest.approx(plain[key], abs=1e-5), key


def test_reference_tree_has_no_crossing_and_no_flip(moons):
    z, frozen = moons
    assert frozen_crossings(frozen, z) == 0
    assert flipped_share(frozen, z) == 0
    assert len(frozen.tree) < frozen.cells.max() + 1
    folded = fold(z)
    assert flipped_triangles(frozen, folded).mean() == flipped_share(frozen, folded)
    pairs = crossing_pairs(frozen, shuffle(z))
    assert len(pairs) / len(frozen.tree) == frozen_crossings(frozen, shuffle(z))
    assert not (pairs[:, 0] == pairs[:, 1]).any()


def test_rotation_dispersion_by_hand():
    """Two distant halves, one turned by 90 degrees: the mean rotation has length sqrt(1/2)."""
    z = np.random.default_rng(0).random((400, 2))
    z[200:] += 50
    turned = z.copy()
    turned[200:] = z[200:] @ turn(np.pi / 2)
    assert rotation_dispersion(reference(z), turned) == pytest.approx(1 - np.sqrt(0.5), abs=1e-6)


def test_ranks_by_hand():
    z = np.array([[0.0], [1], [3], [7]])
    ranks = distance_ranks(z, np.array([0, 3]), np.array([[1, 3], [0, 2]]))
    assert ranks.tolist() == [[1, 3], [3, 1]]


def test_information_imbalance_equals_the_peers_record():
    peers = json.loads((Path(__file__).parent / "peers.json").read_text())["imbalance"]
    z = shape("ball 3")[:, :3]
    assert np.abs(z).sum() == pytest.approx(peers["checksum"])
    everything = np.arange(len(z))
    full, two = neighbor_graph(z, m=1), neighbor_graph(z[:, :2], m=1)
    forward = information_imbalance(z, z[:, :2], graph=full, rows=everything)
    back = information_imbalance(z[:, :2], z, graph=two, rows=everything)
    assert forward.value == pytest.approx(peers["full to two"], rel=1e-6)
    assert back.value == pytest.approx(peers["two to full"], rel=1e-6)
    assert forward.value < back.value  # two coordinates know less than three


def test_trustworthiness_equals_scikit_learn():
    z = shape("ball 5", n=400)
    flat = z[:, :2]
    ours = trustworthiness(z, neighbor_graph(flat, m=10), rows=np.arange(400))
    assert ours == pytest.approx(sklearn_trustworthiness(z, flat, n_neighbors=10), abs=1e-9)


def test_procrustes_equals_scipy_and_cka_by_hand():
    a, b = shape("ball 3", n=300)[:, :4], shape("ball 5", n=300)[:, :4]
    assert procrustes_disparity(a, b) == pytest.approx(procrustes(a, b)[2], abs=1e-9)
    a, b = a - a.mean(0), b - b.mean(0)
    gram_a, gram_b = a @ a.T, b @ b.T
    direct = (gram_a * gram_b).sum() / np.linalg.norm(gram_a) / np.linalg.norm(gram_b)
    assert linear_cka(a, b) == pytest.approx(direct)


def test_overlap_by_hand_and_detour_of_a_ring():
    z = shape("ball 3", n=200)
    graph = neighbor_graph(z, m=10)
    assert neighbor_overlap(graph, graph) == 1
    assert neighbor_overlap(graph, neighbor_graph(z, m=3)) == 1
    ring = shape("circle", n=1000)
    # Arc over chord, median over angles: (pi/2) / (2 sin(pi/4)).
    assert geodesic_detour(ring, neighbor_graph(ring)) == pytest.approx(np.pi / 2 / np.sqrt(2), rel=0.03)
    square = np.random.default_rng(0).random((1000, 2))
    assert geodesic_detour(square, neighbor_graph(square)) < 1.15


@pytest.mark.parametrize("z", [np.zeros((30, 2)), np.outer(np.arange(30.0), [1, 2]), np.eye(4)[:, :2]])
def test_degenerate_references_give_numbers_or_reasons(z):
    frozen = reference(z)
    for now in (z, np.zeros_like(z), np.random.default_rng(0).random(z.shape)):
        scores = twist_scores(frozen, now)
        assert all(scores[key] is not None or scores[f"{key}_reason"] for key in TWIST_SCORES)


def test_bad_references_are_named():
    with pytest.raises(ValueError, match="at least 4 points, got 3"):
        reference(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="shape"):
        twist_scores(reference(np.random.default_rng(0).random((20, 2))), np.zeros((20, 3)))
    with pytest.raises(ValueError, match="2-D"):
        flipped_share(reference(np.random.default_rng(0).random((20, 3))), np.zeros((20, 3)))
