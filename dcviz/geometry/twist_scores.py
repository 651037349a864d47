"""All scores between two epochs in one call, and what each is called.

Plot damage (flip, crossings, tear) against movement (procrustes): see twist.
"""

import numpy as np

from dcviz.geometry.movement import (
    continuity,
    geodesic_detour,
    information_imbalance,
    linear_cka,
    neighbor_overlap,
    procrustes_disparity,
    trustworthiness,
)
from dcviz.geometry.neighbors import NeighborGraph, neighbor_graph
from dcviz.geometry.reference import Reference
from dcviz.geometry.registry import EpochScore
from dcviz.geometry.score_parts import Scores, put, put_estimate
from dcviz.geometry.twist import (
    ONLY_2D,
    flipped_share,
    frozen_crossings,
    rotation_dispersion,
    stretch_dispersion,
    tear_rate,
)

_GLIELMO, _VENNA = "Glielmo et al. 2022", "Venna, Kaski 2001"
_IMBALANCE = r"\frac{2}{n}\,\overline{\mathrm{rank}_%s\left(i, \mathrm{nn}_%s(i)\right)}"
_TRUST = r"1 - \frac{2}{nk(2n-3k-1)} \sum_i \sum_{j \in N_%s(i)} \max(\mathrm{rank}_%s(i,j) - k,\, 0)"

TWIST_SCORES: dict[str, EpochScore] = {
    "flip": EpochScore(
        "Flipped share (2-D)", "",
        "Reference triangles that turned over: folding. 0 none, 0.5 scrambled.",
        r"\min(s, 1-s),\; s = \#\{\text{triangles turned over}\} / T",
        source="Lipman 2014, arXiv:1310.0955 (orientation)",
    ),
    "crossings": EpochScore(
        "Crossings per edge (2-D)", "", "Crossing pairs among the edges of the reference's spanning forest.",
        r"\#\{\text{edge pairs that cross}\} / |E|", source="ours",
    ),
    "rotation": EpochScore(
        "Rotation dispersion", "",
        "How unequally neighborhoods turned: bending and twisting. Harmless unrolling raises it too.",
        r"1 - \|\frac1n\sum_i R_i\|_* / d", source="ours (circular variance of local rotations)",
    ),
    "stretch": EpochScore(
        "Stretch dispersion", "natural log",
        "Robust spread of log edge stretch; falls apart under tiny noise already.",
        r"1.4826\ \mathrm{median}_e\,|x_e - \mathrm{median}\,x|,\; x_e = \ln(\ell_t / \ell_0)",
        source="after Li, Zang, Wu 2020, arXiv:2006.08256",
    ),
    "tear": EpochScore(
        "Tear rate", "", "Reference edges stretched over 4 times the median stretch.",
        r"\#\{e : s_e > 4\,\mathrm{median}\,s\} / |E|,\; s_e = \ell_t / \ell_0", source="ours",
    ),
    "overlap": EpochScore(
        "Neighbor overlap", "", "Share of neighbors kept. Misses a clean fold, falls with harmless noise.",
        r"\overline{|N_0(i) \cap N_t(i)| / k}", source="Doimo et al. 2020, arXiv:2007.03506",
    ),
    "imbalance_forward": EpochScore(
        "Information imbalance, reference to now", "",
        "Mean rank now of the reference's nearest neighbor, times 2/n. 1: nothing left.",
        _IMBALANCE % ("t", "0"), ("imbalance_forward_low", "imbalance_forward_high"), source=_GLIELMO,
    ),
    "imbalance_back": EpochScore(
        "Information imbalance, now to reference", "",
        "Mean rank in the reference of the nearest neighbor now, times 2/n.",
        _IMBALANCE % ("0", "t"), ("imbalance_back_low", "imbalance_back_high"), source=_GLIELMO,
    ),
    "trust": EpochScore(
        "Trustworthiness", "", "1 unless neighbors now were far apart before.",
        _TRUST % ("t", "0"), source=_VENNA,
    ),
    "continuity": EpochScore(
        "Continuity", "", "1 unless reference neighbors are far apart now.",
        _TRUST % ("0", "t"), source=_VENNA,
    ),
    "procrustes": EpochScore(
        "Movement (Procrustes disparity)", "",
        "What the best shift, rotation, mirror and scale cannot undo; the x-axis to compare methods on.",
        r"1 - \|A^\top B\|_*^2", source="Gower 1975",
    ),
    "cka": EpochScore(
        "Linear CKA", "", "Likeness up to rotation and scale; a few far points decide it.",
        r"\|A^\top B\|_F^2 / (\|A^\top A\|_F\,\|B^\top B\|_F)", source="Kornblith et al. 2019",
    ),
    "detour": EpochScore(
        "Geodesic detour", "", "Median path through the neighbor graph over the straight line: winding.",
        r"\mathrm{median}_{ij}\ g_{ij} / |z_i - z_j|", source="after Isomap, Tenenbaum et al. 2000",
    ),
}  # fmt: skip


def twist_scores(frozen: Reference, z: np.ndarray, *, graph: NeighborGraph | None = None) -> Scores:
    """Measure everything that changed since the reference; about 3 s at 70,000 x 10.

    Args:
        frozen: the reference.
        z: (n, d) latents of another epoch, row i the same point; finite.
        graph: neighbor graph of z, if at hand.

    Returns:
        A float or None (with `<key>_reason`) for each key of TWIST_SCORES and the ends of its bands.

    Raises:
        ValueError: if the shape differs from the reference's.
    """
    if np.shape(z) != frozen.z.shape:
        raise ValueError(f"The reference has shape {frozen.z.shape}, these latents {np.shape(z)}.")
    points = np.asarray(z, np.float64)
    points = points - points.mean(0)
    graph = neighbor_graph(points, m=frozen.graph.width) if graph is None else graph
    scores: Scores = {}
    flat = frozen.triangles is not None
    put(scores, "flip", flipped_share(frozen, points) if flat else None, "No triangle." if flat else ONLY_2D)
    put(
        scores,
        "crossings",
        frozen_crossings(frozen, points) if flat else None,
        "No edge." if flat else ONLY_2D,
    )
    put(scores, "rotation", rotation_dispersion(frozen, points), "No neighborhood has an extent.")
    put(scores, "stretch", stretch_dispersion(frozen, points), "No edge has a length.")
    put(scores, "tear", tear_rate(frozen, points), "No edge has a length.")
    add_changes(scores, frozen, points, graph)
    return scores


def add_changes(scores: Scores, frozen: Reference, points: np.ndarray, graph: NeighborGraph) -> None:
    """Add what needs no mesh: neighbors and ranks kept, movement, winding."""
    put(scores, "overlap", neighbor_overlap(frozen.graph, graph), "No neighbors.")
    forward = information_imbalance(frozen.z, points, graph=frozen.graph, rows=frozen.sample)
    back = information_imbalance(points, frozen.z, graph=graph, rows=frozen.sample)
    put_estimate(scores, "imbalance_forward", forward)
    put_estimate(scores, "imbalance_back", back)
    put(scores, "trust", trustworthiness(frozen.z, graph, rows=frozen.sample), "Too few points.")
    put(scores, "continuity", continuity(points, frozen.graph, rows=frozen.sample), "Too few points.")
    put(scores, "procrustes", procrustes_disparity(frozen.z, points), "All points are equal.")
    put(scores, "cka", linear_cka(frozen.z, points), "All points are equal.")
    put(scores, "detour", geodesic_detour(points, graph), "No two points are connected.")
