"""What the addresses answer: the numbers of the run, and nothing that is not in its index."""

import json

import numpy as np
import pytest

from dcviz.geometry.filters import Thresholds, distance_gaps, neighbor_ratio, reliable_neighbors
from dcviz.geometry.purity import split_scores
from dcviz.viewer import frames
from dcviz.viewer.resources import BadAddressError, NotThereError, answer

KEY = "00005"


def index_of(shelf, run="flat", **query):
    return json.loads(answer(shelf, f"run/{run}/index.json", query).body)


def arrays_of(shelf, path, **query):
    return frames.unpack(answer(shelf, path, query).body)


def test_the_index_lists_every_epoch_with_phase_and_scores(shelf):
    index = index_of(shelf)
    assert [epoch["key"] for epoch in index["epochs"]] == [f"{k:05d}" for k in range(7)]
    assert [epoch["phase"] for epoch in index["epochs"]] == [0, 0, 0, 0, 1, 1, 1]
    assert index["switch"] == 3
    assert index["epochs"][4]["scores"]["acc"] == pytest.approx(0.4)
    assert "id" not in index["epochs"][4]["scores"], "a missing score is left out, never made up"
    assert index["projection"]["reference"] == "00003"
    assert index["complete"] is True
    assert index["growing"] is False


def test_a_frame_holds_the_latents_within_a_step_of_the_box(shelf):
    index = index_of(shelf)
    _, meta, arrays = arrays_of(shelf, f"run/flat/frame/{index['version']}/{KEY}")
    run = shelf.by_id("flat")
    center = run.latents("00003").astype(np.float64).mean(axis=0)
    found = frames.dequantize(arrays["xy"], center=center, half=meta["half"])
    assert np.abs(found - run.latents(KEY)).max() <= meta["half"] / frames.STEPS + 1e-6
    assert meta["outside"] == 0
    assert (arrays["cluster"] == run.assignments(KEY)).all()


def test_frames_of_all_epochs_share_one_box(shelf):
    index = index_of(shelf, "deep")
    halves = {
        arrays_of(shelf, f"run/deep/frame/{index['version']}/{epoch['key']}")[1]["half"]
        for epoch in index["epochs"]
    }
    assert len(halves) == 1
    assert index["projection"]["half"] == pytest.approx(*halves, rel=1e-5)
    extents = np.array([epoch["extent"] for epoch in index["epochs"]])
    assert np.abs(extents).max() <= halves.pop()


def test_the_tour_keeps_distances_of_the_latents(shelf):
    index = index_of(shelf, "deep")
    _, meta, arrays = arrays_of(shelf, f"run/deep/tour/{index['version']}/{KEY}")
    found = frames.dequantize(arrays["coordinates"], center=np.zeros(6), half=meta["half"])
    z = shelf.by_id("deep").latents(KEY)
    wanted = np.linalg.norm(z[:50, None] - z[None, :50], axis=-1)
    got = np.linalg.norm(found[:50, None] - found[None, :50], axis=-1)
    assert np.abs(wanted - got).max() <= 2 * meta["half"] / frames.STEPS * np.sqrt(6) + 1e-5


@pytest.mark.parametrize("m", [2, 5, 15])
def test_hood_codes_give_the_exact_split_on_every_level(shelf, m):
    _, meta, arrays = arrays_of(shelf, f"run/flat/hood/{KEY}")
    distances = shelf.by_id("flat").neighbors(KEY).distances
    ratio, gaps = neighbor_ratio(distances[:, :m]), distance_gaps(distances)[:, m - 1]
    for k in (0, 51, 127, 153, 254):
        level = np.float32(meta["ratio_levels"][k])
        assert ((arrays["ratio"][m - 2] > k) == (ratio > level)).all()
    for k in range(0, len(meta["gap_levels"]), 37):
        assert ((arrays["gap"][m - 2] <= k) == (gaps < np.float32(meta["gap_levels"][k]))).all()


@pytest.mark.parametrize("m", [1, 2, 5, 15])
def test_hood_codes_of_the_released_code_cut_distances_from_the_first_neighbor_on(shelf, m):
    _, meta, arrays = arrays_of(shelf, f"run/flat/hood/{KEY}", reading="released code")
    distances = shelf.by_id("flat").neighbors(KEY).distances
    assert meta["first"] == 1
    assert arrays["gap"].shape == distances.T.shape
    for k in range(0, len(meta["gap_levels"]), 37):
        tau = float(np.float32(meta["gap_levels"][k]))
        wanted = reliable_neighbors(distances[:, :m], tau, reading="released code")
        codes = arrays["gap"][:m].T
        assert ((codes <= k) == wanted).all()


@pytest.mark.parametrize("m", [1, 5, 15])
@pytest.mark.parametrize("cell", [(0, 255), (90, 40), (153, 128), (200, 254)])
def test_the_table_agrees_with_the_exact_numbers_at_its_grid_points(shelf, m, cell):
    _, meta, arrays = arrays_of(shelf, f"run/flat/table/{KEY}", M=str(m))
    row, column = cell
    ratio, tau = float(arrays["lambda_axis"][row]), float(arrays["tau_axis"][column])
    query = {"M": str(m), "lambda_ratio": repr(ratio), "tau_distance": repr(tau)}
    exact = json.loads(answer(shelf, f"run/flat/exact/{KEY}", query).body)
    assert meta["m"] == exact["m"] == m
    assert arrays["core"][row] == exact["core"]
    assert arrays["reliable"][row, column] == exact["reliable"]
    assert [arrays["same_after"][row, column], arrays["reliable"][row, column]] == exact["links"][
        "core_filtered"
    ]


def test_exact_numbers_are_those_of_geometry(shelf):
    run = shelf.by_id("flat")
    query = {"M": "7", "lambda_ratio": "0.35", "tau_distance": "0.05"}
    exact = json.loads(answer(shelf, f"run/flat/exact/{KEY}", query).body)
    scores = split_scores(run.neighbors(KEY), Thresholds(7, 0.35, 0.05), labels=run.labels())
    assert (exact["core"], exact["reliable_all"]) == (scores.core, scores.reliable_all)
    assert exact["links"]["border"] == [scores.true.border.hits, scores.true.border.total]
    assert sum(size for size, _ in exact["clusters"]) == exact["n"]
    assert sum(core for _, core in exact["clusters"]) == exact["core"]


def test_without_labels_same_means_cluster(shelf):
    assert arrays_of(shelf, "run/bare/hood/00002")[1]["same_by"] == "cluster"
    assert index_of(shelf, "bare")["has"]["label"] is False


def test_the_card_writes_out_its_point(shelf):
    run, query = shelf.by_id("flat"), {"M": "5", "lambda_ratio": "0.5", "tau_distance": "0.03"}
    card = json.loads(answer(shelf, f"run/flat/card/{KEY}/17", query).body)
    graph = run.neighbors(KEY)
    assert [one["point"] for one in card["neighbors"]] == graph.indices[17, :5].tolist()
    assert card["ratio"] == pytest.approx(graph.distances[17, 0] / graph.distances[17, 4], rel=1e-5)
    assert card["core"] == (card["ratio"] > 0.5)
    assert [one["reliable"] for one in card["neighbors"]] == [one["gap"] < 0.03 for one in card["neighbors"]]
    assert card["label"] == int(run.labels()[17])


def test_first_core_names_the_earliest_epoch(shelf):
    run = shelf.by_id("flat")
    _, _, arrays = arrays_of(shelf, "run/flat/entry", M="5", lambda_ratio="0.5")
    cores = np.array([neighbor_ratio(run.neighbors(e.key).distances[:, :5]) > 0.5 for e in run.epochs()])
    ever = cores.any(axis=0)
    assert (arrays["epoch"][ever] == cores.argmax(axis=0)[ever]).all()
    assert (arrays["epoch"][~ever] == 65535).all()
    assert set(arrays["phase"][~ever]) <= {255}


def test_a_plane_says_how_far_its_neighbors_can_be_trusted(shelf):
    version = index_of(shelf, "flat")["version"]
    found = json.loads(answer(shelf, f"run/flat/trust/{version}/{KEY}", {}).body)
    assert found["trust"] == pytest.approx(1, abs=1e-3)
    deep = index_of(shelf, "deep", projection="pca-3-4")["version"]
    assert json.loads(answer(shelf, f"run/deep/trust/{deep}/{KEY}", {}).body)["trust"] < 0.9


@pytest.mark.parametrize(
    "path",
    [
        "",
        "run/nobody/index.json",
        "run/../index.json",
        "run/%2e%2e/index.json",
        "run/flat/index.json/x",
        "run/flat/hood/00099",
        "run/flat/hood/../run.json",
        "run/flat/hood/",
        "run/flat/hood/..",
        "run/flat/frame/pca-0-1.000000000000/00001",
        "run/flat/frame/00001",
        "run/flat/card/00001/300",
        "run/flat/card/00001/-1",
        "run/flat/score/secret/00001",
        "run/flat/sprites/run.json",
        "run/flat/sprites/sprite.png",
        "run/flat/latents/00001.npy",
        "js/000000000000/viewer.js",
        "js/../../frames.py",
    ],
)
def test_addresses_outside_the_index_do_not_exist(shelf, path):
    with pytest.raises(NotThereError):
        answer(shelf, path, {})


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("run/flat/index.json", {"projection": "tsne"}),
        ("run/flat/index.json", {"projection": "pca-1-1"}),
        (f"run/flat/exact/{KEY}", {"M": "0"}),
        (f"run/flat/exact/{KEY}", {"M": "100"}),
        (f"run/flat/exact/{KEY}", {"lambda_ratio": "2"}),
        (f"run/flat/exact/{KEY}", {"tau_distance": "nan"}),
        (f"run/flat/exact/{KEY}", {"reading": "mine"}),
        ("run/flat/card/00001/seven", {}),
    ],
)
def test_malformed_addresses_are_told_what_was_expected(shelf, path, query):
    with pytest.raises(BadAddressError):
        answer(shelf, path, query)
