"""What only one method has reaches Explore and Geometry, by kind and not by method."""

import inspect
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from dcviz.engine.request import prepare, wish
from dcviz.engine.worker import work
from dcviz.figures.curves import Curve
from dcviz.figures.curves import Panel as Axes
from dcviz.runs import Run, RunStore
from dcviz.runs.metrics import Epoch
from dcviz.runs.writer import RunWriter
from dcviz.ui import method_panels, panel_kinds, panel_trends
from dcviz.ui.panel_kinds import Drawn
from models.catalog import METHODS
from models.settings import describe

PAGES = Path(__file__).resolve().parents[2] / "pages"
SHORT = {"pretrain_epochs": 1, "finetune_epochs": 1, "pair_epochs": 3, "switch_epochs": 1}
OWN = {
    # Small networks and a short queue, so that a busy machine trains them in seconds too.
    "cces": {"pretrain_epochs": 2, "latent_dim": 8, "batch_size": 20, "queue_size": 40},
    "cc": {"pretrain_epochs": 1, "latent_dim": 8, "batch_size": 20},
    "finch": {"pretrain_epochs": 1},
}


def trained(store: RunStore, method: str, dataset: str = "arcs") -> Run:
    names = {info.name for info in describe(METHODS[method].settings)}
    settings = {k: v for k, v in {**SHORT, **OWN.get(method, {})}.items() if k in names}
    options = {"n": 120} if dataset == "arcs" else {}
    run = prepare(wish(method, dataset, settings=settings, dataset_options=options), store=store)
    assert work(run)["state"] == "finished"
    return run


@pytest.fixture(scope="module")
def few_pictures(tmp_path_factory) -> str:
    """A file of 120 pictures of 8 x 8 in three kinds."""
    rng, labels = np.random.default_rng(0), np.arange(120) % 3
    kinds = rng.integers(0, 200, (3, 8, 8))
    x = (kinds[labels] + rng.integers(0, 50, (120, 8, 8))).astype(np.uint8)
    path = tmp_path_factory.mktemp("pictures") / "few.npz"
    np.savez(path, x=x, y=labels)
    return str(path)


def page(name: str, run: Run, **query: str) -> AppTest:
    app = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=180)
    app.query_params["run"] = run.id
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    assert not app.error
    return app


def headings(app: AppTest) -> list[str]:
    return [text.value.removeprefix("##### ") for text in app.markdown if text.value.startswith("##### ")]


def titles(method: str, kinds) -> list[str]:
    return [panel.title for panel in METHODS[method].panels if panel.kind in kinds]


def test_both_pages_show_every_panel_of_dcss(empty_store) -> None:
    run = trained(empty_store, "dcss")
    RunWriter(run).event("warning", epoch=2, text="Cluster 1 has *2* points")
    explore, geometry = page("explore", run), page("geometry", run)
    assert headings(explore) == titles("dcss", panel_kinds.KINDS)
    assert headings(geometry) == titles("dcss", panel_trends.TRENDS)
    for app in (explore, geometry):
        assert [warning.value for warning in app.warning] == [r"epoch 2: Cluster 1 has \*2\* points"]


def test_an_epoch_that_has_nothing_says_which_phase_will(empty_store) -> None:
    app = page("explore", trained(empty_store, "dcss"), epoch="0")
    assert headings(app) == []
    told = next(caption.value for caption in app.caption if caption.value.startswith("Nothing stored yet"))
    assert "Points without a similar partner" in told
    assert "How far from one-hot (in pairs)" in told


def test_methods_without_panels_are_left_alone(tiny_store) -> None:
    run = next(run for run in tiny_store.list() if run.spec["method"] == "dec")
    assert headings(page("explore", run)) == headings(page("geometry", run)) == []


@pytest.mark.parametrize(("method", "dataset"), [("cdc", "arcs"), ("decs", "arcs"), ("finch", "arcs")])
def test_the_other_methods_show_theirs_too(empty_store, method: str, dataset: str) -> None:
    run = trained(empty_store, method, dataset)
    assert headings(page("explore", run)) == titles(method, panel_kinds.KINDS)
    shown = headings(page("geometry", run))
    assert shown == titles(method, panel_trends.TRENDS)


@pytest.mark.parametrize("method", ["cc", "cces"])
def test_pictures_show_crops_and_partners(empty_store, few_pictures, method: str) -> None:
    run = trained(empty_store, method, few_pictures)
    assert headings(page("explore", run)) == titles(method, panel_kinds.KINDS)
    assert headings(page("geometry", run)) == titles(method, panel_trends.TRENDS)


def test_a_curve_counts_the_epochs_that_have_it(empty_store) -> None:
    """CDC has L_a in its second epoch alone, and correlation in both."""
    run = trained(empty_store, "cdc")
    panel = next(panel for panel in METHODS["cdc"].panels if panel.kind == "losses")
    course = panel_trends.Course(run, METHODS["cdc"], panel, run.epochs(), run.epochs()[-1])
    assert panel_trends.TRENDS["losses"](course).points == "2 epochs with these losses."


def test_true_neighbors_count_neither_missing_entries_nor_oneself() -> None:
    partner = np.array([1, 1, -1, 0])  # a neighbor of one's own label, oneself, none, one of another label
    run = SimpleNamespace(labels=lambda: np.array([0, 0, 1, 1]), extras=lambda *_: {"neighbor": partner})
    assert panel_trends._agreeing(run, "few", "00001", "neighbor") == (1, 2)


def test_chance_is_drawn_where_there_are_entries(empty_store, few_pictures) -> None:
    run, entry = trained(empty_store, "cces", few_pictures), METHODS["cces"]
    panel = next(panel for panel in entry.panels if panel.kind == "partner_rate")
    drawn = panel_trends.TRENDS["partner_rate"](
        panel_trends.Course(run, entry, panel, run.epochs(), run.epochs()[-1])
    )
    assert drawn.points == "2 epochs with an entry."


def test_a_flag_keeps_clear_of_the_curves() -> None:
    axes = Axes("y", (Curve("high", [1.0] * 8), Curve("falling", [0.5, 0.5, 0.5, 0.5, 0.4, 0.2, 0.1, 0.0])))
    height = panel_trends._free_height(axes, 4)
    assert min(abs(height - y) for y in (1.0, 0.5, 0.4)) > 0.1


@pytest.mark.parametrize("method", [name for name, entry in METHODS.items() if entry.panels])
def test_every_panel_asks_for_what_its_method_has(method: str) -> None:
    entry = METHODS[method]
    settings = {info.name for info in describe(entry.settings)}
    stored = {*entry.extras, "confidence", "centers"}
    for panel in entry.panels:
        assert panel.kind in {*panel_kinds.KINDS, *panel_trends.TRENDS}
        assert panel.cut is None or entry.extras[panel.cut].kind == "number"
        assert set(panel.settings) <= settings
        optional = set(panel.of[2:]) if panel.kind == "crops" else set()
        assert panel.kind == "losses" or set(panel.of) - optional <= stored


@pytest.mark.parametrize("method", [name for name, entry in METHODS.items() if entry.panels])
def test_formulas_can_be_set_at_every_epoch(empty_store, method: str) -> None:
    run = empty_store.create(
        {"method": method, "dataset": "arcs", "settings": METHODS[method].settings().__dict__}
    )
    before = Epoch("00000", 0.0, 0, 0, 0, "", 0)
    for panel in METHODS[method].panels:
        said = method_panels.caption(panel, Drawn(go.Figure(), "", ""), run, before)
        assert "$" not in said.formula + said.symbols
        # A command ends where the next letter would become part of its name.
        assert not re.search(r"\\q?quad[a-zA-Z]", said.formula)


def test_the_desk_tells_what_the_training_warned_of(empty_store) -> None:
    run = trained(empty_store, "dcss")
    RunWriter(run).event("warning", epoch=None, text="a cluster is small")

    def show() -> None:
        from dcviz.runs import default_store
        from dcviz.ui import desk

        desk.desk(default_store().list()[0])

    app = AppTest.from_function(show, default_timeout=180).run()
    assert not app.exception
    assert [warning.value for warning in app.warning] == ["a cluster is small"]


def test_no_number_of_the_catalog_stays_undrawn() -> None:
    for entry in METHODS.values():
        panels = [*entry.panels, *panel_trends.leftovers(entry)]
        drawn = {name for panel in panels for name in (*panel.of, panel.cut)}
        assert {name for name, extra in entry.extras.items() if extra.kind == "number"} <= drawn


def test_no_method_is_named_where_panels_are_drawn() -> None:
    for module in (method_panels, panel_kinds, panel_trends):
        source = inspect.getsource(module)
        assert not [name for name in METHODS if f'"{name}"' in source]
