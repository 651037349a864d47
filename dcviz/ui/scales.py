"""Intrinsic dimension by scale, measured on request because it needs larger neighborhoods than are stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.beside import measurable
from dcviz.figures.scales import dimension_by_scale
from dcviz.geometry.dimension import gride
from dcviz.geometry.neighbors import neighbor_graph
from dcviz.runs import Run
from dcviz.ui import words
from dcviz.ui.cached import identity

NEIGHBORS, MOST_POINTS = 128, 5_000
# Seconds for 1,000 points with 128 neighbors on 2 cores, rounded up.
_SECONDS_A_THOUSAND = 0.3


@dataclass(frozen=True)
class ByScale:
    """ID at growing scales; the lists run side by side."""

    n: int
    of: int
    rank: list[int]
    scale: list[float]
    value: list[float]
    low: list[float]
    high: list[float]


def cost(run: Run) -> str:
    """What measuring takes, in words."""
    n = min(int(run.spec.get("n") or MOST_POINTS), MOST_POINTS)
    return f"On {n:,} points, about {words.duration(_SECONDS_A_THOUSAND * n / 1000)}."


def measure(run: Run, key: str) -> ByScale:
    """Estimate the ID of the whole set at neighbor ranks 1, 2, 4, … 64 (Gride)."""
    return _measure(run, identity(run), key)


def by_scale(run: Run, key: str) -> go.Figure:
    """The dimension of the whole set at growing scales, at one epoch."""
    found = measure(run, key)
    return dimension_by_scale(found.scale, found.value, low=found.low, high=found.high, orders=found.rank)


@st.cache_data(show_spinner=False, max_entries=64)
def _measure(_run: Run, who: str, key: str) -> ByScale:
    z = measurable(_run, key)
    if len(z) < 3:
        raise ValueError(f"A dimension takes two neighbors a point; this run has {len(z)} points.")
    # A fixed draw, so that two epochs are compared on the same points.
    rows = np.random.default_rng(0).permutation(len(z))[:MOST_POINTS]
    graph = neighbor_graph(z[np.sort(rows)], m=min(NEIGHBORS, len(rows) - 1))
    points = [point for point in gride(graph.distances) if point.id.known]
    if not points:
        raise ValueError(f"Epoch {key} has too few distinct points to measure a dimension at any scale.")
    return ByScale(
        n=len(rows),
        of=len(z),
        rank=[point.k for point in points],
        scale=[point.scale for point in points],
        value=[point.id.value for point in points],
        low=[point.id.low for point in points],
        high=[point.id.high for point in points],
    )
