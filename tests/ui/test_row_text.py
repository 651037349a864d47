"""Selections in the address bar: short, exact, and bounded whoever wrote them."""

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcviz.ui.row_text import LONGEST, rows_text, text_rows


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_what_is_written_is_read_back(case) -> None:
    n, chosen = case
    rows = np.array(sorted(chosen), np.int64)
    text = rows_text(rows, n)
    if text:
        assert text_rows(text, n).tolist() == rows.tolist()
    else:
        assert not chosen or text is None


def test_ranges_stay_readable_and_thousands_become_bits() -> None:
    assert rows_text(np.array([3, 10, 11, 12]), 70_000) == "3.10-12"
    rng = np.random.default_rng(0)
    rows = np.sort(rng.choice(70_000, 900, replace=False))
    text = rows_text(rows, 70_000)
    assert text is not None
    assert text.startswith("z")
    assert len(text) <= LONGEST
    assert text_rows(text, 70_000).tolist() == rows.tolist()


def test_a_selection_too_scattered_for_an_address_is_left_out() -> None:
    rows = np.flatnonzero(np.random.default_rng(0).random(70_000) < 0.5)
    assert rows_text(rows, 70_000) is None


def packed(raw: bytes) -> str:
    return "z" + base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode().rstrip("=")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("5-2", "from 0 to 99"),
        ("100", "from 0 to 99"),
        ("7.a", "written like"),
        ("1" * 5000, "letters"),
        ("z!!", "damaged"),
        ("zAAAA", "damaged"),
        (packed(b"\0" * 10_000_000)[:3900], "not one of"),
        (packed(b"\xff" * 13), "not one of"),
        (packed(b"\x01"), "not one of"),
    ],
)
def test_damaged_texts_are_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        text_rows(text, 100)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.text("z0123456789-.", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rows = text_rows(text, 50)
    except ValueError:
        return
    assert ((rows >= 0) & (rows < 50)).all()
