import json
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcviz.runs import Run, RunStore
from dcviz.runs.errors import RunError
from dcviz.runs.export import export_run, import_run

RUN_JSON = json.dumps({"method": "rdc", "dataset": "arcs"})


@pytest.fixture
def other(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "other")


def zipped(path: Path, entries: dict[str, str | bytes], *, mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16
            archive.writestr(info, text)
    return path


def nothing_is_left(store: RunStore) -> bool:
    return not store.root.exists() or list(store.root.iterdir()) == []


def test_out_and_in_again_is_the_same_run(run: Run, other: RunStore, tmp_path: Path) -> None:
    run.rename("kept name")
    (run.path / "control").mkdir()
    (run.path / "control" / "pause").touch()
    (run.path / "latents" / ".00009.npy.1-2.part").write_bytes(b"half")
    back = import_run(export_run(run, tmp_path / "out" / "run.zip"), other)
    assert (back.id, back.name, back.epochs()) == (run.id, "kept name", run.epochs())
    np.testing.assert_array_equal(back.latents(2), run.latents(2))
    np.testing.assert_array_equal(back.neighbors(2).indices, run.neighbors(2).indices)
    assert back.checkpoint("00002").meta == {"epoch": 2}
    assert not (back.path / "control").exists()
    assert not list(back.path.rglob("*.part"))
    assert import_run(tmp_path / "out" / "run.zip", other).id == f"{run.id}-2"


def test_a_run_in_training_goes_out_as_far_as_it_is(run: Run, other: RunStore, tmp_path: Path) -> None:
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"key": "00004", "ep')
    back = import_run(export_run(run, tmp_path / "run.zip"), other)
    assert back.epochs() == run.epochs()
    assert back.status()["state"] == "interrupted"
    assert (back.path / "metrics.jsonl").read_text().endswith("\n")


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/etc/evil", "a\\..\\evil", "C:\\evil", "a/evil.sh", "a/latents/x.npy",
     "a/latents/00001.npy/x", "a/control/stop", "a/.lock", "a/data/../run.json", "b/run.json"],
)  # fmt: skip
def test_only_files_of_a_run_come_in(name: str, other: RunStore, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "x.zip", {"a/run.json": RUN_JSON, name: "x"})
    with pytest.raises(RunError, match=r"no file of a run folder|no run\.json"):
        import_run(archive, other)
    assert nothing_is_left(other)
    assert not (tmp_path / "evil").exists()


def test_links_and_devices_are_refused(other: RunStore, tmp_path: Path) -> None:
    for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR):
        archive = zipped(tmp_path / "x.zip", {"a/run.json": RUN_JSON}, mode=kind | 0o777)
        with pytest.raises(RunError, match="link or device"):
            import_run(archive, other)
    assert nothing_is_left(other)


def test_a_bomb_is_refused_before_it_is_unpacked(other: RunStore, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "x.zip", {"a/run.json": RUN_JSON, "a/log.txt": b"\0" * 2**25})
    assert archive.stat().st_size < 2**17
    with pytest.raises(RunError, match="swells"):
        import_run(archive, other)
    with pytest.raises(RunError, match="at most 1,000"):
        import_run(archive, other, largest=1000)
    assert nothing_is_left(other)


def test_a_lying_size_fills_nothing(other: RunStore, tmp_path: Path) -> None:
    archive = zipped(tmp_path / "x.zip", {"a/run.json": RUN_JSON, "a/log.txt": b"0123456789" * 1000})
    data = bytearray(archive.read_bytes())
    # The directory at the end declares 10,000 bytes for log.txt: say 10 instead.
    at = data.rindex((10_000).to_bytes(4, "little"))
    data[at : at + 4] = (10).to_bytes(4, "little")
    archive.write_bytes(data)
    with pytest.raises(RunError):
        import_run(archive, other)
    assert nothing_is_left(other)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 50])
def test_what_is_no_zip_is_said_to_be_none(data: bytes, other: RunStore, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(RunError, match="cannot be imported"):
        import_run(tmp_path / "x.zip", other)
    with pytest.raises(RunError, match="no file"):
        import_run(tmp_path / "absent.zip", other)


def test_every_cut_of_an_export_is_refused_whole(run: Run, other: RunStore, tmp_path: Path) -> None:
    whole = export_run(run, tmp_path / "run.zip").read_bytes()
    for cut in range(0, len(whole), len(whole) // 12):
        (tmp_path / "cut.zip").write_bytes(whole[:cut])
        with pytest.raises(RunError):
            import_run(tmp_path / "cut.zip", other)
    assert nothing_is_left(other)


def test_a_damaged_run_json_is_no_run(other: RunStore, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no usable run"):
        import_run(zipped(tmp_path / "x.zip", {"a/run.json": "{}"}), other)
    assert nothing_is_left(other)


def test_the_export_appears_whole_or_not_at_all(run: Run, tmp_path: Path, monkeypatch) -> None:
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with pytest.raises(OSError, match="No space"):
        export_run(run, tmp_path / "out" / "run.zip")
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(RunError, match=r"\.zip"):
        export_run(run, tmp_path / "run.tar")


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_any_damage_is_refused_whole(run: Run, other: RunStore, tmp_path: Path, data) -> None:
    """Bytes changed anywhere: the run comes in and can be read, or nothing is left behind."""
    if not (tmp_path / "whole.zip").exists():
        export_run(run, tmp_path / "whole.zip")
    content = bytearray((tmp_path / "whole.zip").read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "damaged.zip").write_bytes(content)
    before = {each.name for each in other.root.iterdir()} if other.root.exists() else set()
    try:
        found = import_run(tmp_path / "damaged.zip", other)
    except RunError:
        after = {each.name for each in other.root.iterdir()} if other.root.exists() else set()
        assert after == before
        return
    assert not found.broken
