"""What the rows of `benchmarks.geometry` say: growth with n, targets reached, the GPU against a processor."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.shapes import SHEETS
from benchmarks.stopwatch import Record, latest


def predicted(record: Record, name: str, n: int, d: int) -> float | None:
    """Seconds by the two sizes below that were measured, or by one and n squared; None without any."""
    sizes = sorted({int(row["n"]) for row in record.rows if row["d"] == str(d) and int(row["n"]) < n})
    known = [(size, at) for size in sizes if (at := record.seconds(name, size, d))]
    if not known:
        return None
    size, at = known[-1]
    power = growth(*zip(*known[-2:], strict=True)) if len(known) > 1 else 2.0
    return at * (n / size) ** max(power, 1.0)


def growth(sizes: Any, seconds: Any) -> float:
    """Exponent of n in a fit of log seconds on log n."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def print_growth(record: Record) -> None:
    """Seconds ~ n^a for every row that was measured at more than one size."""
    for d in SHEETS:
        table: dict[str, dict[int, float]] = {}
        for row in record.rows:
            if row["d"] == str(d) and row["device"] == record.device:
                table.setdefault(row["what"], {})[int(row["n"])] = float(row["seconds"])
        print(f"\ngrowth with n at d {d}: seconds ~ n^a, over the sizes measured")
        for name, at in table.items():
            if len(at) > 1:
                sizes = sorted(at)
                power = growth(sizes, [at[n] for n in sizes])
                print(f"  {name:48s} a = {power:5.2f}   {', '.join(f'{n:,}' for n in sizes)}")


def print_targets(record: Record) -> None:
    """What was to be reached at 70,000 points, and what was."""
    print("\ntargets at n 70,000")
    for d, name, peer, factor in (
        (10, "TwoNN, exact k-d tree", "dadapy maxk=3", 2.5),
        (10, "TwoNN, exact k-d tree", "scikit-dimension TwoNN", 2.5),
        (64, "TwoNN, auto", "dadapy maxk=3", 2.0),
    ):
        mine, other = record.seconds(name, 70_000, d), record.seconds(peer, 70_000, d)
        if mine and other:
            verdict = "held" if other >= factor * mine else "NOT held"
            print(f"  d {d}: {name}, {other / mine:.1f} times {peer} (to reach {factor}): {verdict}")
    limits = {"TwoNN from the graph": 0.02, "live scores": 0.3, "thresholds, exact counts": 0.005}
    for d in SHEETS:
        for name, limit in limits.items():
            if (found := record.seconds(name, 70_000, d)) is not None:
                verdict = "held" if found < limit else "NOT held"
                print(f"  d {d}: {name} {1e3 * found:.2f} ms (under {1e3 * limit:g}): {verdict}")


def print_against(record: Record, beside: list[dict[str, str]], n: int, d: int) -> None:
    """How many times quicker than dadapy's default, which was measured elsewhere: on the processor named."""
    mine, other = record.seconds("TwoNN end to end", n, d), latest(beside, "dadapy default", n, d)
    if mine is None or other is None:
        return
    where = [row for row in beside if row["what"] == "dadapy default"][-1]
    verdict = "held" if other >= 50 * mine else "NOT held"
    print(
        f"  dadapy's default took {other:.2f} s on {where['device']} with {where['threads']} threads "
        f"({where['date']}); {record.device} is {other / mine:.0f} times quicker (to reach 50): {verdict}"
    )
