"""How good a combination is, without a label: its seeds agree, or its clusters stand apart."""

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean

import numpy as np

from dcviz.runs import Run

ROWS = 2_000


def objective(name: str, runs: Sequence[Run]) -> float | None:
    """The value of a combination from its finished runs.

    stability: the mean adjusted Rand index over the pairs of seeds, of the predicted clusters at the last
    epoch. High where independent trainings agree on what the clusters are; also where they agree for a wrong
    reason. silhouette: its mean over 2,000 fixed rows and the seeds.

    Args:
        name: of OBJECTIVES.
        runs: finished, one a seed.

    Returns:
        The value; None where it is not defined (one cluster alone).
    """
    if name == "stability":
        from sklearn.metrics import adjusted_rand_score

        found = [run.assignments(run.epochs()[-1].key) for run in runs]
        return fmean(float(adjusted_rand_score(a, b)) for a, b in combinations(found, 2))
    values = [value for run in runs if (value := _silhouette(run)) is not None]
    return fmean(values) if values else None


def _silhouette(run: Run) -> float | None:
    from sklearn.metrics import silhouette_score

    key = run.epochs()[-1].key
    latents, clusters = run.latents(key), run.assignments(key)
    rows = np.random.default_rng(0).permutation(len(latents))[:ROWS]
    count = len(np.unique(clusters[rows]))
    return float(silhouette_score(latents[rows], clusters[rows])) if 1 < count < len(rows) else None
