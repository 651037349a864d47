import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcviz.runs.errors import RunError
from dcviz.runs.files import (
    append_line,
    json_text,
    read_array,
    read_arrays,
    remove_parts,
    trim_partial_line,
    write_array,
    write_arrays,
    write_bytes,
    write_with,
)
from dcviz.runs.process import host_name

FULL = OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    def half(file) -> None:
        file.write(b"half")
        raise FULL

    with pytest.raises(OSError, match="No space"):
        write_with(tmp_path / "new.bin", half)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_replacement_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    write_bytes(tmp_path / "status.json", b"old")

    def full(file: int) -> None:
        raise FULL

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_bytes(tmp_path / "status.json", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("status.json", b"old")]


def test_a_reader_never_sees_a_part(tmp_path: Path) -> None:
    """Replace a file as fast as possible in another process while reading it."""
    target = tmp_path / "a.npy"
    code = (
        "import sys, numpy as np, pathlib\n"
        "from dcviz.runs.files import write_array\n"
        "for i in range(300): write_array(pathlib.Path(sys.argv[1]), np.full(20000, i, np.float32))\n"
    )
    write_array(target, np.full(20000, -1, np.float32))
    writer = subprocess.Popen([sys.executable, "-c", code, str(target)])
    reads = 0
    while writer.poll() is None:
        seen = read_array(target)
        assert seen.shape == (20000,)
        assert (seen == seen[0]).all()
        reads += 1
    assert writer.returncode == 0
    assert reads > 10


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path, monkeypatch) -> None:
    log = tmp_path / "metrics.jsonl"
    append_line(log, {"key": "00000"})
    before = log.read_bytes()

    def full(file: int) -> None:
        raise FULL

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        append_line(log, {"key": "00001"})
    assert log.read_bytes() == before


def test_a_partial_last_line_is_cut_by_the_next_owner(tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    log.write_bytes(b'{"key": "00000"}\n{"key": "000')
    assert trim_partial_line(log) == 12
    append_line(log, {"key": "00001"})
    assert [json.loads(line)["key"] for line in log.read_text().splitlines()] == ["00000", "00001"]


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    objects = np.array([{"a": 1}], dtype=object)
    with pytest.raises(ValueError, match="Object arrays"):
        write_array(tmp_path / "a.npy", objects)
    with pytest.raises(ValueError, match="objects"):
        write_arrays(tmp_path / "a.npz", {"a": objects})
    assert list(tmp_path.iterdir()) == []
    np.save(tmp_path / "bad.npy", objects)
    np.savez(tmp_path / "bad.npz", a=objects)
    with pytest.raises(RunError, match="pickle"):
        read_array(tmp_path / "bad.npy")
    with pytest.raises(RunError, match="pickle"):
        read_arrays(tmp_path / "bad.npz")


@pytest.mark.parametrize("cut", [0, 1, 9, 60, 200])
def test_a_truncated_array_is_an_error_in_words(tmp_path: Path, cut: int) -> None:
    for name, write, read in (
        ("a.npy", lambda p: write_array(p, np.zeros(50)), read_array),
        ("a.npz", lambda p: write_arrays(p, {"a": np.zeros(50)}), read_arrays),
    ):
        path = tmp_path / name
        write(path)
        path.write_bytes(path.read_bytes()[:cut])
        with pytest.raises(RunError, match="cannot be read"):
            read(path)


numbers = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@given(
    st.recursive(
        numbers, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=9
    )
)
def test_every_value_becomes_standard_json(value) -> None:
    def refuse(word: str):
        raise AssertionError(f"{word} is no JSON")

    json.loads(json_text(value), parse_constant=refuse)


def test_numpy_values_become_plain_json() -> None:
    value = {"a": np.float32(0.5), "b": np.arange(2), "c": np.nan, "d": (1, np.int64(2)), "e": np.bool_(True)}
    assert json.loads(json_text(value)) == {"a": 0.5, "b": [0, 1], "c": None, "d": [1, 2], "e": True}


def test_only_what_nobody_writes_any_more_is_removed(tmp_path) -> None:
    """A worker tidies its run while the app may be writing into it."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    mine, gone, elsewhere, forgotten = (
        tmp_path / "latents" / f".a.json.{host}~{pid}-1.part"
        for host, pid in ((host_name(), os.getpid()), (host_name(), dead.pid), ("else", 1), ("lost", 1))
    )
    mine.parent.mkdir()
    for part in (mine, gone, elsewhere, forgotten):
        part.write_bytes(b"half")
    os.utime(forgotten, (0, 0))
    remove_parts(tmp_path)
    assert set(mine.parent.iterdir()) == {mine, elsewhere}


def test_a_file_that_is_being_written_survives_tidying(tmp_path) -> None:
    def tidied(file) -> None:
        file.write(b"whole")
        remove_parts(tmp_path)

    write_with(tmp_path / "launcher.json", tidied)
    assert (tmp_path / "launcher.json").read_bytes() == b"whole"
