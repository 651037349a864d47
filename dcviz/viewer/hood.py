"""The neighborhoods of one epoch as the browser needs them to follow thresholds that are dragged."""

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dcviz.geometry.filters import Thresholds, distance_gaps, neighbor_ratio, split
from dcviz.geometry.purity import same_label, split_scores
from dcviz.geometry.registry import POINT_SCORES, PointInput
from dcviz.geometry.thresholds import check_reading
from dcviz.viewer import frames

if TYPE_CHECKING:
    from dcviz.geometry.neighbors import NeighborGraph
    from dcviz.runs.run import Run

LEVELS = 255
"""Threshold levels a byte can tell apart."""
FINE = 1 << 15
_reading = threading.Lock()
RATIO_LEVELS = np.linspace(0, 1, LEVELS + 1, dtype=np.float32)[:LEVELS]
"""The axis of the threshold table but for its end: at lambda_ratio 1 no point is core, no code is needed."""


def graph_of(run: "Run", key: str) -> "NeighborGraph":
    """Neighbor graph of an epoch; the last few stay in memory (8.4 MB each at 70,000 x 15)."""
    # One at a time: neighborhoods, table and exact numbers of an epoch are asked for together.
    with _reading:
        return _read_graph(run, key)


@lru_cache(maxsize=4)
def _read_graph(run: "Run", key: str) -> "NeighborGraph":
    return run.neighbors(key)


def link_labels(run: "Run", key: str) -> tuple[np.ndarray | None, str | None]:
    """What "same label" means here: the true labels, else the clusters of this epoch, and the word for it."""
    labels = run.labels()
    if labels is not None:
        return labels, "label"
    assigned = run.assigned(key).get("assignments")
    return assigned, None if assigned is None else "cluster"


def gap_levels(cut: np.ndarray) -> tuple[np.ndarray, float]:
    """Levels of tau_distance: quantiles of the gaps at M_max, so that each level holds as many links.

    All levels but the last are whole multiples of a power of two. Dividing by it is exact in float32, so a
    look-up replaces the search (70,000 x 15 gaps in 12 ms instead of 60) and agrees with value < level to
    the last bit.

    Args:
        cut: (n, any) what tau is compared with; unit of the latents.

    Returns:
        (at most 255,) float32 levels, ascending and distinct, from 0 to just above the largest gap; the step.
    """
    beyond = cut.ravel()
    largest = float(beyond.max()) if beyond.size else 0.0
    if largest <= 0:
        return np.array([0.0, np.nextafter(np.float32(0), np.float32(1))], np.float32), 1.0
    # A sample is enough to place levels; what is counted against them stays exact.
    sample = beyond[:: max(1, beyond.size // 100_000)]
    inner = np.quantile(sample, np.linspace(0, 0.999, LEVELS - 2))
    step = float(2.0 ** max(np.ceil(np.log2(max(inner[-1], largest * 1e-6) / (FINE - 2))), -120))
    whole = np.unique(np.clip(np.rint(inner / step), 1, FINE - 1)) * step
    top = max(np.nextafter(np.float32(largest), np.float32(np.inf)), np.float32(whole[-1]))
    return np.unique(np.concatenate([[0.0], whole, [top]]).astype(np.float32)), step


def _gap_codes(gaps: np.ndarray, levels: np.ndarray, step: float) -> np.ndarray:
    """Codes of `frames.rank_codes`, by look-up of whole steps; gaps past the last lie below the top."""
    fine = np.minimum(gaps * np.float32(1 / step), np.float32(FINE)).astype(np.int32)
    return frames.rank_codes(np.arange(FINE + 1) * step, levels[:-1])[fine]


def _ratio_codes(ratio: np.ndarray) -> np.ndarray:
    """Codes of `frames.rank_codes_above` on the even axis: round up, then correct by a level."""
    guess = np.ceil(ratio * np.float32(LEVELS)).astype(np.int32).clip(0, LEVELS)
    guess -= (guess > 0) & (RATIO_LEVELS[np.maximum(guess, 1) - 1] >= ratio)
    guess += (guess < LEVELS) & (RATIO_LEVELS[np.minimum(guess, LEVELS - 1)] < ratio)
    return guess.astype(np.uint8)


def hood(run: "Run", key: str, *, reading: str = "paper") -> bytes:
    """Ratio, gaps and same-label flags of every point, for every M up to the stored width.

    Planes, not rows: all points for one M (ratio) or one neighbor (gap) lie together, so a change of M picks
    another plane and the loops of the browser run over neighboring bytes.

    Args:
        run: the run.
        key: stored epoch.
        reading: one of READINGS. "paper" and "relative" share their bytes: both cut the gaps, and the
            browser knows the unit. "released code" cuts D - min D, where the nearest may fail as well.

    Returns:
        A "hood" container: `ratio` (M_max - 1, n) codes against `ratio_levels` for M = 2, 3, ...;
        `gap` (M_max + 1 - first, n) codes against `gap_levels` for neighbors first, first + 1, ...; `same`
        (n,) bit j - 1 for neighbor j. Meta: levels, M_max, first, what "same" compares.
    """
    check_reading(reading)
    graph = graph_of(run, key)
    distances, n, width = graph.distances, *graph.distances.shape
    first, cut = _cut_values(distances, reading)
    levels, step = gap_levels(cut)
    ratio = np.empty((max(width - 1, 0), n), np.uint8)
    for j in range(1, width):
        ratio[j - 1] = _ratio_codes(neighbor_ratio(distances[:, : j + 1]))
    gap = np.empty((cut.shape[1], n), np.uint8)
    for j in range(cut.shape[1]):
        gap[j] = _gap_codes(cut[:, j], levels, step)
    labels, word = link_labels(run, key)
    arrays = {"ratio": ratio, "gap": gap}
    if labels is not None:
        arrays["same"] = frames.same_bits(same_label(graph.indices, labels))
    meta = {
        "key": key,
        "width": width,
        "first": first,
        "median_nearest": float(np.median(distances[:, 0])) if width else 0.0,
        "same_by": word,
        "collapsed": graph.collapsed,
        "recall": graph.recall,
        "ratio_levels": [float(x) for x in RATIO_LEVELS],
        "gap_levels": [float(x) for x in levels],
    }
    return frames.pack("hood", meta, arrays)


def _cut_values(distances: np.ndarray, reading: str) -> tuple[int, np.ndarray]:
    """What tau cuts, and for which neighbor its first column stands: gaps of the nearest are always 0."""
    if reading != "released code":
        return 2, distance_gaps(distances)[:, 1:]
    return 1, distances - distances.min(initial=np.inf) if distances.size else distances


def table(run: "Run", key: str, thresholds: Thresholds) -> bytes:
    """Counts over the grid of both thresholds at one M, for the totals and the threshold plane.

    Returns:
        A "table" container: `lambda_axis`, `tau_axis` (256,) f32; `core`, `same_before` (256,) u32 at each
        lambda; `reliable`, `same_after` (256, 256) u32 [lambda, tau]. The `same` ones only with labels.
    """
    _, word = link_labels(run, key)
    found = run.table(key, thresholds.M, reading=thresholds.reading, by=word or "label")
    arrays = {"lambda_axis": found.lambda_axis, "tau_axis": found.tau_axis}
    for name in ("core", "reliable", "same_before", "same_after"):
        counts = getattr(found, name)
        if counts is not None:
            arrays[name] = counts.astype(np.uint32)
    meta = {"key": key, "m": found.m, "n": found.n, "reading": found.reading, "same_by": word}
    return frames.pack("table", meta, arrays)


def exact(run: "Run", key: str, thresholds: Thresholds) -> dict[str, Any]:
    """The numbers themselves, from the stored float32 distances: what replaces the browser's on release."""
    graph = graph_of(run, key)
    labels, word = link_labels(run, key)
    scores = split_scores(graph, thresholds, labels=labels)
    purity = scores.true
    links = {} if purity is None else {name: _share(share) for name, share in vars(purity).items()}
    return {
        "key": key,
        "n": scores.n,
        "m": scores.m,
        "core": scores.core,
        "border": scores.border,
        "reliable": scores.reliable,
        "reliable_all": scores.reliable_all,
        "same_by": word,
        "links": links,
        "clusters": _per_cluster(run, key, thresholds),
    }


def _share(share: Any) -> list[int]:
    return [int(share.hits), int(share.total)]


def _per_cluster(run: "Run", key: str, thresholds: Thresholds) -> list[list[int]]:
    """[points, core points] of each predicted cluster."""
    assigned = run.assigned(key).get("assignments")
    if assigned is None:
        return []
    core = split(graph_of(run, key).distances, thresholds).core
    known = assigned >= 0
    size = np.bincount(assigned[known], minlength=1)
    return np.stack([size, np.bincount(assigned[known & core], minlength=size.size)], axis=1).tolist()


def first_core(run: "Run", thresholds: Thresholds) -> bytes:
    """When each point became core for the first time, under these thresholds, over all stored epochs.

    Returns:
        A "channel" container: `phase` (n,) u8, phase of that epoch, 255 if it never was; `epoch` (n,) u16,
        number of that stored epoch in the list, 65535 if never.
    """
    epochs = run.epochs()
    phase = np.full(int(run.spec["n"]), frames.NO_CLUSTER, np.uint8)
    first = np.full(phase.shape, 65535, np.uint16)
    for number, epoch in enumerate(epochs):
        core = split(run.neighbors(epoch.key).distances, thresholds).core & (first == 65535)
        first[core], phase[core] = number, epoch.phase_index
    meta = {"name": "entry", "epochs": len(epochs), "last": epochs[-1].key if epochs else None}
    return frames.pack("channel", meta, {"phase": phase, "epoch": first})


def score_channel(run: "Run", key: str, name: str, thresholds: Thresholds) -> bytes:
    """One of the point scores of `dcviz.geometry.registry` as a byte channel.

    Returns:
        A "channel" container: `values` (n,) u8, 0..254 from `low` to `high` of the meta (the 2nd and 98th
        percentile), 255 where the score does not exist. Meta also: title, unit, caption.

    Raises:
        KeyError: if there is no such score, or the run lacks what it needs.
    """
    score = POINT_SCORES.get(name)
    if score is None:
        raise KeyError(f"There is no point score {name!r}; there are: {', '.join(POINT_SCORES)}.")
    view = PointInput(
        z=run.latents(key),
        graph=graph_of(run, key),
        thresholds=thresholds,
        labels=run.labels(),
        assignments=run.assigned(key).get("assignments"),
    )
    values = score.function(view)
    if values is None:
        raise KeyError(f"{score.title} needs labels or clusters that this run does not have.")
    finite = values[np.isfinite(values)]
    low, high = (float(q) for q in np.quantile(finite, [0.02, 0.98])) if finite.size else (0.0, 1.0)
    high = high if high > low else low + 1.0
    meta = {"name": name, "key": key, "low": low, "high": high, "title": score.title, "unit": score.unit}
    codes = frames.byte_codes(values, low=low, high=high)
    return frames.pack("channel", {**meta, "caption": score.caption}, {"values": codes})
