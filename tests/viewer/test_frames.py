"""The bytes of the viewer: one file, read alike by Python and by JavaScript."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dcviz.viewer import frames

HERE = Path(__file__).parent
SAMPLE = HERE / "sample.dcvf"
EXPECTED = {
    "kind": "frame",
    "meta": {"key": "00012", "half": 2.5, "outside": 0, "note": "ä <b>"},
    "arrays": {
        "xy": [[0, 65535], [32768, 1], [7, 8]],
        "cluster": [0, 3, 255],
        "flags": [1, 4294967295, 0],
        "axis": [0.0, 0.5, -1.5],
    },
}
TYPES = {"xy": np.uint16, "cluster": np.uint8, "flags": np.uint32, "axis": np.float32}


def sample() -> bytes:
    arrays = {name: np.array(values, TYPES[name]) for name, values in EXPECTED["arrays"].items()}
    return frames.pack(EXPECTED["kind"], EXPECTED["meta"], arrays)


def test_the_stored_sample_is_what_pack_writes():
    assert SAMPLE.read_bytes() == sample(), "the format changed: raise frames.VERSION and write a new sample"


def test_python_reads_the_stored_sample():
    kind, meta, arrays = frames.unpack(SAMPLE.read_bytes())
    assert (kind, meta) == (EXPECTED["kind"], EXPECTED["meta"])
    assert {name: array.tolist() for name, array in arrays.items()} == EXPECTED["arrays"]
    assert {name: array.dtype for name, array in arrays.items()} == TYPES


@pytest.mark.skipif(shutil.which("node") is None, reason="no node: the JavaScript tests are left out")
def test_javascript_reads_the_stored_sample_and_its_own_tests_pass():
    files = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    found = subprocess.run(["node", "--test", *files], capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stdout[-4000:] + found.stderr[-2000:]
    assert "# fail 0" in found.stdout
    assert "# pass 0" not in found.stdout


def test_the_expected_values_are_those_javascript_compares_with():
    assert json.loads((HERE / "sample.json").read_text(encoding="utf-8")) == EXPECTED


@pytest.mark.parametrize("cut", [0, 5, 11, 40, -9])
def test_cut_or_foreign_bytes_are_refused(cut):
    with pytest.raises(ValueError, match=r"DCVF|cut|Expecting|delimiter|Unterminated"):
        frames.unpack(SAMPLE.read_bytes()[:cut])


def test_another_version_is_refused():
    data = bytearray(SAMPLE.read_bytes())
    data[4] = 99
    with pytest.raises(ValueError, match="version 99"):
        frames.unpack(bytes(data))


def test_pack_refuses_what_cannot_travel():
    with pytest.raises(ValueError, match="float64"):
        frames.pack("frame", {}, {"x": np.zeros(2)})
    with pytest.raises(ValueError, match="kind"):
        frames.pack("film", {}, {})
    with pytest.raises(ValueError, match="JSON"):
        frames.pack("frame", {"bad": float("nan")}, {})


@given(points=hnp.arrays(np.float64, (7, 2), elements=st.floats(-3, 3)), half=st.floats(3, 50))
def test_quantization_errs_by_half_a_step_at_most(points, half):
    center = np.array([0.5, -0.25])
    codes = frames.quantize(points + center, center=center, half=half)
    back = frames.dequantize(codes, center=center, half=half)
    assert np.abs(back - points - center).max() <= half / frames.STEPS * (1 + 1e-9)


def test_points_outside_the_box_stay_on_its_edge():
    codes = frames.quantize(np.array([[9.0, -9.0]]), center=np.zeros(2), half=1)
    assert codes.tolist() == [[65535, 0]]


@given(
    values=hnp.arrays(np.float32, 20, elements=st.floats(0, 4, width=32)),
    levels=hnp.arrays(np.float32, 9, elements=st.floats(0, 4, width=32), unique=True),
)
def test_codes_answer_thresholds_on_levels_exactly(values, levels):
    levels = np.sort(levels)
    at_or_below, below = frames.rank_codes(values, levels), frames.rank_codes_above(values, levels)
    for k, level in enumerate(levels):
        assert ((values < level) == (at_or_below <= k)).all()
        assert ((values > level) == (below > k)).all()


def test_cluster_codes_keep_none_apart():
    assert frames.cluster_codes(np.array([-1, 0, 254, 255, 300])).tolist() == [255, 0, 254, 255, 255]


def test_score_codes_mark_missing_values():
    codes = frames.byte_codes(np.array([0.0, 1.0, np.nan, 7.0, -3.0]), low=0, high=1)
    assert codes.tolist() == [0, 254, 255, 254, 0]


def test_same_bits_put_neighbor_j_in_bit_j():
    assert frames.same_bits(np.array([[True, False, True], [False, True, False]])).tolist() == [5, 2]
