"""Any bytes under any name are trained on or refused in words: no other exception, bounded."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcviz.data import load
from dcviz.data.dataset import DataError

BOUNDED = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def good(kind: str) -> bytes:
    """A whole file of each format."""
    buffer, x = io.BytesIO(), np.arange(24, dtype=np.float32).reshape(8, 3)
    table = pd.DataFrame({"x": x[:, 0], "y": x[:, 1], "label": list("abababab")})
    if kind == "npy":
        np.save(buffer, x)
    elif kind == "npz":
        np.savez_compressed(buffer, x=x, y=np.arange(8) % 2)
    elif kind == "parquet":
        table.to_parquet(buffer)
    elif kind == "png":
        from PIL import Image

        Image.fromarray((x * 9).astype(np.uint8)).save(buffer, "png")
    else:
        table.to_csv(buffer, index=False, sep="\t" if kind == "tsv" else ",")
    return buffer.getvalue()


WHOLE = {kind: good(kind) for kind in ("npy", "npz", "csv", "tsv", "parquet", "png")}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A whole file with some bytes changed, cut out or put in; or any bytes."""
    kind = draw(st.sampled_from(sorted(WHOLE)))
    data = bytearray(WHOLE[kind])
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(data) - 1, 0)))
        what = draw(st.sampled_from(["change", "cut", "insert", "anything"]))
        if what == "change" and data:
            data[place] = draw(st.integers(0, 255))
        elif what == "cut":
            del data[place : place + draw(st.integers(1, 40))]
        elif what == "insert":
            data[place:place] = draw(st.binary(max_size=12))
        else:
            data = bytearray(draw(st.binary(max_size=200)))
    return kind, bytes(data)


def placed(folder: Path, kind: str, data: bytes) -> Path:
    """The path to ask for; pictures come in a folder."""
    if kind != "png":
        path = folder / f"x.{kind}"
        path.write_bytes(data)
        return path
    (folder / "pictures").mkdir(exist_ok=True)
    (folder / "pictures" / "a.png").write_bytes(data)
    return folder / "pictures"


@BOUNDED
@given(damaged())
def test_any_bytes_are_read_or_refused(tmp_path: Path, case: tuple[str, bytes]) -> None:
    path = placed(tmp_path, *case)
    said = ""
    try:
        data = load(path)
    except DataError as error:
        said = str(error)
    assert "\n" not in said
    if said:
        return
    assert len(data.x) > 0
    assert np.isfinite(data.x).all()
    assert data.labels is None or len(data.labels) == len(data.x)


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_the_whole_files_are_read(tmp_path, kind) -> None:
    assert load(placed(tmp_path, kind, WHOLE[kind])).n == (1 if kind == "png" else 8)


def test_the_limit_is_raised_by_the_environment(tmp_path, monkeypatch) -> None:
    path = placed(tmp_path, "npy", WHOLE["npy"])
    monkeypatch.setenv("DCVIZ_LIMIT_GB", "0.0000001")
    with pytest.raises(DataError, match=r"at most 107 B are read.*set DCVIZ_LIMIT_GB, in GB, before"):
        load(path)
    monkeypatch.setenv("DCVIZ_LIMIT_GB", "much")
    with pytest.raises(DataError, match="must be a number of GB above 0, got 'much'"):
        load(path)
    monkeypatch.setenv("DCVIZ_LIMIT_GB", "0.001")
    assert load(path).n == 8


def test_pictures_that_take_more_than_the_limit_together(tmp_path, monkeypatch) -> None:
    folder = placed(tmp_path, "png", WHOLE["png"])
    (folder / "b.png").write_bytes(WHOLE["png"])
    monkeypatch.setenv("DCVIZ_LIMIT_GB", str(30 / 2**30))
    with pytest.raises(DataError, match=r"2 pictures of 3x8 take 48 B.*resize=1"):
        load(folder)


def test_links_to_folders_are_refused(tmp_path) -> None:
    folder = placed(tmp_path, "png", WHOLE["png"])
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "class").symlink_to(folder)
    with pytest.raises(DataError, match="class is a link"):
        load(tmp_path / "own")


def test_a_bomb_of_arrays(tmp_path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((9_000_000, 3), np.float32))
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", buffer.getvalue())
    with pytest.raises(DataError, match="zip bomb"):
        load(tmp_path / "x.npz")
