"""The rule for what core points rebuild, on tables small enough to decide by hand."""

import pandas as pd
import pytest

pytest.importorskip("torch")

from benchmarks.drift import choose

STABLE = {"moment": 0.8, "switch": 0.7, "neighbors": 0.75, "input": 0.76}


def rows(**changed):
    fine = {name: {"scale": 1.0, "unexplained": 0.5} for name in STABLE}
    found = [{"core_image": name, **values} for name, values in fine.items()]
    return pd.DataFrame(found + [{"core_image": name, **fine[name], **own} for name, own in changed.items()])


def test_the_printed_equation_wins_where_it_is_admissible_and_stable():
    assert choose(rows(), STABLE) == "moment"


def test_one_snapshot_whose_pictures_are_lost_puts_a_candidate_out():
    assert choose(rows(moment={"unexplained": 1.2}), STABLE) == "neighbors"  # .75 is within .02 of .76
    assert choose(rows(moment={"scale": 1.6}), {**STABLE, "neighbors": 0.73}) == "input"


def test_no_admissible_candidate_is_an_error():
    with pytest.raises(SystemExit, match="no candidate"):
        choose(rows(**{name: {"scale": 0.1} for name in STABLE}), STABLE)
