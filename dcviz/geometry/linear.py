"""Linear dimension (LID): how many principal components a set needs, and the curvature LID - ID."""

import numpy as np

from dcviz.geometry.estimate import SMALLEST, Estimate, difference, missing, too_few

RELEASED_THRESHOLD = 0.9999
"""Threshold of the released R-DC code; with its zero-based index the LID then carries no information."""


def covariance(z: np.ndarray) -> np.ndarray:
    """Covariance of the coordinates, (d, d) float64; constant coordinates give exact zeros."""
    # Taking the first row off before the mean makes offsets harmless and constant columns exactly 0.
    centered = np.asarray(z, np.float64) - z[:1]
    centered -= centered.mean(0)
    return centered.T @ centered / len(centered)


def linear_dimension(z: np.ndarray, *, threshold: float = 0.9, zero_based: bool = False) -> Estimate:
    """Count the principal components of the standardized coordinates that hold `threshold` of the variance.

        LID = min{ c : (v_1 + ... + v_c) / (v_1 + ... + v_d) >= threshold },  v eigenvalues of the correlation

    Args:
        z: (n, d) latents of one cluster or of the whole set.
        threshold: share of the variance, in (0, 1].
        zero_based: True returns the count minus one, as the released code's index does.

    Returns:
        The count, no unit, without interval; NaN with the reason below 20 points or if z is constant.

    Raises:
        ValueError: if the threshold lies outside (0, 1].

    Source: [Ansuini et al. 2019], PC-ID; [RDC] section on feature twist.
    """
    if len(z) < SMALLEST:
        return too_few(len(z))
    return components(covariance(z), n=len(z), threshold=threshold, zero_based=zero_based)


def components(cov: np.ndarray, *, n: int, threshold: float = 0.9, zero_based: bool = False) -> Estimate:
    """Do what linear_dimension does, from a covariance matrix of n points."""
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must lie in (0, 1], got {threshold}.")
    deviation = np.sqrt(np.diag(cov))
    varying = deviation > 0
    if not varying.any():
        return missing("All coordinates are constant.", n=n)
    kept = deviation[varying]
    correlation = cov[np.ix_(varying, varying)] / np.outer(kept, kept)
    spectrum = np.linalg.eigvalsh(correlation)[::-1].clip(0)
    cumulated = np.cumsum(spectrum) / spectrum.sum()
    count = int(np.searchsorted(cumulated, threshold * (1 - 1e-12)) + 1)
    value = float(min(count, len(kept)) - zero_based)
    return Estimate(value, value, value, n)


def participation_ratio(z: np.ndarray) -> Estimate:
    """Tell over how many directions the variance is spread: (sum v)^2 / sum v^2.

    A continuous LID: d for an isotropic cloud, 1 for a line.

    Args:
        z: (n, d) latents of one cluster or of the whole set.

    Returns:
        A number in 1..d, no unit, without interval; NaN with the reason below 20 points or if z is constant.
    """
    return too_few(len(z)) if len(z) < SMALLEST else participation(covariance(z), n=len(z))


def participation(cov: np.ndarray, *, n: int) -> Estimate:
    """Do what participation_ratio does, from a covariance matrix of n points."""
    if not np.diag(cov).any():
        return missing("All coordinates are constant.", n=n)
    cov = cov / np.trace(cov)  # keeps the squares of tiny latents above zero
    value = float(1.0 / (cov**2).sum())
    return Estimate(value, value, value, n)


def covariance_by_group(z: np.ndarray, groups: np.ndarray) -> dict[int, tuple[np.ndarray, int]]:
    """Covariance and number of points of each group; -1 (noise) is left out."""
    groups = np.asarray(groups)
    names, counts = np.unique(groups, return_counts=True)
    order = np.argsort(groups, kind="stable")
    parts = np.split(np.asarray(z)[order], np.cumsum(counts)[:-1])
    return {int(k): (covariance(part), len(part)) for k, part in zip(names, parts, strict=True) if k != -1}


def linear_dimension_by_group(
    z: np.ndarray, groups: np.ndarray, *, threshold: float = 0.9, zero_based: bool = False
) -> dict[int, Estimate]:
    """LID inside each cluster or class; see linear_dimension."""
    return {
        name: components(cov, n=n, threshold=threshold, zero_based=zero_based)
        if n >= SMALLEST
        else too_few(n)
        for name, (cov, n) in covariance_by_group(z, groups).items()
    }


def participation_ratio_by_group(z: np.ndarray, groups: np.ndarray) -> dict[int, Estimate]:
    """Participation ratio inside each cluster or class; see participation_ratio."""
    return {
        name: participation(cov, n=n) if n >= SMALLEST else too_few(n)
        for name, (cov, n) in covariance_by_group(z, groups).items()
    }


def curvature(lid: Estimate, intrinsic: Estimate) -> Estimate:
    """Tell how curved a set is: LID - ID, 0 for a flat one; the interval is that of the ID.

    The released code's reading (zero-based LID) is bounded by (d - 1) - ID, the count's by d - ID. A value
    below 0 means bias of the estimators, not curvature.

    Args:
        lid: linear dimension or participation ratio.
        intrinsic: intrinsic dimension of the same points.

    Returns:
        The difference, no unit; NaN with the reason if either is missing.

    Source: [RDC], FT = LID - ID.
    """
    return difference(lid, intrinsic)
