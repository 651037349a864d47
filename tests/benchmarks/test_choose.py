"""The rule of docs/selection.md on tables small enough to decide by hand."""

import pytest

pytest.importorskip("torch")

from benchmarks.choose import choose


def row(m, number, stability, *, silhouette=0.0, low=1.0, high=1.0):
    return {"M": m, "lambda_ratio": 0.6, "snapshot": number, "stability": stability, "silhouette": silhouette,
            "scale_low": low, "scale_high": high}  # fmt: skip


def test_the_most_stable_wins_and_stops_at_the_first_snapshot_near_its_best():
    chosen = choose([row(5, 1, 0.5), row(5, 2, 0.6), row(15, 1, 0.7), row(15, 2, 0.795), row(15, 3, 0.8)])
    assert (chosen["M"], chosen["snapshot"]) == (15, 2)


def test_who_runs_away_or_collapses_once_is_out():
    rows = [row(5, 1, 0.5), row(15, 1, 0.9), row(15, 2, 0.9, high=1.51), row(3, 1, 0.8, low=0.66)]
    assert choose(rows)["M"] == 5
    with pytest.raises(SystemExit, match="no candidate"):
        choose([row(5, 1, 0.5, high=9.0)])


def test_within_a_hundredth_the_silhouette_decides():
    assert choose([row(5, 1, 0.80, silhouette=0.1), row(15, 1, 0.795, silhouette=0.2)])["M"] == 15
    assert choose([row(5, 1, 0.80, silhouette=0.1), row(15, 1, 0.78, silhouette=0.2)])["M"] == 5
