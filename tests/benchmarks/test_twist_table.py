"""What the committed table of second phases says of all eight seeds (made by benchmarks.twist)."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.twist import RESULTS

END = 200
DAMAGE = ("flip", "crossings", "rotation")


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(RESULTS)


def at_movement(rows, movement, column):
    """A column where a run had moved so far, between measured epochs; NaN if it never came so far."""
    rows = rows.sort_values("epoch")
    moved = rows["movement"].to_numpy()
    after = int(np.argmax(moved >= movement))
    if moved.max() < movement or after == 0:
        return np.nan
    pair = slice(after - 1, after + 1)
    return float(np.interp(movement, moved[pair], rows[column].to_numpy()[pair]))


@pytest.mark.parametrize("column", DAMAGE)
def test_dec_and_rdc_are_apart_in_every_seed(table, column):
    end = table[table["epoch"] == END]
    dec, rdc = (end.loc[end["arm"] == arm, column].to_numpy() for arm in ("dec", "rdc"))
    assert len(dec) == len(rdc) == 8
    assert np.mean(dec[:, None] > rdc) == 1.0  # the area under the curve


def test_at_equal_movement_it_is_the_decoder_that_protects_wide_targets(table):
    """Centroids of 15 neighbors for all points fold as DEC does; R-DC's filtered 5 hardly do."""
    arms = {"dec": 8, "idec": 8, "rdc gamma 0": 8, "rdc gamma 0 M 15 all core": 4}
    flips = {}
    for arm, seeds in arms.items():
        found = [at_movement(rows, 0.12, "flip") for _, rows in table[table["arm"] == arm].groupby("seed")]
        assert np.isfinite(found).sum() == seeds, arm
        flips[arm] = np.mean(found)
    assert flips["dec"] > 0.2
    assert flips["rdc gamma 0 M 15 all core"] > 0.15
    assert flips["idec"] < 0.01
    assert flips["rdc gamma 0"] < 0.05
