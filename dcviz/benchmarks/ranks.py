"""Friedman's test and Nemenyi's critical difference: do methods differ over data sets, and which ones.

The distributions and the test itself are scipy's.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from dcviz.data.dataset import DataError


@dataclass(frozen=True)
class Friedman:
    """The test of "all methods are equal" over several data sets.

    Args:
        mean_ranks: (k,) mean rank of each method, 1 is best; ties share their ranks.
        chi_square: Friedman's statistic, corrected for ties; NaN where all scores are tied.
        f: Iman and Davenport's F, less conservative than chi-square.
        p_f: its p value, F with k - 1 and (k - 1)(N - 1) degrees of freedom.
        datasets: N.
        methods: k.
    """

    mean_ranks: np.ndarray
    chi_square: float
    f: float
    p_f: float
    datasets: int
    methods: int


def friedman(scores: np.ndarray) -> Friedman:
    """Test whether methods differ, from their ranks on each data set.

        F = (N - 1) chi^2 / (N (k - 1) - chi^2),    chi^2 by scipy.stats.friedmanchisquare

    It looks at order alone, so protocols may differ between data sets but not within one.

    Args:
        scores: (N, k), one row a data set, one column a method; larger is better; finite.

    Raises:
        DataError: for fewer than 2 data sets or 3 methods, or missing scores.

    Source: [Friedman 1937], [Conover 1999] for ties, [Iman and Davenport 1980], [Demsar 2006].
    """
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 2 or len(scores) < 2 or scores.shape[1] < 3:
        raise DataError(f"Friedman's test needs at least 2 data sets and 3 methods, got shape {scores.shape}")
    if not np.isfinite(scores).all():
        raise DataError("a score is missing: leave out the methods or data sets that lack one")
    n, k = scores.shape
    ranks = stats.rankdata(-scores, axis=1)
    if (ranks == ranks[:, :1]).all():  # every data set ties all methods: scipy would divide by 0
        return Friedman(ranks.mean(axis=0), math.nan, math.nan, math.nan, n, k)
    chi = float(stats.friedmanchisquare(*ranks.T).statistic)
    left = n * (k - 1) - chi
    f = (n - 1) * chi / left if left > 1e-12 else math.inf
    p_f = float(stats.f.sf(f, k - 1, (k - 1) * (n - 1)))
    return Friedman(ranks.mean(axis=0), chi, f, p_f, n, k)


def nemenyi(mean_ranks: np.ndarray, datasets: int) -> np.ndarray:
    """How surprising the difference of two mean ranks would be, were all methods equal: Nemenyi's p values.

        p_ij = P(Q_k >= sqrt 2 |R_i - R_j| / sqrt(k (k + 1) / (6 N)))

    with Q_k the studentized range of k means and infinite degrees of freedom.

    p_ij < alpha where the ranks differ by more than the critical difference at alpha.

    Args:
        mean_ranks: (k,) from `friedman`.
        datasets: N.

    Returns:
        (k, k), 1 on the diagonal.

    Source: [Nemenyi 1963], [Demsar 2006, Sec. 3.2.2].
    """
    k = len(mean_ranks)
    unit = math.sqrt(k * (k + 1) / (6 * datasets))
    gaps = np.abs(mean_ranks[:, None] - mean_ranks[None]) * math.sqrt(2) / unit
    p: np.ndarray = stats.studentized_range.sf(gaps, k, np.inf)
    np.fill_diagonal(p, 1.0)
    return p


def critical_difference(methods: int, datasets: int, *, alpha: float = 0.05) -> float:
    """How far two mean ranks must lie apart to differ at level alpha.

        CD = q_alpha sqrt(k (k + 1) / (6 N))

    with q_alpha the studentized range for k means and infinite degrees of freedom, over sqrt 2.

    Args:
        methods: k, at least 2.
        datasets: N, at least 2.
        alpha: level, in (0, 1).

    Returns:
        A difference of mean ranks.

    Raises:
        DataError: outside these ranges.

    Source: [Nemenyi 1963], [Demsar 2006, Sec. 3.2.2].
    """
    if methods < 2 or datasets < 2 or not 0 < alpha < 1:
        raise DataError(
            f"needed: at least 2 methods, 2 data sets, alpha in (0, 1); got {methods}, {datasets}, {alpha}"
        )
    q = float(stats.studentized_range.ppf(1 - alpha, methods, np.inf)) / math.sqrt(2)
    return q * math.sqrt(methods * (methods + 1) / (6 * datasets))


def alike(mean_ranks: np.ndarray, difference: float) -> list[tuple[int, int]]:
    """Find the bars of the diagram: longest stretches of methods whose mean ranks lie within the difference.

    Args:
        mean_ranks: (k,) mean ranks.
        difference: from `critical_difference`.

    Returns:
        Pairs (first, last) of places in the order of mean rank, best first; stretches of two or more that
        lie in no longer one.
    """
    ordered = np.sort(mean_ranks)
    bars: list[tuple[int, int]] = []
    for first in range(len(ordered)):
        last = int(np.searchsorted(ordered, ordered[first] + difference, side="right")) - 1
        if last > first and (not bars or last > bars[-1][1]):
            bars.append((first, last))
    return bars


def pairs_apart(mean_ranks: np.ndarray, difference: float) -> int:
    """How many pairs of methods have mean ranks further apart than the critical difference.

    Args:
        mean_ranks: (k,) mean ranks.
        difference: from `critical_difference`.
    """
    return int((np.abs(mean_ranks[:, None] - mean_ranks[None]) > difference).sum()) // 2
