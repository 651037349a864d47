import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from dcviz.engine.lasting_names import renamed
from dcviz.engine.recorder import Recorder, line_of
from dcviz.geometry.clusters import seed_band
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs.writer import RunWriter


def snapshot(epoch: int, *, batch: int = 0, seed: int = 0, assignments=None, centers=None) -> SimpleNamespace:
    """Three clear groups of 30 points; the order of `assignments` is what the method says."""
    rng = np.random.default_rng(seed)
    places = np.repeat([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]], 30, axis=0)
    z = (places + rng.normal(0, 0.3, (90, 2))).astype(np.float32)
    return SimpleNamespace(
        epoch=epoch, batch=batch, batches=4, iteration=4 * epoch + batch, phase="pretraining", phase_index=0,
        latents=z, assignments=assignments, confidence=None, centers=centers, losses={"total": 1.0},
        seconds=0.5, checkpoint=None,
    )  # fmt: skip


def recorder(run, **more) -> Recorder:
    writer = RunWriter(run)
    writer.tidy()
    settings = {"labels": np.repeat([0, 1, 2], 30), "clusters": 3, "thresholds": Thresholds(), **more}
    return Recorder(writer, **settings)


def test_k_means_stands_in_and_keeps_its_names(new_run) -> None:
    run = new_run()
    with recorder(run) as made:
        for epoch in range(4):
            made.put(snapshot(epoch, seed=epoch))
    first = run.assignments(0)
    assert run.epoch(0).scores["acc"] == 1.0
    for epoch in range(4):
        stored = run.assigned(epoch)
        np.testing.assert_array_equal(stored["assignments"], first)
        for cluster in range(3):
            near = np.linalg.norm(stored["centers"][cluster] - run.latents(epoch)[first == cluster].mean(0))
            assert near < 0.1


def test_a_method_that_renumbers_its_clusters_is_renamed(new_run) -> None:
    run = new_run()
    truth = np.repeat([0, 1, 2], 30).astype(np.int32)
    centers = np.array([[0, 0], [8, 0], [0, 8]], np.float32)
    turned = np.array([2, 0, 1])  # what was cluster c is now called turned[c]
    moved = np.empty_like(centers)
    moved[turned] = centers
    with recorder(run) as made:
        made.put(snapshot(0, assignments=truth, centers=centers))
        made.put(snapshot(1, assignments=turned[truth].astype(np.int32), centers=moved))
    np.testing.assert_array_equal(run.assignments(1), truth)
    np.testing.assert_array_equal(run.assigned(1)["centers"], centers)


def test_a_cluster_that_is_empty_for_a_while_keeps_a_place() -> None:
    before = np.array([0, 0, 1, 1, 2, 2])
    now = np.array([1, 1, 0, 0, 0, 0])  # cluster 2 of now has no point
    centers = np.array([[5.0], [6.0], [7.0]])
    matched, ordered = renamed(now, centers, before)
    assert set(matched[:2]) == {0}
    assert len(set(matched[2:])) == 1
    assert ordered is not None
    assert ordered[0] == 6.0
    assert ordered[matched[2]] == 5.0
    assert sorted(ordered[:, 0]) == [5.0, 6.0, 7.0]


def test_noise_stays_noise() -> None:
    matched, _ = renamed(np.array([1, 1, -1, 0]), None, np.array([0, 0, 0, 1]))
    assert matched.tolist() == [0, 0, -1, 1]


def test_without_k_density_finds_the_clusters(new_run) -> None:
    run = new_run()
    with recorder(run, clusters=0) as made:
        made.put(snapshot(0))
    assert set(run.assignments(0)) - {-1} == {0, 1, 2}
    assert run.epoch(0).scores["acc"] > 0.9


def test_without_labels_scores_are_null_with_a_reason(new_run) -> None:
    run = new_run()
    with recorder(run, labels=None) as made:
        made.put(snapshot(0))
    epoch = run.epoch(0)
    for name in ("acc", "nmi", "ari", "f1_macro", "majority", "purity"):
        assert epoch.scores[name] is None
        assert "label" in epoch.reasons[name]
    assert epoch.scores["purity_clusters"] is not None


def test_labels_change_scores_and_nothing_else(new_run) -> None:
    one, two = new_run(), new_run()
    for run, seed in ((one, 1), (two, 2)):
        labels = np.random.default_rng(seed).permutation(np.repeat([0, 1, 2], 30))
        with recorder(run, labels=labels) as made:
            for epoch in range(3):
                made.put(snapshot(epoch, seed=epoch))
    for name in ("latents/00002.npy", "neighbors/00002.npz"):
        assert (one.path / name).read_bytes() == (two.path / name).read_bytes()
    np.testing.assert_array_equal(one.assignments(2), two.assignments(2))
    assert one.epoch(2).scores["acc"] != two.epoch(2).scores["acc"]


def test_listed_epochs_are_not_written_again(new_run) -> None:
    run = new_run()
    with recorder(run) as made:
        made.put(snapshot(0))
        made.put(snapshot(1, seed=1))
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*.np*")}
    with recorder(run) as made:
        made.put(snapshot(1, seed=99))
        made.put(snapshot(2, seed=2))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len((run.path / "metrics.jsonl").read_text().splitlines()) == 3


def test_a_snapshot_inside_an_epoch_has_a_place_between() -> None:
    line = line_of(snapshot(5, batch=1), "00005b00001", {"acc": None, "acc_reason": "No labels."})
    assert (line["epoch"], line["batch"]) == (5.25, 1)
    assert line["scores"] == {"acc": None}
    assert line["acc_reason"] == "No labels."


def test_one_snapshot_is_written_while_the_next_is_measured(new_run, monkeypatch) -> None:
    run, slow = new_run(), threading.Event()
    measured, write = [], RunWriter.epoch

    def at_leisure(self, line, **arrays) -> None:
        slow.wait(30)
        write(self, line, **arrays)

    monkeypatch.setattr(RunWriter, "epoch", at_leisure)
    measure = Recorder._measured
    monkeypatch.setattr(Recorder, "_measured", lambda *a: (measured.append(a[1].epoch), measure(*a))[1])
    made = recorder(run)
    for epoch in range(4):
        made.put(snapshot(epoch))
    end = time.monotonic() + 10
    while len(measured) < 2 and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(0.1)
    assert measured == [0, 1], "the second while the first is written, and none beyond"
    slow.set()
    made.close()
    assert [epoch.key for epoch in run.epochs()] == [f"{epoch:05d}" for epoch in range(4)]


def test_a_full_disk_reaches_the_training(new_run, monkeypatch) -> None:
    run = new_run()

    def full(*args, **kwargs) -> None:
        raise OSError(28, "No space left on device")

    made = recorder(run)
    made.put(snapshot(0))
    while not run.epochs():
        time.sleep(0.001)
    monkeypatch.setattr("dcviz.runs.writer.write_array", full)
    made.put(snapshot(1))
    with pytest.raises(OSError, match="No space"):
        made.close()
    with pytest.raises(OSError, match="No space"):
        made.put(snapshot(2))
    assert [epoch.key for epoch in run.epochs()] == ["00000"]
    assert not any(thread.name == "recorder" for thread in threading.enumerate())


def test_phase_ends_hold_the_spread_over_seeds(new_run, monkeypatch) -> None:
    """The bars are those of ten seeds on the stored latents; other epochs have none."""
    run = new_run(settings={"pretrain_epochs": 2, "finetune_epochs": 1})
    truth = np.repeat([0, 1, 2], 30)
    with recorder(run) as made:
        for epoch in range(4):
            made.put(snapshot(epoch, seed=epoch))
    with_band = [epoch.position for epoch in run.epochs() if "acc_band_low" in epoch.scores]
    assert with_band == [2, 3]
    expected = seed_band(run.latents(2), 3, labels=truth).spread("acc")
    scores = run.epoch(2).scores
    assert (scores["acc_band_low"], scores["acc_band_high"]) == expected == (1, 1)
    assert scores["band_points"] == 90


@pytest.mark.parametrize("more", [{"labels": None}, {"clusters": 0}])
def test_without_labels_or_clusters_there_is_no_spread(new_run, more) -> None:
    run = new_run("autoencoder", settings={"pretrain_epochs": 1})
    with recorder(run, **more) as made:
        made.put(snapshot(1))
    assert "acc_band_low" not in run.epoch(1).scores
