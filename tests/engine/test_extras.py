"""Extras and warnings of a training reach its folder."""

import warnings
from pathlib import Path

import numpy as np
import pytest

import models
from dcviz.engine.estimate import estimate
from dcviz.engine.lasting_names import new_names
from dcviz.engine.recorder import compact
from dcviz.engine.request import wish
from dcviz.engine.warned import MOST, kept_warnings
from dcviz.engine.worker import work
from dcviz.geometry.agreement import match_clusters
from models.catalog import METHODS

METHODS_FILE = str(Path(models.__file__).parent / "methods" / "decs.py")
SHORT = {"pretrain_epochs": 2, "finetune_epochs": 2, "pair_epochs": 3, "switch_epochs": 1}


@pytest.fixture
def dcss(new_run):
    run = new_run("dcss", settings=SHORT)
    assert work(run)["state"] == "finished"
    return run


def test_every_extra_of_the_catalog_is_stored_where_it_is_promised(dcss) -> None:
    described = METHODS["dcss"].extras
    for epoch in dcss.epochs():
        expected = {n for n, e in described.items() if e.phases and epoch.phase in e.phases}
        stored = dcss.extras(epoch.key)
        assert set(stored) >= (expected if epoch.epoch else set())
        for name, value in stored.items():
            wide = described[name].columns
            if described[name].kind == "points":
                columns = dcss.spec["settings"][wide] if isinstance(wide, str) else wide
                assert (len(value), value[0].size) == (120, columns)
    last = dcss.epochs()[-1]
    assert last.extras["uses_q"] == 1
    numbers = {name for name, extra in described.items() if extra.kind == "number"}
    assert set(last.extras) == numbers


def test_columns_keep_the_names_of_their_clusters(dcss) -> None:
    last = dcss.epochs()[-1]
    stored, clusters = dcss.extras(last.key), dcss.assignments(last.key)
    np.testing.assert_array_equal(stored["q"].argmax(1), clusters)
    # p numbers its clusters by the centers, MNet's q by itself: both are shown under one name.
    p = stored["memberships"].argmax(1)
    np.testing.assert_array_equal(match_clusters(p, clusters), p)


@pytest.mark.parametrize("method", ["dcss", "decs", "cdc"])
def test_the_disk_cost_counts_extras(new_run, method: str) -> None:
    own = {"dcss": {"pair_epochs": 6}}.get(method, {})
    settings = {"pretrain_epochs": 6, "finetune_epochs": 6, **own}
    options = {"dataset_options": {"n": 600}, "schedule": {"checkpoint_every": 3}}
    cost = estimate(wish(method, "arcs", settings=settings, **options))
    run = new_run(method, n=600, checkpoint_every=3, settings=settings)
    work(run)
    assert cost.total_bytes == pytest.approx(run.size(), rel=0.25)


def test_a_cluster_without_points_takes_a_name_left_over() -> None:
    assert new_names(np.array([1, 1, 3]), np.array([0, 0, 3]), 4).tolist() == [1, 0, 2, 3]


def test_four_bytes_a_number_are_enough() -> None:
    kinds = [compact(np.zeros(2, t)).dtype for t in (np.float64, np.int64, np.float32, np.uint8, bool)]
    assert kinds == [np.float32, np.int32, np.float32, np.uint8, bool]


def test_warnings_of_methods_become_events_and_those_of_libraries_only_log() -> None:
    events: list[str] = []
    log: list[str] = []
    with kept_warnings(events.append, log.append):
        warnings.warn("of a library", stacklevel=1)
        for text in ("cluster 1", "cluster 1", *(f"cluster {k}" for k in range(2, 2 * MOST))):
            warnings.warn_explicit(text, UserWarning, METHODS_FILE, 1)
    assert (events[0], len(set(events)), len(events)) == ("cluster 1", MOST - 1, MOST - 1)
    assert log[0] == "UserWarning: of a library"


def test_a_vanishing_cluster_is_an_event(new_run) -> None:
    run = new_run(
        "decs", settings={"pretrain_epochs": 1, "finetune_epochs": 3, "finetune_learning_rate": 1.0}
    )
    work(run)
    told = [event for event in run.events() if event["type"] == "warning"]
    assert told
    assert "below N / (10 K) = 3.0" in told[0]["text"]
    smallest = {epoch.position: epoch.extras.get("smallest_cluster") for epoch in run.epochs()}
    for event in told:  # each says what its epoch shows
        assert smallest[event["epoch"]] == int(event["text"].partition(" has ")[2].split()[0])
