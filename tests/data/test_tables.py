import numpy as np
import pandas as pd
import pytest

from dcviz.data import DataError, load


def _csv(tmp_path, text, name="t.csv"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


@pytest.mark.parametrize("name", ["label", "y", "class", "target", "Label", "CLASS"])
def test_label_column_is_found_by_name(tmp_path, name):
    data = load(_csv(tmp_path, f"a,{name},b\n1,cat,2\n3,ape,4\n5,cat,6\n"))
    assert data.x.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert data.x.dtype == np.float32
    assert data.labels.tolist() == [1, 0, 1]
    assert data.class_names == ("ape", "cat")
    assert data.clusters == 2


def test_y_beside_x_is_a_coordinate(tmp_path):
    assert load(_csv(tmp_path, "x,y\n1,2\n3,4\n")).x.tolist() == [[1, 2], [3, 4]]
    data = load(_csv(tmp_path, "x,y,label\n1,2,0\n3,4,1\n"))
    assert data.x.tolist() == [[1, 2], [3, 4]]
    assert data.labels.tolist() == [0, 1]


def test_label_column_may_be_named_or_refused(tmp_path):
    path = _csv(tmp_path, "a,label,b\n1,0,2\n3,1,4\n")
    assert load(path, labels="b").x.tolist() == [[1, 0], [3, 1]]
    assert load(path, labels="none").x.shape == (2, 3)
    assert load(path, labels="none").labels is None


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(tmp_path, separator):
    text = "a,b,label\n1,2.5,0\n3,4.5,1\n".replace(",", separator)
    assert load(_csv(tmp_path, text)).x.tolist() == [[1, 2.5], [3, 4.5]]


def test_no_header(tmp_path):
    data = load(_csv(tmp_path, "1,2\n3,4\n5,6\n"))
    assert data.x.tolist() == [[1, 2], [3, 4], [5, 6]]
    with pytest.raises(DataError, match="no column 'kind' for the labels; columns: 0, 1"):
        load(_csv(tmp_path, "1,2\n3,4\n"), labels="kind")


def test_index_column_of_pandas_is_left_out(tmp_path):
    pd.DataFrame({"a": [5, 6], "b": [7, 8]}).to_csv(tmp_path / "t.csv")
    data = load(tmp_path / "t.csv")
    assert data.x.tolist() == [[5, 7], [6, 8]]
    assert "row numbers was left out" in data.note


@pytest.mark.parametrize("numbers", [[0, 1, 2], [17, 3, 90]])
def test_a_column_that_numbers_the_rows_is_no_feature(tmp_path, numbers):
    pd.DataFrame({"id": numbers, "a": [5, 6, 7]}).to_csv(tmp_path / "t.csv", index=False)
    data = load(tmp_path / "t.csv")
    assert data.x.tolist() == [[5], [6], [7]]
    assert "its column 'id' of row numbers was left out" in data.note


@pytest.mark.parametrize("column", [{"id": [1, 1, 2]}, {"id": [0.5, 1.5, 2.5]}, {"width": [1, 2, 3]}])
def test_what_does_not_number_the_rows_stays_a_feature(tmp_path, column):
    pd.DataFrame({**column, "a": [5, 6, 7]}).to_csv(tmp_path / "t.csv", index=False)
    assert load(tmp_path / "t.csv").x.shape == (3, 2)


def test_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4], "target": pd.Categorical(["u", "v"])})
    frame.to_parquet(tmp_path / "t.parquet")
    data = load(tmp_path / "t.parquet")
    assert data.x.tolist() == [[1, 3], [2, 4]]
    assert data.class_names == ("u", "v")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DataError, match=r"cannot be read as a .parquet table"):
        load(tmp_path / "t.parquet")


@pytest.mark.parametrize(("text", "says"), [
    ("", "is empty"),
    ("a,b,label\n", "has no rows"),
    ("label\n1\n2\n", "no feature columns beside the labels 'label'"),
    ("a,b\n1,2\n3,\n", "1 cells of column 'b' are missing, the first in data row 2"),
    ("a,b\n1,2\nNaN,4\n", "column 'a' are missing, the first in data row 2"),
    ("a,b\n1,2\n3,inf\n", "first is inf in row 1, column 1"),
    ("a,b\n1,2\n3,red\n", "'b' is not numeric, data row 2 holds 'red'.*labels=b"),
    ("a,when\n1,2020-01-01\n3,2020-01-02\n", "'when' is not numeric, data row 1 holds '2020-01-01'"),
    ("a,label\n1,cat\n2,\n", "1 labels are missing in column 'label', the first in data row 2"),
    ("a,label,target\n1,0,0\n2,1,1\n", "label and target could all be the labels; choose with labels=label"),
    ("a,label\n1,0.5\n2,1\n", "label 0.5 in row 0"),
    ("a,b\n1,2\n3,4,5\n", "cannot be read as a .csv table"),
])  # fmt: skip
def test_bad_tables_are_refused_with_the_place(tmp_path, text, says):
    with pytest.raises(DataError, match=says):
        load(_csv(tmp_path, text))


def test_unknown_label_column_lists_the_columns(tmp_path):
    with pytest.raises(DataError, match="no column 'kind' for the labels; columns: a, b; or say none"):
        load(_csv(tmp_path, "a,b\n1,2\n"), labels="kind")


def test_not_text_at_all(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00\x81" * 9)
    with pytest.raises(DataError, match=r"t.csv cannot be read as a .csv table"):
        load(tmp_path / "t.csv")
