"""Every numeric claim of the lessons: held by the committed table, and by trainings done here."""

import ast
import csv
import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks.twist import ARMS, RESULTS, STEPS, path
from dcviz.lessons.catalog import LESSONS
from dcviz.lessons.claims import CLAIMS, Claim

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(8)
TRAINED = [claim for claim in CLAIMS.values() if claim.arm]

Row = dict[str, float]


@lru_cache(maxsize=1)
def table() -> dict[tuple[str, int], list[Row]]:
    found: dict[tuple[str, int], list[Row]] = {}
    with RESULTS.open() as file:
        for row in csv.DictReader(file):
            numbers = {name: float(text) for name, text in row.items() if name not in ("arm", "seed")}
            found.setdefault((row["arm"], int(row["seed"])), []).append(numbers)
    return found


def value_of(claim: Claim, rows: Iterable[Row]) -> float:
    """The claimed number: at an epoch, or where the run has moved as far as the claim says."""
    rows = sorted(rows, key=lambda row: row["epoch"])
    if claim.movement is None:
        return next(row[claim.score] for row in rows if row["epoch"] == claim.epoch)
    after = next(i for i, row in enumerate(rows) if row["movement"] >= claim.movement)
    pair = rows[after - 1], rows[after]
    return float(
        np.interp(claim.movement, [row["movement"] for row in pair], [row[claim.score] for row in pair])
    )


def holds(claim: Claim, value: float) -> bool:
    low = -math.inf if claim.at_least is None else claim.at_least
    high = math.inf if claim.at_most is None else claim.at_most
    return low <= value <= high


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("claim", TRAINED, ids=lambda claim: claim.id)
def test_the_committed_table_holds_the_claim(claim: Claim, seed: int) -> None:
    value = value_of(claim, table()[claim.arm, seed])
    assert holds(claim, value), f"{claim.text} Seed {seed}: {value:.4f}"


@pytest.mark.parametrize("arm", ["dec", "rdc", "dec linear"])
def test_a_training_of_today_holds_the_claims(arm: str) -> None:
    """One seed in the fast suite; the rest is below."""
    check(arm, seed=0, steps=(0, 20, 200))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("arm", sorted({claim.arm for claim in TRAINED}))
def test_trainings_of_today_hold_every_claim(arm: str, seed: int) -> None:
    check(arm, seed=seed, steps=STEPS)


def check(arm: str, *, seed: int, steps: tuple[int, ...]) -> None:
    rows = list(path(ARMS[arm], seed, steps=steps))
    broken = []
    for claim in TRAINED:
        wanted = claim.arm == arm and claim.epoch in steps
        if wanted and (claim.movement is None or steps == STEPS):
            value = value_of(claim, rows)
            broken += [] if holds(claim, value) else [f"{claim.text} Seed {seed}: {value:.4f}"]
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.id)
def test_a_claim_has_a_bound_or_a_test(claim: Claim) -> None:
    if claim.arm:
        assert claim.arm in ARMS
        assert (claim.at_least is None) != (claim.at_most is None)
        return
    file, _, function = claim.test.partition("::")
    tree = ast.parse((ROOT / file).read_text())
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("arm", "movement", "said"),
    [("rdc gamma 0", 0.08, 1), ("dec", 0.08, 8), ("rdc gamma 0", 0.18, 14), ("dec", 0.18, 43)],
)
def test_the_percentages_at_equal_movement_in_the_last_lesson(arm: str, movement: float, said: int) -> None:
    claim = Claim("", "", arm, "flip", movement=movement)
    mean = np.mean([value_of(claim, table()[arm, seed]) for seed in SEEDS])
    assert round(100 * mean) == said
    assert f"{said} %" in LESSONS["help"].answer


def test_every_claim_belongs_to_a_lesson() -> None:
    assert {name for lesson in LESSONS.values() for name in lesson.claims} == set(CLAIMS)


def test_a_bound_that_is_broken_is_seen() -> None:
    dec = table()["dec", 0]
    assert not holds(CLAIMS["rdc-keeps"], value_of(CLAIMS["rdc-keeps"], dec))
    assert not holds(CLAIMS["dec-folds"], value_of(CLAIMS["dec-folds"], table()["rdc", 0]))
