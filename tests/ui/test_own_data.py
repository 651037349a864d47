"""Train on one's own data: by path or upload, with the file's own words where it cannot be."""

import shlex
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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
