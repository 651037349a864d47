"""Tables of results take rows whose columns changed since, and lose nothing."""

import csv

import pytest

from benchmarks.large import RESULTS as LARGE
from benchmarks.rows import append


def read(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_follow_the_header_whatever_their_own_order(tmp_path) -> None:
    path = tmp_path / "made" / "table.csv"
    append(path, [{"what": "a, b", "seconds": 1.5}])
    append(path, [{"seconds": 2, "what": "c"}, {"what": "d"}])
    assert path.read_text() == 'what,seconds\n"a, b",1.5\nc,2\nd,\n'
    append(path, [])
    assert len(read(path)) == 3


def test_a_new_column_goes_last_and_is_empty_before(tmp_path) -> None:
    path = tmp_path / "table.csv"
    append(path, [{"what": "a\nb", "date": "then"}])
    append(path, [{"what": "c", "cpu": 3, "date": "now", "load": 0.5}, {"what": "d", "version": 1}])
    assert read(path) == [
        {"what": "a\nb", "date": "then", "cpu": "", "load": "", "version": ""},
        {"what": "c", "date": "now", "cpu": "3", "load": "0.5", "version": ""},
        {"what": "d", "date": "", "cpu": "", "load": "", "version": "1"},
    ]


def test_the_rows_of_one_call_need_not_share_their_columns(tmp_path) -> None:
    append(tmp_path / "table.csv", [{"a": 1}, {"b": 2}])
    assert (tmp_path / "table.csv").read_text() == "a,b\n1,\n,2\n"


def test_the_table_of_waits_takes_the_columns_of_today(tmp_path) -> None:
    path = tmp_path / "waits.csv"
    path.write_text("method,whole,date\nrdc,91.7,2026-11-22\n")
    append(path, [{"method": "dec", "whole": 1.5, "cpu": 1.2, "load": 0.3, "date": "d", "version": "0.1.0"}])
    old, new = read(path)
    assert (old["method"], old["whole"], old["date"], old["cpu"]) == ("rdc", "91.7", "2026-11-22", "")
    assert (new["method"], new["date"], new["cpu"], new["version"]) == ("dec", "d", "1.2", "0.1.0")


def test_a_table_that_is_widened_appears_whole_or_stays(tmp_path, monkeypatch) -> None:
    path = tmp_path / "table.csv"
    append(path, [{"a": 1}])

    def full(*args, **kwargs) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dcviz.runs.files.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        append(path, [{"a": 2, "b": 3}])
    assert path.read_text() == "a\n1\n"
    assert [each.name for each in tmp_path.iterdir()] == ["table.csv"]


def test_a_line_that_was_cut_off_does_not_run_into_the_next(tmp_path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n3")
    append(path, [{"a": 4, "b": 5}])
    assert path.read_text() == "a,b\n1,2\n3\n4,5\n"
    append(path, [{"a": 6, "c": 7}])
    assert [row["c"] for row in read(path)] == ["", "", "", "7"]


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file_gets_a_header(tmp_path, text) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    append(path, [{"a": 1}])
    assert path.read_text() == "a\n1\n"


def test_a_line_with_too_many_cells_is_named_and_nothing_is_lost(tmp_path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2,3\n")
    with pytest.raises(ValueError, match="line 2 has more cells"):
        append(path, [{"a": 4, "c": 5}])
    assert path.read_text() == "a,b\n1,2,3\n"
    append(path, [{"a": 4, "b": 5}])  # needs no rewriting
    assert path.read_text() == "a,b\n1,2,3\n4,5\n"


def test_every_committed_table_can_take_a_row_with_a_new_column(tmp_path) -> None:
    for table in sorted(LARGE.parent.glob("*.csv")):
        copy = tmp_path / table.name
        copy.write_bytes(table.read_bytes())
        append(copy, [{"a column of tomorrow": 1}])
        assert len(read(copy)) == len(read(table)) + 1
        assert read(copy)[:-1] == [{**row, "a column of tomorrow": ""} for row in read(table)]
