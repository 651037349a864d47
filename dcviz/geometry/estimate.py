"""An estimated number that carries its interval, the points behind it, and why it is missing."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

SMALLEST = 20
"""Fewer points than this give no dimension: at n = 10 a true 3 is read as anything from 1.6 to 5.8."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval.

    Args:
        value: the estimate; NaN where it is undefined.
        low: lower end of the interval; equals value where no interval is known.
        high: upper end.
        n: points that entered.
        reason: one sentence saying why value is NaN; None if it is a number.
    """

    value: float
    low: float
    high: float
    n: int
    reason: str | None = None

    @property
    def known(self) -> bool:
        """True if there is a number."""
        return not math.isnan(self.value)

    @property
    def number(self) -> float | None:
        """The value, or None (JSON null) where it is undefined."""
        return self.value if self.known else None


def missing(reason: str, *, n: int = 0) -> Estimate:
    """Build the estimate that is no number, with its reason."""
    return Estimate(math.nan, math.nan, math.nan, n, reason)


def too_few(n: int, *, what: str = "points") -> Estimate:
    """Build the missing estimate of a set smaller than SMALLEST."""
    return missing(f"{n} {what}; at least {SMALLEST} are needed.", n=n)


def difference(a: Estimate, b: Estimate) -> Estimate:
    """Subtract b from a; the intervals are taken as independent and added in squares.

    Used for the curvature (LID - ID) and for a change between two epochs.
    """
    if not a.known or not b.known:
        return missing(a.reason or b.reason or "One side is missing.", n=min(a.n, b.n))
    value = a.value - b.value
    down = math.hypot(a.value - a.low, b.high - b.value)
    up = math.hypot(a.high - a.value, b.value - b.low)
    return Estimate(value, value - down, value + up, min(a.n, b.n))


def mean_estimate(parts: Iterable[Estimate]) -> Estimate:
    """Average the known estimates (each cluster counts once); half-widths add in squares over the count."""
    parts = list(parts)
    known = [part for part in parts if part.known]
    if not known:
        reason = parts[0].reason if len(parts) == 1 else "No cluster has enough points."
        return missing(reason or "Nothing to average.", n=sum(part.n for part in parts))
    k = len(known)
    value = math.fsum(part.value for part in known) / k
    down = math.hypot(*(part.value - part.low for part in known)) / k
    up = math.hypot(*(part.high - part.value for part in known)) / k
    return Estimate(value, value - down, value + up, sum(part.n for part in known))
