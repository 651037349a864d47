"""Train on one's own data: by path or upload, with the file's own words where it cannot be."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dcviz.data import load
from dcviz.engine import facts
from dcviz.engine.launchers import LAUNCHERS
from dcviz.runs import RunStore
from dcviz.ui import frame

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "train.py")


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to the launcher, instead of starting processes."""
    seen: list[str] = []
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    monkeypatch.setattr(
        LAUNCHERS["local"], "submit", lambda run, resume=False: seen.append(run.id), raising=False
    )
    return seen


def page() -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not app.exception, app.exception[0].value
    return app


def told(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in [*app.markdown, *app.caption, *app.error, *app.warning])


def command(app: AppTest) -> list[str]:
    return shlex.split(next(code.value for code in app.code if "dcviz train" in code.value))


def test_own_data_come_by_path(empty_store: RunStore, submitted, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("a,b,c\n" + "\n".join(f"{i},{i * i % 7},{i % 5}" for i in range(50)))
    app = page()
    app.selectbox(key="train_data").select("own").run()
    assert "once the form is complete" in told(app)
    app.text_input(key="own_path").set_value(str(table)).run()
    assert not app.exception
    assert command(app)[5] == str(table)
    assert app.number_input(key="train_clusters").value == 10
    labeled = tmp_path / "labeled.csv"
    labeled.write_text("a,b,label\n" + "\n".join(f"{i},{i * i % 7},{i % 5}" for i in range(50)))
    app.text_input(key="own_path").set_value(str(labeled)).run()
    assert "train_clusters" not in [each.key for each in app.number_input]
    assert 5 in [each.value for each in app.number_input if each.label == "Clusters"]
    app.text_input(key="own_path").set_value(str(tmp_path / "missing.csv")).run()
    assert "There is no file or folder" in app.error[0].value
    assert "missing.csv on the machine" in app.error[0].value.replace("\\", "")
    assert "start" not in [button.key for button in app.button]


def test_an_upload_is_written_once_and_goes_before_the_path(
    empty_store: RunStore, submitted, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "cache"))
    app = page()
    app.selectbox(key="train_data").select("own").run()
    app.file_uploader(key="own_file").set_value(
        ("cells.csv", b"a,b\n" + b"1,2\n3,4\n5,7\n" * 20, "text/csv")
    ).run()
    assert not app.exception
    (kept,) = (tmp_path / "cache" / "uploads").rglob("cells.csv")
    assert command(app)[5] == str(kept)
    written = kept.stat().st_mtime_ns
    app.text_input(key="own_path").set_value("/nowhere.csv").run()
    assert command(app)[5] == str(kept)
    assert kept.stat().st_mtime_ns == written
    assert "is used, not the path" in "".join(each.value for each in app.info)


def test_messages_keep_the_names_of_data_as_they_are(monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(frame.st, "error", lambda text, icon: told.append(text))
    for text in ("nan: 1 row", "cells.csv is empty", "there is no run"):
        frame.say(ValueError(text))
    assert [text.replace("\\", "") for text in told] == [
        "nan: 1 row",
        "cells.csv is empty",
        "There is no run",
    ]


def size_told(app: AppTest) -> str:
    (said,) = (each.value for each in app.caption if " points · " in each.value)
    return str(said)


def test_the_size_of_ones_own_data_is_told_as_that_of_the_catalog(empty_store, submitted, tmp_path) -> None:
    app = page()
    assert size_told(app).startswith("1,200 points · 2 values a point · 4 classes: curve 1")
    app.number_input(key="data_arcs_n").set_value(300).run()
    assert size_told(app).startswith("300 points")
    app.selectbox(key="train_data").select("own").run()
    rows = {"a": range(40), "b": [i * i % 7 for i in range(40)]}
    table, pictures = tmp_path / "t.csv", tmp_path / "p.npy"
    pd.DataFrame(rows | {"label": ["cat", "dog"] * 20}).to_csv(table, index=False)
    np.save(pictures, np.random.default_rng(0).integers(0, 255, (30, 8, 8, 3), np.uint8))
    for path, said in (
        (table, "40 points · 2 values a point · 2 classes: cat, dog"),
        (pictures, "30 points · 192 values a point (8 × 8, color) · no labels"),
    ):
        app.text_input(key="own_path").set_value(str(path)).run()
        assert size_told(app) == said


def test_a_folder_is_read_once_until_it_changes(tmp_path, monkeypatch) -> None:
    for k in range(12):
        (tmp_path / f"kind{k % 2}").mkdir(exist_ok=True)
        Image.fromarray(np.full((8, 8), 20 * k, np.uint8)).save(tmp_path / f"kind{k % 2}" / f"{k}.png")
    read: list[str] = []
    monkeypatch.setattr(facts, "load", lambda path, **how: read.append(path) or load(path, **how))
    seen = [facts.facts_of(tmp_path, {})[0] for _ in range(3)]
    assert len(read) == 1
    assert (seen[2].n, seen[2].class_names) == (12, ("kind0", "kind1"))
    (tmp_path / "kind1" / "11.png").rename(tmp_path / "kind1" / "11.txt")
    assert facts.facts_of(tmp_path, {})[0].n == 11
