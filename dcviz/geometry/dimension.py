"""Dimension of a latent set: intrinsic (TwoNN, Gride, local), linear (PC-ID) and their difference.

The one door to the estimators; each lives in a file of its own.
"""

from dcviz.geometry.estimate import Estimate, difference, mean_estimate, missing
from dcviz.geometry.linear import (
    RELEASED_THRESHOLD,
    curvature,
    linear_dimension,
    linear_dimension_by_group,
    participation_ratio,
    participation_ratio_by_group,
)
from dcviz.geometry.scales import ScalePoint, block_analysis, gride, local_dimension
from dcviz.geometry.twonn import METHODS, nearest_two, two_nn, two_nn_by_group

__all__ = [
    "METHODS",
    "RELEASED_THRESHOLD",
    "Estimate",
    "ScalePoint",
    "block_analysis",
    "curvature",
    "difference",
    "gride",
    "linear_dimension",
    "linear_dimension_by_group",
    "local_dimension",
    "mean_estimate",
    "missing",
    "nearest_two",
    "participation_ratio",
    "participation_ratio_by_group",
    "two_nn",
    "two_nn_by_group",
]
