"""Any bytes under the name of a checkpoint are read as plain arrays or refused in one line, bounded.

Torch files are fuzzed in a limited child, as they are read (test_bad_checkpoints.py).
"""

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from dcviz.data.dataset import DataError
from dcviz.engine.inspect.weights import read_weights

ARRAYS = {"encoder.0.weight": np.eye(4, dtype=np.float32), "encoder.0.bias": np.zeros(4, np.float16)}


def whole(kind: str) -> bytes:
    """A good file of this format."""
    if kind == "safetensors":
        return save(ARRAYS)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **ARRAYS)
    return buffer.getvalue()


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good file with bytes changed, cut out or put in, or any bytes at all."""
    kind = draw(st.sampled_from(["safetensors", "npz"]))
    if draw(st.integers(0, 9)) == 0:
        return kind, draw(st.binary(max_size=200))
    data = bytearray(whole(kind))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data) - 1))
        what = draw(st.sampled_from(["change", "cut", "insert"]))
        if what == "change":
            data[place] = draw(st.integers(0, 255))
        elif what == "cut" and len(data) > 50:
            del data[place : place + draw(st.integers(1, 40))]
        else:
            data[place:place] = draw(st.binary(max_size=12))
    return kind, bytes(data)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(file=damaged())
def test_damaged_checkpoints_are_read_or_refused_in_words(tmp_path, file) -> None:
    kind, data = file
    path = tmp_path / f"f.{kind}"
    path.write_bytes(data)
    before = sorted(tmp_path.iterdir())
    arrays, words = {}, "none"
    try:
        arrays = read_weights(path).tensors
    except DataError as refusal:
        words = str(refusal)
    assert len(words.splitlines()) == 1
    assert all(isinstance(array, np.ndarray) for array in arrays.values())
    assert sorted(tmp_path.iterdir()) == before
    assert path.read_bytes() == data


@pytest.mark.parametrize("kind", ["safetensors", "npz"])
def test_the_good_file_is_read(tmp_path, kind) -> None:
    (tmp_path / f"f.{kind}").write_bytes(whole(kind))
    found = read_weights(tmp_path / f"f.{kind}").tensors
    assert set(found) == set(ARRAYS)
    np.testing.assert_array_equal(found["encoder.0.weight"], np.eye(4))
