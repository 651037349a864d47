"""Figures as files: drawn by Chromium through kaleido, and a plain word where there is none."""

import shutil

import plotly.graph_objects as go
import pytest

from dcviz.figures import saving


@pytest.fixture
def figure() -> go.Figure:
    return go.Figure(go.Bar(x=["core", "border"], y=[0.9, 0.6]))


@pytest.mark.browser
@pytest.mark.parametrize(("kind", "magic"), [("pdf", b"%PDF-"), ("svg", b"<svg"), ("png", b"\x89PNG")])
def test_a_figure_becomes_a_file(figure, kind: str, magic: bytes) -> None:
    if saving.missing():
        pytest.skip(saving.missing())
    made = saving.figure_bytes(figure, kind)
    assert made.startswith(magic)
    if kind == "svg":
        assert b"border" in made  # letters stay letters


def test_without_a_browser_one_is_told(figure, monkeypatch) -> None:
    from choreographer.browsers.chromium import Chromium

    monkeypatch.setattr(Chromium, "find_browser", classmethod(lambda cls, **_: None))
    with pytest.raises(saving.SavingError, match="Chromium or Chrome"):
        saving.figure_bytes(figure, "pdf")


def test_without_kaleido_one_is_told(figure, monkeypatch) -> None:
    monkeypatch.setattr(saving.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(saving.SavingError, match="package kaleido"):
        saving.figure_bytes(figure, "pdf")


def test_another_kind_is_refused(figure) -> None:
    with pytest.raises(ValueError, match="not as 'bmp'"):
        saving.figure_bytes(figure, "bmp")


@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium found")
def test_chromium_of_this_machine_is_found() -> None:
    assert saving.missing() == ""
