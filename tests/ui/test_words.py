"""Numbers, names and states in words."""

import pytest

from dcviz.ui import words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0094, "9 ms"),
        (0.42, "0.4 s"),
        (12.3, "12 s"),
        (95, "2 min"),
        (7500, "2 h 5 min"),
        (260_000, "3.0 days"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (12_300, "12 kB"), (3_400_000, "3.4 MB"), (2e9, "2.0 GB")]
)
def test_sizes(count: float, said: str) -> None:
    assert words.size(count) == said


@pytest.mark.parametrize(
    ("value", "signed", "plain"),
    [(-1.354, "−1.35", "−1.35"), (0.144, "+0.14", "0.14"), (-0.001, "0.00", "0.00"), (0.0, "0.00", "0.00")],
)
def test_signs_are_those_of_formulas(value: float, signed: str, plain: str) -> None:
    assert words.signed(value) == signed
    assert words.plain(value) == plain


def test_ages() -> None:
    assert words.ago("2026-11-21T12:00:00+0000", now=1795262430) == "just now"
    assert words.ago("2026-11-21T12:00:00+0000", now=1795262400 + 3600 * 5) == "5 h 0 min ago"
    assert words.ago("2026-11-21T12:00:00+0000", now=1795262400 + 86_400 * 9) == "2026-11-21"
    assert words.ago("long ago") == "long ago"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![x](http://a/b.png)", r"\!\[x\]\(http\://a/b.png\)"),
        ("*bold* :red[no] $x$", r"\*bold\* \:red\[no\] \$x\$"),
        ("use `a_b-c` now", "use `a_b-c` now"),
        ("one ` alone *", r"one ' alone \*"),
        ("<script>", r"\<script\>"),
    ],
)
def test_names_are_shown_as_they_are(text: str, shown: str) -> None:
    assert words.literal(text) == shown


def test_shares_keep_their_counts() -> None:
    assert words.share(9, 12) == "75.0% (9 of 12)"
    assert words.part(63_105, 70_000, "points").startswith("90.2% of")  # 90.15 %: as in the viewer
    shares = ((1, 400), (1, 2000), (3, 8), (8, 8))
    assert [words.percent(*each) for each in shares] == ["0.3%", "0.1%", "37.5%", "100.0%"]
    assert words.share(0, 0) == "no pair to count"
    assert words.part(0, 0, "pairs") == "of no pairs"
    assert words.epoch(50.0) == "50"
    assert words.epoch(50.25) == "50.25"


@pytest.mark.parametrize(
    ("names", "said"),
    [(["DEC"], "DEC"), (["DEC", "IDEC"], "DEC and IDEC"), (["DEC", "IDEC", "R-DC"], "DEC, IDEC and R-DC")],
)
def test_names_in_a_sentence(names: list[str], said: str) -> None:
    assert words.listed(names) == said
