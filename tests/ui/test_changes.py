"""Geometry: what changed since the switch, as curves on request."""

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcviz.geometry.full import CLUSTER_SCORES
from dcviz.geometry.movement import information_imbalance, linear_cka, neighbor_overlap, procrustes_disparity
from dcviz.geometry.reference import reference
from dcviz.geometry.registry import EPOCH_SCORES
from dcviz.geometry.twist import flipped_share
from dcviz.geometry.twist_scores import TWIST_SCORES
from dcviz.ui import changed_since, changes, definitions, epoch_curves
from dcviz.ui.brush import CURVES
from tests.conftest import tiny_run

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "geometry.py")


def asked(run) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params["run"] = run.id
    app.run()
    button = app.button(key="changes_go")
    assert "about" in button.label
    button.click().run()
    assert not app.exception
    assert not app.error
    return app


def drawn(app: AppTest) -> str:
    found = [chart.proto.alt for chart in app.get("plotly_chart")]
    (alt,) = [alt for alt in found if alt.startswith("Curves of what changed")]
    return alt


def test_every_score_between_epochs_has_a_curve() -> None:
    shown = [name for kind in changed_since.KINDS.values() for _, names in kind for name in names]
    assert sorted(shown) == sorted(TWIST_SCORES | CLUSTER_SCORES)


@pytest.mark.parametrize("name", TWIST_SCORES | CLUSTER_SCORES | EPOCH_SCORES)
def test_every_curve_says_unit_formula_and_source(name: str) -> None:
    entry = (TWIST_SCORES | CLUSTER_SCORES | EPOCH_SCORES)[name]
    assert entry.formula
    assert entry.source
    told = definitions.told(entry)
    assert f"${entry.formula}$" in told
    assert f"Source: {entry.source}" in told
    assert entry.formula.count("{") == entry.formula.count("}")


def test_curves_are_those_of_the_stored_latents(tiny_store) -> None:
    run = next(run for run in tiny_store.list() if run.spec["method"] == "dec")
    app = asked(run)
    frozen, last = reference(run.latents("00002")), run.latents("00004")
    assert f"Flipped share (2-D) from 0 to {flipped_share(frozen, last):.3g}" in drawn(app)

    app.segmented_control(key="changes_kind").set_value("Movement").run()
    assert f"to {procrustes_disparity(frozen.z, last):.3g}" in drawn(app)
    assert f"Linear CKA from 1 to {linear_cka(frozen.z, last):.3g}" in drawn(app)

    app.segmented_control(key="changes_kind").set_value("Neighbors kept").run()
    graph = run.neighbors("00004")
    assert f"Neighbor overlap from 1 to {neighbor_overlap(frozen.graph, graph):.3g}" in drawn(app)
    forward = information_imbalance(frozen.z, last, graph=frozen.graph, rows=frozen.sample)
    assert f"reference to now from {2 / 120:.3g} to {forward.value:.3g}" in drawn(app)

    app.segmented_control(key="changes_kind").set_value("Clusters without K").run()
    assert "Silhouette from" in drawn(app)
    assert not app.exception


def test_epochs_without_finite_latents_are_gaps_with_a_reason(tiny_store) -> None:
    run = tiny_run(tiny_store, "dec")
    z = run.latents("00004")
    z[3] = np.nan
    np.save(run.path / "latents" / "00004.npy", z)
    rows = changed_since.measure(run)
    assert rows[-1]["flip_reason"] == rows[-1]["silhouette_reason"] == changed_since.NOT_FINITE
    assert np.isnan(changed_since.values(rows, "flip")).tolist() == [False, False, True]


def test_more_dimensions_say_why_nothing_can_fold(tiny_store) -> None:
    run = tiny_run(tiny_store, "rdc")
    for file in (run.path / "latents").iterdir():
        z = np.load(file)
        np.save(file, np.c_[z, z[:, 0] ** 2].astype(np.float32))
    rows = changed_since.measure(run)
    assert not changed_since.known(rows, "flip")
    assert changed_since.known(rows, "rotation")
    said = changes.caption(run, rows, "Damage", ["rotation", "stretch", "tear"]).not_shown
    assert "2-D latents only" in said


def test_one_epoch_says_that_nothing_can_change(tiny_store) -> None:
    run = tiny_run(tiny_store, "rdc")
    log = run.path / "metrics.jsonl"
    log.write_text(log.read_text().splitlines()[0] + "\n")
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params["run"] = run.id
    app.run()
    assert not app.exception
    assert any("to see anything change" in each.value for each in app.caption)


def test_each_live_score_has_a_curve_on_the_page() -> None:
    source = Path(epoch_curves.__file__).read_text()
    drawn_names = set(re.findall(r'"([a-z_0-9]+)"', source)) | set(CURVES)
    # F1 micro equals ACC, which is a test of its own.
    assert set(EPOCH_SCORES) - drawn_names == {"f1_micro"}
