"""Feature Randomness and Feature Drift at each checkpoint: measured on a copy, beside the training.

The copy lives on the CPU and is built from the checkpoint that is written anyway, on the recorder's thread:
it shares neither weights nor random numbers with the training, which is bit for bit the same without it.
"""

import time
from typing import Any

import numpy as np

from dcviz.data.dataset import Dataset
from dcviz.geometry.agreement import agreement
from dcviz.geometry.gradients import ABSENT, GRADIENT_SCORES, gradient_scores
from dcviz.geometry.neighbors import NeighborGraph
from dcviz.geometry.purity import same_label
from dcviz.geometry.score_parts import Scores, put

MOST_POINTS = 2_048
FEWEST_POINTS = 128
MOST_WORK = 7e9
"""Points times weights of one pass; wider networks are probed on fewer points."""
SECONDS = "probe_seconds"
UNMATCHED = {
    **ABSENT,
    "supervised": "The method has no clusters at this moment that classes could be matched to.",
}


def probe_points(n: int, weights: int, wanted: int = MOST_POINTS) -> int:
    """How many of n points a network of this many weights is probed on."""
    return min(n, wanted, max(FEWEST_POINTS, int(MOST_WORK // max(weights, 1))))


class Probe:
    """Measures the gradients of every stored moment on the same points.

    Args:
        method_id: one of METHODS.
        x: (n, D) points in the type they are trained in.
        scale: what x is multiplied by.
        image_shape: of pictures.
        settings: of the run.
        labels: (n,) true labels; without them Feature Randomness has no value.
        points: how many points at most.
    """

    def __init__(
        self,
        method_id: str,
        x: np.ndarray,
        *,
        scale: float,
        image_shape: tuple[int, ...] | None,
        settings: Any,
        labels: np.ndarray | None,
        points: int = MOST_POINTS,
    ):
        from models.gradients import Copy

        # The same points at every moment, however often the run is resumed.
        order = np.random.default_rng(0).permutation(len(x))
        few = Copy(method_id, x, rows=order[:1], scale=scale, image_shape=image_shape, settings=settings)
        rows = np.sort(order[: probe_points(len(x), few.weights, points)])
        self.copy = Copy(method_id, x, rows=rows, scale=scale, image_shape=image_shape, settings=settings)
        self.labels = labels

    def measure(self, snapshot: Any, graph: NeighborGraph) -> Scores:
        """Score one snapshot that carries a checkpoint.

        Returns:
            The keys of GRADIENT_SCORES, each None with its `<key>_reason`, and SECONDS.
        """
        from models.wanted import NotComparableError

        start = time.perf_counter()
        try:
            found = self.copy.gradients(snapshot.checkpoint, self._wanted(snapshot, graph))
            scores = gradient_scores(found, absent=ABSENT if self.labels is None else UNMATCHED)
        except (NotComparableError, MemoryError) as error:
            scores = {}
            for key in GRADIENT_SCORES:
                put(scores, key, None, str(error) or "There was not enough memory.")
        return {**scores, SECONDS: time.perf_counter() - start}

    def _wanted(self, snapshot: Any, graph: NeighborGraph) -> Any:
        from models.wanted import Wanted

        clusters = allowed = None
        if self.labels is not None:
            allowed = same_label(graph.indices, self.labels)
            if snapshot.assignments is not None:
                clusters = wanted_clusters(self.labels, snapshot.assignments)
        return Wanted(snapshot.latents, graph.indices, graph.distances, clusters, allowed)


def probe_for(spec: dict[str, Any], data: Dataset, settings: Any) -> Probe | None:
    """The probe of a run; None where it is switched off, or no phase of the method has targets to compare."""
    points = int(spec.get("probe_points", MOST_POINTS))
    if not points:
        return None
    from models.wanted import COMPARABLE

    if spec["method"] not in COMPARABLE:
        return None
    return Probe(
        spec["method"], data.x, scale=data.scale, image_shape=data.image_shape, settings=settings,
        labels=data.labels, points=points,
    )  # fmt: skip


def wanted_clusters(labels: np.ndarray, assignments: np.ndarray) -> np.ndarray:
    """Send every point to the cluster that its true class is matched to (Hungarian), (n,) int64.

    Args:
        labels: (n,) true classes.
        assignments: (n,) clusters by the method's own names, -1 for noise.

    Returns:
        -1 for points of a class that has no cluster.
    """
    cluster_of = {name: cluster for cluster, name in agreement(labels, assignments).mapping.items()}
    names, codes = np.unique(labels, return_inverse=True)
    return np.array([cluster_of.get(int(name), -1) for name in names], np.int64)[codes]
