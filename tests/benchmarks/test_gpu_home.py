"""Rows come home also where a table has got columns since."""

import pytest

from benchmarks.gpu_home import merge


@pytest.mark.parametrize(
    ("here", "there", "added", "text"),
    [
        ("a,b,load\n1,2,\n3,4,0.5\n", "a,b\n1,2\n", 1, "a,b,load\n1,2,\n3,4,0.5\n"),
        ("a,b\n1,2\n3,4\n", "a,b,load\n1,2,\n", 1, "a,b,load\n1,2,\n3,4,\n"),
        ("b,a\n2,1\n", "a,b\n1,2\n", 0, "a,b\n1,2\n"),
    ],
)
def test_one_table_may_have_columns_more(tmp_path, here, there, added, text) -> None:
    (tmp_path / "here.csv").write_text(here)
    (tmp_path / "there.csv").write_text(there)
    assert merge(tmp_path / "here.csv", tmp_path / "there.csv") == added
    assert (tmp_path / "there.csv").read_text() == text
    assert merge(tmp_path / "here.csv", tmp_path / "there.csv") == 0
