"""The live scores of an epoch and the measure of any array: keys, values, reasons, speed."""

import json
import math
import time

import numpy as np
import pytest

from benchmarks.shapes import manifolds
from dcviz.geometry.agreement import agreement
from dcviz.geometry.dimension import linear_dimension, mean_estimate, two_nn
from dcviz.geometry.filters import Thresholds, core_share_law
from dcviz.geometry.full import full_scores
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.purity import split_scores
from dcviz.geometry.scores import EPOCH_SCORES, POINT_SCORES, PointInput, live_scores, measure


@pytest.fixture(scope="module")
def latents():
    z, labels = manifolds(1500, d=6, dimension=3, k=5)
    return z, labels, neighbor_graph(z)


def test_live_scores_are_the_functions_values(latents):
    z, labels, graph = latents
    scores, assignments, centers = live_scores(z, graph, clusters=5, labels=labels)
    assert centers.shape == (5, 6)
    assert scores["acc"] == agreement(labels, assignments).acc
    parts = [z[assignments == k] for k in range(5)]
    ids = mean_estimate(two_nn(neighbor_graph(part)) for part in parts)
    assert scores["id"] == pytest.approx(ids.value, rel=1e-5)
    assert scores["id_low"] == pytest.approx(ids.low, rel=1e-5)
    lid = np.mean([linear_dimension(part).value for part in parts])
    assert scores["lid"] == pytest.approx(lid)
    assert scores["curvature"] == pytest.approx(scores["lid"] - scores["id"])
    assert scores["id_all"] == pytest.approx(two_nn(graph).value)
    assert scores["lid_all"] == linear_dimension(z).value
    split = split_scores(graph, Thresholds(), labels=labels, assignments=assignments)
    assert scores["core_share"] == split.core_share
    assert scores["core_count"] == split.core
    assert scores["purity"] == split.true.all.value
    assert scores["purity_core"] == split.true.core.value
    assert scores["purity_border"] == split.true.border.value
    assert scores["purity_filtered"] == split.true.core_filtered.value
    assert scores["purity_clusters"] == split.predicted.all.value
    assert scores["reliable"] == split.reliable / (split.core * 5)
    assert scores["core_share_law"] == pytest.approx(core_share_law(0.6, 5, scores["id_all"]))
    centered = z - z.mean(0)
    assert scores["scale"] == pytest.approx(math.sqrt((centered**2).sum() / len(z)), rel=1e-5)


def test_every_key_is_present_and_json(latents):
    z, labels, graph = latents
    for given in ({"clusters": 5, "labels": labels}, {"clusters": 5}, {"labels": labels}, {}):
        scores = json.loads(json.dumps(live_scores(z, graph, **given)[0]))
        for key, entry in EPOCH_SCORES.items():
            for name in (key, *(entry.band or ())):
                assert name in scores
                assert (scores[name] is None) == (f"{name}_reason" in scores)
            if entry.needs_labels and "labels" not in given:
                assert scores[key] is None


def test_the_methods_own_clusters_are_used(latents):
    z, labels, graph = latents
    scores, assignments, centers = live_scores(z, graph, assignments=labels, labels=labels, clusters=5)
    assert scores["acc"] == 1
    assert assignments is labels
    assert centers is None


def test_warm_start_is_stable_and_survives_bad_centers(latents):
    z, _, graph = latents
    _, first, centers = live_scores(z, graph, clusters=5)
    _, again, _ = live_scores(z, graph, clusters=5, previous_centers=centers)
    np.testing.assert_array_equal(first, again)
    for bad in (np.full((5, 6), np.nan), np.zeros((4, 6))):
        np.testing.assert_array_equal(live_scores(z, graph, clusters=5, previous_centers=bad)[1], first)


def test_missing_graph_and_broken_latents_have_reasons(latents):
    z, labels, _ = latents
    scores, _, _ = live_scores(z, None, clusters=5, labels=labels)
    assert scores["acc"] is not None
    assert scores["id_reason"] == "No neighbor graph."
    broken = z.copy()
    broken[7, 2] = np.inf
    scores, assignments, _ = live_scores(broken, None, clusters=5, labels=labels)
    assert assignments is None
    assert scores["acc_reason"] == "Row 7 of the latents holds NaN or infinity."


def test_measure_fields(latents):
    z, labels, graph = latents
    found = json.loads(json.dumps(measure(z, labels=labels)))
    expected = {"n", "d", "id", "id_low", "id_high", "lid", "participation_ratio", "curvature", "core_share"}
    assert expected | {"core_share_law", "purity", "gride", "recall", "collapsed"} <= set(found)
    assert found["n"] == 1500
    assert found["duplicates"] == 0
    assert measure(np.concatenate([z, z[:7]]))["duplicates"] == 14
    assert found["id"] == pytest.approx(two_nn(graph).value)
    assert found["curvature"] == pytest.approx(found["lid"] - found["id"])
    assert [at["k"] for at in found["gride"]] == [1, 2, 4]
    assert not any(key.startswith("id_all") for key in found)
    assert measure(z)["purity_reason"] == "No true labels."
    assert measure(z, labels=labels, clusters=5)["acc"] > 0.5
    assert len(measure(z, thresholds=Thresholds(M=20))["gride"]) == 4
    with pytest.raises(ValueError, match="Row 0"):
        measure(np.full((30, 2), np.nan))


def test_point_scores_give_one_number_a_point(latents):
    z, labels, graph = latents
    view = PointInput(z, graph, Thresholds(), labels, labels)
    for entry in POINT_SCORES.values():
        values = entry.function(view)
        assert values.shape == (len(z),)
        assert np.isfinite(values).mean() > 0.9
        assert entry.title
        assert entry.caption
    plain = PointInput(z, graph)
    assert POINT_SCORES["purity"].function(plain) is None
    assert POINT_SCORES["ratio"].function(plain) is not None
    tiny = PointInput(z[:1], neighbor_graph(z[:1]))
    assert all(
        entry.function(tiny) is None or len(entry.function(tiny)) == 1 for entry in POINT_SCORES.values()
    )


def test_live_scores_of_the_toy_take_few_milliseconds():
    z, labels = manifolds(1200, d=2, dimension=2, k=4)
    graph = neighbor_graph(z)
    _, _, centers = live_scores(z, graph, clusters=4, labels=labels)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        live_scores(z, graph, clusters=4, labels=labels, previous_centers=centers)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.006  # 1 ms on a quiet core; slack for a busy machine


def test_full_scores_hold_bands_scales_and_times(latents):
    z, labels, _ = latents
    found = json.loads(json.dumps(full_scores(z, clusters=5, labels=labels, seeds=3, n_init=2)))
    assert found["acc_band_low"] <= found["acc_band_high"]
    assert -1 <= found["silhouette"] <= 1
    assert [at["k"] for at in found["gride"]] == [1, 2, 4, 8, 16, 32]
    assert found["blocks"][0]["id"] == pytest.approx(found["gride"][0]["id"], rel=0.05)
    assert 0 <= found["hdbscan_noise"] <= 1
    assert set(found["seconds"]) == {"seed_band", "silhouette", "gride", "blocks", "dbscan", "hdbscan"}
    plain = full_scores(z, clusters=5, density=())
    assert plain["silhouette"] is not None
    assert plain["acc_band_low_reason"] == "No true labels."
    assert "dbscan_clusters" not in plain
    for bad in (np.zeros((0, 2)), np.zeros((1, 2)), np.zeros((30, 2))):
        tiny = full_scores(bad, clusters=3, labels=np.zeros(len(bad), int), seeds=2, n_init=1)
        assert tiny["silhouette"] is None
        assert tiny["silhouette_reason"]
