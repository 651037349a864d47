"""Every page, alone and inside the app, in an empty store, with tiny runs and beside damaged ones."""

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.ui.words import literal

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("twist", "train", "explore", "geometry", "runs")
SHOWING = ("twist", "explore", "geometry")
TIMEOUT = 60


def alone(page: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=TIMEOUT)
    if page == "twist":  # the first minute has tests of its own
        app.session_state["minute.skipped"] = True
    return app


def charts(app: AppTest) -> list:
    return app.get("plotly_chart")


def words(app: AppTest) -> str:
    said = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.subheader]
    return "\n".join(str(element.value) for element in said)


def calm(app: AppTest) -> None:
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_store_says_what_to_do(empty_store, page: str) -> None:
    app = alone(page).run()
    calm(app)
    assert not charts(app)
    if page != "train":
        assert "No run yet" in words(app)
        assert any("python -m dcviz train" in code.value for code in app.code)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_alone(tiny_store, page: str) -> None:
    app = alone(page).run()
    calm(app)
    assert app.title[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_inside_the_app(tiny_store, page: str) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT).run()
    app.switch_page(f"pages/{page}.py").run()
    calm(app)
    assert app.title[0].value


@pytest.mark.parametrize("page", SHOWING)
def test_every_figure_has_a_caption_and_a_text_for_those_who_cannot_see_it(tiny_store, page: str) -> None:
    app = alone(page).run().run()  # the first page lets its picture go first
    assert len(charts(app)) >= 2
    for chart in charts(app):
        assert len(chart.proto.alt) > 20
    assert words(app).count("**Not shown:**") >= len(charts(app))


@pytest.mark.parametrize("page", PAGES)
def test_damaged_folders_break_no_page(damaged_store, page: str) -> None:
    app = alone(page).run()
    assert not app.exception
    if page == "runs":
        assert len(app.dataframe[0].value) == 5
        assert (app.dataframe[0].value["State"] == "cannot be read").sum() == 3


@pytest.mark.parametrize("page", SHOWING)
def test_a_hollow_run_is_an_error_in_words(damaged_store, page: str) -> None:
    hollow = next(run for run in damaged_store.list() if run.spec.get("n") == 60)
    app = alone(page)
    app.query_params["run"] = hollow.id
    app.run().run()
    assert not app.exception
    assert any("cannot be read" in error.value for error in app.error)


def test_the_address_chooses_run_epoch_and_thresholds(tiny_store) -> None:
    run = tiny_store.list()[1]
    app = alone("explore")
    app.query_params.update({"run": run.id, "epoch": "1", "M": "7", "lambda_ratio": "0.2"})
    app.run()
    calm(app)
    assert app.selectbox(key="pick_run").value == run.id
    assert "#### Epoch 1 " in words(app)
    from dcviz.geometry.filters import Thresholds
    from dcviz.geometry.purity import split_scores

    exact = split_scores(run.neighbors("00001"), Thresholds(7, 0.2, 0.6))
    assert app.metric[0].value == f"{exact.core:,}"


@pytest.mark.parametrize(
    ("key", "value"), [("epoch", "tomorrow"), ("M", "0"), ("lambda_ratio", "7"), ("tau_distance", "nan")]
)
def test_a_wrong_address_is_set_right_and_said(tiny_store, key: str, value: str) -> None:
    app = alone("explore")
    app.query_params[key] = value
    app.run()
    calm(app)
    assert any(literal(f"{key}={value}") in toast.value for toast in app.toast)


def test_a_run_that_is_gone_is_said(tiny_store) -> None:
    app = alone("geometry")
    app.query_params["run"] = "20200101-000000-gone"
    app.run()
    calm(app)
    assert "not here" in app.warning[0].value


@pytest.mark.parametrize(("page", "example"), [("explore", "arcs-rdc"), ("geometry", "arcs-dec")])
def test_without_own_runs_the_four_arcs_open(empty_store, monkeypatch, page: str, example: str) -> None:
    from dcviz.runs import store

    monkeypatch.setattr(store, "GALLERY", ROOT / "gallery")
    app = alone(page).run()
    calm(app)
    assert app.selectbox(key="pick_run").value == example


def test_an_own_run_opens_before_every_example(tiny_store, monkeypatch) -> None:
    from dcviz.runs import store

    monkeypatch.setattr(store, "GALLERY", ROOT / "gallery")
    app = alone("explore").run()
    assert app.selectbox(key="pick_run").value == tiny_store.list()[0].id


def test_another_run_forgets_the_epoch_of_the_old_one(tiny_store) -> None:
    first, second = tiny_store.list()
    app = alone("geometry")
    app.query_params.update({"run": first.id, "epoch": "1"})
    app.run()
    app.selectbox(key="pick_run").select(second.id).run()
    calm(app)
    assert app.query_params["run"] == second.id
    assert "epoch" not in app.query_params


def test_the_epoch_slider_moves_table_and_address(tiny_store) -> None:
    app = alone("geometry").run()
    app.select_slider(key="pick_epoch").set_value("00002").run()
    calm(app)
    assert "Clusters at epoch 2" in words(app)
    assert app.query_params["epoch"] == "2"


def test_the_view_survives_a_change_of_page(tiny_store) -> None:
    run = tiny_store.list()[1]
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT)
    app.query_params["run"] = run.id
    app.run()
    app.switch_page("pages/geometry.py").run()
    app.select_slider(key="pick_epoch").set_value("00001").run()
    app.switch_page("pages/explore.py").run()
    calm(app)
    assert app.selectbox(key="pick_run").value == run.id
    assert "#### Epoch 1 " in words(app)


def test_the_picture_goes_first_and_the_charts_follow(tiny_store) -> None:
    app = alone("twist").run()
    calm(app)
    assert not charts(app)
    assert app.get("bidi_component")
    app.run()
    assert len(charts(app)) == 2


def test_scale_is_measured_only_on_request(tiny_store) -> None:
    app = alone("geometry").run()
    before = len(charts(app))
    app.button(key="scale_go").click().run()
    calm(app)
    assert len(charts(app)) == before + 1


def test_data_without_labels_say_so(tiny_store) -> None:
    for run in tiny_store.list():
        (run.path / "data" / "labels.npy").unlink()
    app = alone("explore").run()
    calm(app)
    assert "no labels" in words(app)
    assert app.segmented_control(key="purity_by").options == ["predicted clusters"]


@pytest.mark.parametrize("page", PAGES)
def test_every_widget_has_a_key_of_its_own(tiny_store, page: str) -> None:
    app = alone(page).run()
    kinds = ("button", "button_group", "number_input", "select_slider", "selectbox", "text_input", "toggle")
    widgets = [widget for kind in kinds for widget in app.get(kind)]
    assert all(widget.key for widget in widgets), [w.label for w in widgets if not w.key]


def test_read_only_is_said_in_the_heading(tiny_store, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "read-only")
    app = alone("runs").run()
    calm(app)
    assert "read-only" in words(app)


def test_a_run_without_clusters_is_shown_without_them(tiny_store) -> None:
    import numpy as np

    run = tiny_store.list()[0]
    for epoch in run.epochs():
        np.savez(run.path / "assign" / f"{epoch.key}.npz", assignments=np.full(120, -1, np.int32))
    for page in ("explore", "geometry"):
        app = alone(page)
        app.query_params["run"] = run.id
        app.run()
        calm(app)
        if page == "geometry":
            assert "Nobody clustered" in words(app)
        else:
            assert app.get("button_group")[0].options == ["true labels (evaluation)"]


def test_no_page_imports_torch(tiny_store) -> None:
    paths = [str(ROOT / "pages" / f"{page}.py") for page in PAGES]
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"for path in {paths!r}:\n"
        f"    app = AppTest.from_file(path, default_timeout={TIMEOUT}).run().run()\n"
        "    assert not app.exception, app.exception\n"
        "heavy = {'torch', 'torchvision', 'medmnist', 'umap'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-800:]
