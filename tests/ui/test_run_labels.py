"""Lists of runs: two trainings of one name, as one gets by pressing Start twice, can both be chosen."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.runs import RunStore
from dcviz.ui import pick

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def twins(tiny_store: RunStore) -> RunStore:
    for run in tiny_store.list():
        run.rename("twin")
    return tiny_store


def page(name: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=60)
    app.session_state["minute.skipped"] = True
    return app


def test_labels_of_one_name_are_told_apart_by_id(twins: RunStore) -> None:
    shelf = {run.id: run for run in twins.list()}
    labels = pick.labels(shelf)
    assert list(labels) == list(shelf)
    assert len(set(labels.values())) == len(shelf)
    assert all(run_id in line and line.startswith("twin") for run_id, line in labels.items())


def test_a_name_of_its_own_stays_as_it_is(tiny_store: RunStore) -> None:
    shelf = {run.id: run for run in tiny_store.list()}
    assert pick.labels(shelf) == {run_id: pick.describe(run) for run_id, run in shelf.items()}


@pytest.mark.parametrize("name", ["explore", "geometry"])
def test_each_of_two_runs_of_one_name_opens(twins: RunStore, name: str) -> None:
    app = page(name).run()
    for number, run in enumerate(twins.list()):
        app.selectbox(key="pick_run").select_index(number).run()
        assert not app.exception
        assert app.query_params["run"] == run.id


@pytest.mark.parametrize("name", ["explore", "geometry", "compare", "twist"])
def test_no_list_of_runs_has_a_label_twice(twins: RunStore, name: str) -> None:
    app = page(name).run()
    assert not app.exception
    lists = [each.options for each in app.selectbox if any("twin" in str(line) for line in each.options)]
    assert lists
    for options in lists:
        assert len(set(options)) == len(options)


def test_a_name_is_no_markdown_in_the_captions_of_compare(twins: RunStore) -> None:
    for run in twins.list():
        run.rename("*loud* $x^2$ ![](http://example.org/a.png)")
    app = page("compare").run().run()
    assert not app.exception
    told = [str(each.value) for each in app.caption if "widest directions" in str(each.value)]
    assert told
    assert not [text for text in told if "*loud*" in text.replace(r"\*", "") or "![" in text]
