"""Read-only means the action itself refuses, whoever calls it."""

import io
import zipfile
from pathlib import Path

import pytest

from dcviz.runs import RunStore
from dcviz.ui import actions, mode


def every_action(run_id: str) -> dict:
    """Each action that changes something, ready to be called."""
    request = object()
    return {
        "rename": lambda: actions.rename(run_id, "mine"),
        "set_tags": lambda: actions.set_tags(run_id, ["a"]),
        "delete": lambda: actions.delete(run_id),
        "import_zip": lambda: actions.import_zip(io.BytesIO(b""), "x.zip"),
        "control": lambda: actions.control(run_id, "stop"),
        "facts": lambda: actions.facts("/etc/passwd", {}),
        "plan": lambda: actions.plan("rdc", "/etc/passwd"),
        "start": lambda: actions.start(request),
        "warm_up": actions.warm_up,
        "compute_umap": lambda: actions.compute_umap(run_id),
        "resume": lambda: actions.resume(run_id),
        "start_branch": lambda: actions.start_branch(run_id, request),
        "keep_upload": lambda: actions.keep_upload(io.BytesIO(b"x"), "x.csv"),
    }


def names() -> list[str]:
    return list(every_action("x"))


def test_no_action_is_forgotten() -> None:
    import inspect

    public = {
        name
        for name, value in vars(actions).items()
        if inspect.isfunction(value) and value.__module__ == actions.__name__ and not name.startswith("_")
    }
    assert public == {*names(), "export"}


@pytest.mark.parametrize("said", ["read-only", "class"])
@pytest.mark.parametrize("name", names())
def test_read_only_refuses_every_action(
    tiny_store: RunStore, monkeypatch, tmp_path: Path, name: str, said: str
) -> None:
    monkeypatch.setenv("DCVIZ_MODE", said)
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path / "cache"))
    before = {path: path.stat().st_mtime_ns for path in tiny_store.root.rglob("*")}
    with pytest.raises(mode.RefusedError, match="read-only"):
        every_action(tiny_store.list()[0].id)[name]()
    assert {path: path.stat().st_mtime_ns for path in tiny_store.root.rglob("*")} == before
    assert not (tmp_path / "cache" / "uploads").exists()


@pytest.mark.parametrize(
    ("said", "address", "expected"),
    [
        ("", "127.0.0.1", "solo"),
        ("", "localhost", "solo"),
        ("", "::1", "solo"),
        ("", "127.8.9.10", "solo"),
        ("", "0.0.0.0", "read-only"),
        ("", "192.168.0.7", "read-only"),
        ("", None, "read-only"),
        ("", "lab.example.org", "read-only"),
        ("solo", "0.0.0.0", "solo"),
        ("SOLO", "0.0.0.0", "solo"),
        ("read-only", "127.0.0.1", "read-only"),
        ("class", "127.0.0.1", "class"),
        ("Class", "0.0.0.0", "class"),
        ("anything", "127.0.0.1", "read-only"),
    ],
)
def test_mode_goes_by_address_unless_said(monkeypatch, said: str, address: str | None, expected: str) -> None:
    monkeypatch.setenv("DCVIZ_MODE", said)
    monkeypatch.setattr(mode.st.config, "get_option", lambda name: address)
    assert mode.mode() == expected


@pytest.mark.parametrize(
    ("visitor", "expected"),
    [(None, "solo"), ("127.0.0.1", "solo"), ("::1", "solo"), ("10.0.0.8", "read-only")],
)
def test_a_visitor_from_elsewhere_only_looks(monkeypatch, visitor: str | None, expected: str) -> None:
    from types import SimpleNamespace

    monkeypatch.setenv("DCVIZ_MODE", "")
    monkeypatch.setattr(mode.st.config, "get_option", lambda name: "127.0.0.1")
    monkeypatch.setattr(mode.st, "context", SimpleNamespace(ip_address=visitor))
    assert mode.mode() == expected


def test_looking_is_always_allowed(tiny_store: RunStore, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "read-only")
    run = tiny_store.list()[0]
    packed = actions.export(run.id)
    assert f"{run.id}/run.json" in zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert actions.plan("rdc", "arcs").method == "rdc"


def test_solo_names_tags_exports_imports_and_deletes(tiny_store: RunStore, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    run = tiny_store.list()[0]
    actions.rename(run.id, "a good one")
    actions.set_tags(run.id, ["paper", " ", "best"])
    assert (run.name, run.tags) == ("a good one", ("paper", "best"))
    packed = actions.export(run.id)
    actions.delete(run.id)
    assert run.id not in [each.id for each in tiny_store.list()]
    again = actions.import_zip(io.BytesIO(packed), "copy.zip")
    assert (again.name, len(again.epochs())) == ("a good one", 5)


def test_an_upload_keeps_its_name_and_nothing_of_its_path(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path))
    path = actions.keep_upload(io.BytesIO(b"a,b\n1,2\n"), "../../evil.csv")
    assert (path.name, path.parent.parent) == ("evil.csv", tmp_path / "uploads")
    assert path.read_bytes() == b"a,b\n1,2\n"


def test_two_uploads_of_one_name_stay_two(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    monkeypatch.setenv("DCVIZ_CACHE", str(tmp_path))
    first, second, again = (actions.keep_upload(io.BytesIO(b), "x.csv") for b in (b"a\n1", b"a\n2", b"a\n1"))
    assert (first.read_bytes(), second.read_bytes()) == (b"a\n1", b"a\n2")
    assert again == first
    assert len([path for path in (tmp_path / "uploads").rglob("*") if path.is_file()]) == 2
