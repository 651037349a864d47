"""The printable report: complete, escaped, without script or network, and its curves where they belong."""

import itertools
import re
from html.parser import HTMLParser

import pytest

from dcviz.exchange.report import report_html, write_report
from dcviz.exchange.report.curves import Frame, Line, curves, ticks
from dcviz.exchange.report.planes import key_epochs

VOID = {"meta", "img", "br", "path", "rect", "circle"}


class Balance(HTMLParser):
    """Counts what is opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def test_it_says_what_the_run_says(run) -> None:
    text = report_html(run)
    for word in (run.id, run.name, "imported", "60", "lambda_ratio = 0.6", "Seed", "numpy"):
        assert word in text, word
    for epoch in run.epochs():
        assert f"{epoch.scores['id']:.3f}" in text or epoch.key not in key_epochs(run)
    assert text.count("data:image/png;base64,") == len(key_epochs(run)) == 2
    balance = Balance()
    balance.feed(text)
    assert not balance.open


def test_it_holds_no_script_and_asks_no_network(run) -> None:
    text = report_html(run)
    balance = Balance()
    balance.feed(text)
    assert not balance.seen & {"script", "link", "iframe", "object", "form"}
    assert "default-src 'none'" in text
    assert not re.findall(r"(?:src|href)=['\"]?(?:https?:)?//", text)


def test_names_cannot_smuggle_markup(run) -> None:
    run.rename("<script>alert(1)</script>")
    text = report_html(run)
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_a_run_without_epochs_is_told_so(store, tmp_path) -> None:
    empty = store.create({"method": "rdc", "dataset": "arcs", "phases": [["pretraining", 2]]})
    assert "No epoch is stored yet" in report_html(empty)
    assert write_report(empty, tmp_path / "r.html").read_text().startswith("<!doctype html>")


def test_key_epochs_are_the_ends_of_phases(run) -> None:
    assert key_epochs(run) == ["00001", "00010"]


def test_a_curve_is_drawn_where_its_values_are() -> None:
    frame = Frame(0, 10, 0, 1)
    text = curves("t", [0, 5, 10], [Line("a", [0.0, 0.5, 1.0], "#000")])
    path = f"M{frame.x(0)} {frame.y(0)}L{frame.x(5)} {frame.y(0.5)}L{frame.x(10)} {frame.y(1)}"
    assert path in text
    assert frame.y(0) > frame.y(1)


def test_a_gap_stays_a_gap() -> None:
    text = curves("t", [0, 1, 2, 3], [Line("a", [1.0, 2.0, None, 3.0], "#123456")])
    assert text.count('class="line" stroke="#123456"') == 1
    assert text.count("<circle") == 1
    assert "no values" in curves("t", [0, 1], [Line("a", [None, None], "#000")])


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 7), (0.001, 0.0042), (0, 12345), (-1e-9, 1e-9)])
def test_ticks_are_round_and_inside(low, high) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 9
    assert all(low - 1e-12 <= value <= high + 1e-12 for value in found)
    assert len({round(b - a, 12) for a, b in itertools.pairwise(found)}) <= 2


def test_ticks_of_nothing() -> None:
    assert ticks(3, 3) == [3]
