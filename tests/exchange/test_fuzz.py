"""Any bytes under any name are read or refused in words: no other exception, nothing written, bounded."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcviz.data.dataset import DataError
from dcviz.data.guard import Limits
from dcviz.exchange.labels import read_labels
from dcviz.exchange.latents import incoming

BOUNDED = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SMALL = Limits(file_bytes=2**20)


def good(kind: str) -> bytes:
    """A whole file of each format."""
    buffer, z = io.BytesIO(), np.arange(24, dtype=np.float32).reshape(8, 3)
    table = pd.DataFrame({"z0": z[:, 0], "z1": z[:, 1], "label": list("abababab")})
    if kind == "npy":
        np.save(buffer, z)
    elif kind == "npz":
        np.savez_compressed(buffer, z=z, labels=np.arange(8) % 2)
    elif kind == "parquet":
        table.to_parquet(buffer)
    else:
        table.to_csv(buffer, index=False, sep="\t" if kind == "tsv" else ",")
    return buffer.getvalue()


KINDS = ("npy", "npz", "csv", "tsv", "parquet")
WHOLE = {kind: good(kind) for kind in KINDS}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A whole file with some bytes changed, cut off or put in; or any bytes."""
    kind = draw(st.sampled_from(KINDS))
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


@BOUNDED
@given(damaged())
def test_latents_are_read_or_refused(tmp_path: Path, case: tuple[str, bytes]) -> None:
    kind, data = case
    path = tmp_path / f"z.{kind}"
    path.write_bytes(data)
    try:
        found = incoming(path, limits=SMALL)
        z = found.checked_latents(found.epochs[0])
        found.checked_clusters(found.epochs[0], len(z))
    except DataError:
        return
    assert np.isfinite(z).all()
    assert z.dtype == np.float32
    assert found.labels is None or len(found.labels) == len(z)


@BOUNDED
@given(damaged(), st.sampled_from([".npy", ".csv", ".txt", ".tsv", ".parquet", ".bin"]))
def test_labels_are_read_or_refused(tmp_path: Path, case: tuple[str, bytes], ending: str) -> None:
    path = tmp_path / f"y{ending}"
    path.write_bytes(case[1])
    try:
        assert isinstance(read_labels(path, SMALL), np.ndarray)
    except DataError:
        return


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_files_are_read(tmp_path, kind) -> None:
    (tmp_path / f"z.{kind}").write_bytes(WHOLE[kind])
    assert len(incoming(tmp_path / f"z.{kind}", limits=SMALL).checked_latents(0)) == 8


@BOUNDED
@given(st.binary(max_size=300))
def test_projector_tables_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "tensors.tsv").write_bytes(data)
    (tmp_path / "metadata.tsv").write_bytes(data[::-1])
    try:
        incoming(tmp_path / "tensors.tsv", limits=SMALL).checked_latents(0)
    except DataError:
        return
