"""An import becomes a run like any other: neighbors, clusters, scores, names that stay."""

import numpy as np
import pytest

from dcviz.exchange.intake import import_latents
from dcviz.exchange.latents import incoming
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.registry import EPOCH_SCORES
from dcviz.geometry.thresholds import Thresholds


def test_every_epoch_has_all_its_files(run, latents) -> None:
    assert [epoch.key for epoch in run.epochs()] == ["00001", "00002", "00010"]
    assert run.broken is None
    assert run.status()["state"] == "finished"
    for epoch, z in zip(run.epochs(), latents, strict=True):
        np.testing.assert_array_equal(run.latents(epoch.key), z)
        np.testing.assert_array_equal(run.neighbors(epoch.key).indices, neighbor_graph(z).indices)
        assert set(EPOCH_SCORES) <= set(epoch.scores)


def test_scores_are_those_of_the_latents(run) -> None:
    first, last = run.epochs()[0].scores, run.epochs()[-1].scores
    assert last["acc"] == 1.0
    assert last["purity"] == 1.0
    assert last["scale"] > first["scale"]
    assert run.spec["clusters"] == 3
    assert run.spec["class_names"] == ["ant", "bee", "cat"]


def test_clusters_keep_their_names_over_epochs(run) -> None:
    before = run.assignments("00002")
    np.testing.assert_array_equal(before, run.assignments("00010"))


def test_clusters_of_the_source_are_used(tmp_path, store, latents) -> None:
    own = np.arange(60) % 5
    np.savez(tmp_path / "a.npz", z=latents, clusters=own)
    run = import_latents(incoming(tmp_path / "a.npz"), store)
    for epoch in run.epochs():
        np.testing.assert_array_equal(run.assignments(epoch.key), own)


def test_without_labels_scores_say_why_they_are_absent(tmp_path, store, latents) -> None:
    np.save(tmp_path / "z.npy", latents[0])
    run = import_latents(incoming(tmp_path / "z.npy"), store)
    (epoch,) = run.epochs()
    assert epoch.scores["acc"] is None
    assert epoch.scores["id_all"] is not None
    assert "abels" in epoch.reasons["acc"]
    assert any("No labels" in notice for notice in run.spec["notices"])


def test_a_single_class_is_no_reason_to_fail(tmp_path, store, latents) -> None:
    np.savez(tmp_path / "a.npz", z=latents[0], labels=np.zeros(60, int))
    run = import_latents(incoming(tmp_path / "a.npz"), store)
    assert any("same" in notice for notice in run.spec["notices"])


def test_few_points_lower_m(tmp_path, store) -> None:
    np.save(tmp_path / "z.npy", np.eye(4))
    run = import_latents(incoming(tmp_path / "z.npy"), store, thresholds=Thresholds(M=9))
    assert run.spec["thresholds"]["M"] == 3
    assert run.neighbors(0).width == 3


def test_inputs_and_position_come_along(tmp_path, store, latents) -> None:
    plane, position = np.random.default_rng(1).normal(size=(60, 2)), np.linspace(0, 1, 60)
    np.savez(tmp_path / "a.npz", z=latents, inputs=plane, position=position)
    run = import_latents(incoming(tmp_path / "a.npz"), store)
    np.testing.assert_allclose(run.inputs(), plane, rtol=1e-6)
    np.testing.assert_allclose(run.position(), position, rtol=1e-6)


@pytest.mark.parametrize("inputs", [np.zeros((60, 3)), np.zeros((59, 2)), np.full((60, 2), np.nan)])
def test_inputs_that_do_not_fit_are_refused(tmp_path, store, latents, inputs) -> None:
    np.savez(tmp_path / "a.npz", z=latents, inputs=inputs)
    with pytest.raises(ValueError, match="inputs must be finite numbers"):
        import_latents(incoming(tmp_path / "a.npz"), store)
    assert not store.root.exists() or not list(store.root.iterdir())


def test_two_imports_of_one_name_are_two_runs(store, folder) -> None:
    runs = [import_latents(incoming(folder), store) for _ in range(2)]
    assert len({run.id for run in runs}) == 2
    assert len(store.list()) == 2


def test_progress_counts_epochs(store, folder) -> None:
    told: list[tuple[int, int]] = []
    import_latents(incoming(folder), store, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
