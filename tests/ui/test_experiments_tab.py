"""The papers' experiments on Benchmarks: measured levels, and the sentence where nothing was run."""

import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

PAGE = Path(__file__).resolve().parents[2] / "pages" / "benchmarks.py"


def opened(monkeypatch, **query: str) -> AppTest:
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    app = AppTest.from_file(str(PAGE), default_timeout=180)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    return " ".join(each.value for each in [*app.caption, *app.markdown, *app.info])


@pytest.mark.parametrize(("name", "axis"), [("mismatch", "K that"), ("imbalance", "r, share")])
def test_levels_are_told_with_their_device(empty_store, monkeypatch, name: str, axis: str) -> None:
    app = opened(monkeypatch, tab="Wrong K, uneven classes", experiment=name)
    assert app.selectbox(key="experiment").value == name
    told = words(app)
    assert "three moments of the same trainings" in told
    assert "DCSS_u" in told


def test_an_experiment_without_rows_gives_its_command(empty_store, monkeypatch) -> None:
    from dcviz.ui import papers

    monkeypatch.setattr(papers, "levels", lambda name, metric: pd.DataFrame())
    app = opened(monkeypatch, tab="Wrong K, uneven classes")
    assert "python -m benchmarks.experiments mismatch" in words(app)


def test_printed_tests_are_held_against_printed_scores(empty_store, monkeypatch) -> None:
    told = words(opened(monkeypatch, tab="Do methods differ?", paper="CCES"))
    assert "CCES prints F = 9.727; its printed scores give F = 74.21" in told.replace("\\", "")
    assert "3.59" in told


def test_our_own_scores_are_ranked_too(empty_store, monkeypatch) -> None:
    told = words(opened(monkeypatch, tab="Do methods differ?", paper="measured here"))
    assert "mean ranks lie more than" in told
    assert re.search(r"apart: (none|\d+) of \d+ pairs do", told)


@pytest.mark.parametrize(
    ("method", "data", "own"), [("finch", "usps", set()), ("cc", "fashionmnist", {"published"})]
)
def test_a_cell_offers_only_presets_that_its_data_can_take(
    empty_store, monkeypatch, method, data, own
) -> None:
    app = opened(monkeypatch, data=data)
    app.selectbox(key="cell_method").select(method).run()
    offered = app.selectbox(key="cell_preset").options
    assert set(offered) == {"auto", "quick", "standard", "paper"} | own
    for preset in offered:
        app.selectbox(key="cell_preset").select(preset).run()
        assert not app.error, app.error[0].value
        assert not app.button(key="cell_go").disabled


@pytest.mark.parametrize("paper", ["CDC", "CCES", "DCSS"])
def test_a_link_opens_the_ablation_of_a_paper(empty_store, monkeypatch, paper: str) -> None:
    app = opened(monkeypatch, tab="Ablations", parts_of=paper, parts_by="nmi")
    assert (app.selectbox(key="ablation_paper").value, app.selectbox(key="ablation_metric").value) == (
        paper, "nmi"
    )  # fmt: skip
    told = words(app)
    assert "in brackets: means over data sets" in told or "prints no NMI" in told
